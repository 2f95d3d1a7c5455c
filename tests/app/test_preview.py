"""What a reader is shown of a document: pages drawn within bounds, and quotes marked where they stand on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from app.preview import Glyphs, PagePicture, Previews, marks, page_at
from app.preview.draw import WIDTH, draw
from app.preview.worker import PageWorker
from app.samples import FOLDER
from ingest.errors import BrokenDocument, UnknownDocument
from ingest.knowledge_base import KnowledgeBase
from ingest.parse import parse
from ingest.parse.isolated import ParserProcess
from ingest.pipeline import Pipeline
from ingest.settings import IngestSettings
from ingest.storage import Storage
from ingest.table_cells import cell_range_at, table_rows
from ingest.types import Box, ParsedDocument
from tests.ingest.fakes import WordEncoder, ignore

PAGE = (400.0, 600.0)  # points
GUIDE = "门店指南 Store Guide.pdf"
NO_GLYPHS = Glyphs("", np.empty((0, 4), dtype=np.float32))


def pdf(path: Path, *pages: list[tuple[float, float, str]]) -> Path:
    """A PDF of pages of 400 x 600 points, with these words at (left, baseline from the top)."""
    canvas = Canvas(str(path), pagesize=PAGE)
    for words in pages:
        canvas.setFont("Helvetica", 12)
        for left, top, text in words:
            canvas.drawString(left, PAGE[1] - top, text)
        canvas.showPage()
    canvas.save()
    return path


def marked(path: Path, quote: str, *, page: int | None = None) -> list[Box]:
    document = parse(path, max_pages=10)
    start = document.text.index(quote)
    shown = page or page_at(document, start, start + len(quote))
    assert shown is not None
    return marks(document, draw(path, shown).glyphs, shown, start, start + len(quote))


def test_quote_is_marked_where_its_characters_stand(tmp_path: Path) -> None:
    path = pdf(tmp_path / "a.pdf", [(50, 100, "Books may be returned. Keep the receipt. Magazines not.")])
    (box,) = marked(path, "Keep the receipt.")
    left = 50 + stringWidth("Books may be returned. ", "Helvetica", 12)
    assert box.left == pytest.approx(left / 400, abs=0.003)
    assert box.right == pytest.approx((left + stringWidth("Keep the receipt.", "Helvetica", 12)) / 400, abs=0.003)
    assert box.top < 100 / 600 < box.bottom
    assert box.bottom - box.top < 20 / 600


def test_quote_over_two_lines_gets_a_box_for_each_though_a_word_was_cut(tmp_path: Path) -> None:
    lines = [(50, 100, "The whole collection was translated by three inter-"), (50, 115, "preters who live nearby.")]
    first, second = marked(pdf(tmp_path / "a.pdf", lines), "three interpreters who live")
    assert first.left > second.left == pytest.approx(50 / 400, abs=0.003)
    assert first.bottom <= second.bottom


def test_repeated_words_are_marked_where_they_were_quoted(tmp_path: Path) -> None:
    path = pdf(tmp_path / "a.pdf", [(50, 100, "Open daily."), (50, 300, "Except Monday: open daily.")])
    document = parse(path, max_pages=10)
    start = document.text.rindex("pen daily.")
    (box,) = marks(document, draw(path, 1).glyphs, 1, start, start + 10)
    assert box.top > 0.4


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_marks_follow_a_page_that_is_shown_turned(tmp_path: Path, turn: int) -> None:
    path = pdf(tmp_path / "a.pdf", [(50, 100, "Only these words are here.")])
    with pypdfium2.PdfDocument(path) as file:
        file[0].set_rotation(turn)
        file.save(tmp_path / "turned.pdf")
    glyphs = draw(tmp_path / "turned.pdf", 1).glyphs
    assert glyphs.text == "Onlythesewordsarehere."
    upright = Box(
        50 / 400, 88 / 600, (50 + stringWidth("Only these words are here.", "Helvetica", 12)) / 400, 104 / 600
    )
    turned = {
        0: upright,
        90: Box(1 - upright.bottom, upright.left, 1 - upright.top, upright.right),
        180: Box(1 - upright.right, 1 - upright.bottom, 1 - upright.left, 1 - upright.top),
        270: Box(upright.top, 1 - upright.right, upright.bottom, 1 - upright.left),
    }[turn]
    assert glyphs.boxes[:, 0].min() == pytest.approx(turned.left, abs=0.02)
    assert glyphs.boxes[:, 1].min() == pytest.approx(turned.top, abs=0.02)
    assert glyphs.boxes[:, 2].max() == pytest.approx(turned.right, abs=0.02)


def test_row_of_a_table_is_marked_alone() -> None:
    path = FOLDER / GUIDE
    document = parse(path, max_pages=10)
    start = document.text.index("日期 Day：周五")
    (box,) = marks(document, draw(path, 1).glyphs, 1, start, document.text.index("\n", start))
    (table,) = {e.box for e in document.elements if e.start <= start < e.end}
    assert table is not None
    assert table.top < box.top < box.bottom < table.bottom
    assert box.bottom - box.top < (table.bottom - table.top) / 3


def test_paragraph_that_goes_on_on_the_next_page_is_marked_on_both(tmp_path: Path) -> None:
    above = [(50, 100 + 15 * i, f"This is line {i} of a paragraph that is long enough to go") for i in range(31)]
    path = pdf(tmp_path / "a.pdf", above, [(50, 60, "on at the top of the following page.")])
    quote = "line 30 of a paragraph that is long enough to go on at the top of the following page."
    assert len(marked(path, quote, page=1)) == 1
    (rest,) = marked(path, quote, page=2)
    assert rest.top < 0.12


def test_page_without_characters_is_marked_by_what_its_recognition_stored() -> None:
    box = Box(0.1, 0.2, 0.6, 0.3)
    scanned = parse(FOLDER / GUIDE, max_pages=10)
    first = replace(scanned.elements[0], box=box)
    assert marks(ParsedDocument(scanned.text, (first,)), NO_GLYPHS, 1, first.start, first.end) == [box]


def test_picture_of_a_page_is_bounded_however_large_the_page_is(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "poster.pdf"), pagesize=(14_000, 400))
    canvas.drawString(10, 10, "A banner")
    canvas.save()
    picture = draw(tmp_path / "poster.pdf", 1)
    assert picture.width <= WIDTH
    assert Image.open(BytesIO(picture.jpeg)).size == (picture.width, picture.height)


def test_photo_is_drawn_the_right_way_up_and_a_transparent_picture_on_white(tmp_path: Path) -> None:
    photo, exif = Image.new("RGB", (400, 200), "black"), Image.Exif()
    exif[0x0112] = 6  # stands on its side
    photo.save(tmp_path / "photo.jpg", exif=exif)
    picture = draw(tmp_path / "photo.jpg", 1)
    assert (picture.width, picture.height) == (200, 400)
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert Image.open(BytesIO(draw(tmp_path / "clear.png", 1).jpeg)).getpixel((5, 5)) == (255, 255, 255)


def test_page_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(BrokenDocument, match="has 1 pages; there is no page 7"):
        draw(pdf(tmp_path / "a.pdf", [(50, 50, "One page.")]), 7)


def test_damaged_file_costs_one_picture_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7 nothing")
    worker = PageWorker(4_000_000_000)
    try:
        with pytest.raises(BrokenDocument, match="cannot be drawn"):
            worker.draw(tmp_path / "bad.pdf", 1)
        assert worker.draw(pdf(tmp_path / "a.pdf", [(50, 50, "Fine.")]), 1).glyphs.text == "Fine."
    finally:
        worker.close()


class CountingWorker:
    """Draws here and now, and counts."""

    def __init__(self) -> None:
        self.drawn = 0

    def draw(self, path: Path, number: int) -> PagePicture:
        self.drawn += 1
        return draw(path, number)

    def close(self) -> None:
        """There is nothing to end."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    """A knowledge base that holds the sample PDF. Tests leave it as it is."""
    settings = IngestSettings(data_dir=tmp_path_factory.mktemp("kept"))
    base = KnowledgeBase(Storage(settings.data_dir))
    with ParserProcess(settings) as parser:
        pipeline = Pipeline(base, encoder=WordEncoder(), parser=parser, settings=settings)
        pipeline.sync([FOLDER / GUIDE], report=ignore)
    yield base
    base.close()


def test_page_is_drawn_once_and_not_kept_beyond_its_document(kept: KnowledgeBase) -> None:
    worker = CountingWorker()
    previews = Previews(kept, worker)  # type: ignore[arg-type]
    assert previews.has_pages(GUIDE)
    assert not previews.is_drawn(GUIDE, 1)
    assert previews.page(GUIDE, 1) is previews.page(GUIDE, 1)
    assert (worker.drawn, previews.is_drawn(GUIDE, 1), previews.is_drawn(GUIDE, 2)) == (1, True, False)
    previews.forget([GUIDE])
    assert not previews.is_drawn(GUIDE, 1)


def test_original_that_changed_or_went_is_not_shown_for_the_text_that_was_read(kept: KnowledgeBase) -> None:
    previews = Previews(kept, CountingWorker())  # type: ignore[arg-type]
    original = kept.storage.documents / GUIDE
    elsewhere = original.rename(kept.storage.root / "elsewhere.pdf")
    assert not previews.has_pages(GUIDE)
    original.symlink_to(elsewhere)
    assert not previews.has_pages(GUIDE)
    original.unlink()
    original.write_bytes(b"%PDF-1.7 another")
    assert not previews.has_pages(GUIDE)
    with pytest.raises(BrokenDocument, match="has changed or is gone"):
        previews.page(GUIDE, 1)
    assert previews.document(GUIDE).text.startswith("澄湖书店")
    elsewhere.replace(original)
    assert previews.has_pages(GUIDE)


@pytest.mark.parametrize("name", ["other.pdf", "../elsewhere.pdf", "/etc/passwd.pdf", ""])
def test_nothing_but_documents_of_the_collection_can_be_asked_for(kept: KnowledgeBase, name: str) -> None:
    (kept.storage.root / "elsewhere.pdf").write_bytes((FOLDER / GUIDE).read_bytes())
    (kept.storage.documents / "other.pdf").write_bytes((FOLDER / GUIDE).read_bytes())
    previews = Previews(kept, CountingWorker())  # type: ignore[arg-type]
    with pytest.raises((UnknownDocument, BrokenDocument)):
        previews.page(name, 1)
    with pytest.raises(UnknownDocument):
        previews.document(name)


@pytest.mark.parametrize(
    ("text", "names", "rows"),
    [
        ("Item: Tea; Price: 3\nItem: Cake; Price: 4", ("Item", "Price"), [["Tea", "3"], ["Cake", "4"]]),
        ("品名：茶；价格：3\n品名：糕；价格：4", ("品名", "价格"), [["茶", "3"], ["糕", "4"]]),
        (
            "Item: Tea; hot; Price: 3\nItem: Cake\nItem: Pie; Price: 5",
            ("Item", "Price"),
            [["Tea; hot", "3"], ["Cake"], ["Pie", "5"]],
        ),
        ("Tea | 3\nCake | 4", (), [["Tea", "3"], ["Cake", "4"]]),
        (
            "Drinks\nItem: Tea; Price: 3\nItem: Cake; Price: 4",
            ("Item", "Price"),
            [["Drinks"], ["Tea", "3"], ["Cake", "4"]],
        ),
    ],
)
def test_cells_are_found_again_in_the_text_of_a_table(text: str, names: tuple[str, ...], rows: list[list[str]]) -> None:
    table = table_rows(text)
    assert table is not None
    assert table.names == names
    assert [[text[cell.start : cell.end] for cell in row] for row in table.rows] == rows


@pytest.mark.parametrize("text", ["One line: of text; with marks: in it", "Name: Ann; Age: 7", "a\nb\nc"])
def test_text_that_is_no_table_for_certain_is_left_as_it_is(text: str) -> None:
    assert table_rows(text) is None


def test_row_of_a_spreadsheet_is_named_by_sheet_and_cells() -> None:
    document = parse(FOLDER / "价目表 Price List.xlsx", max_pages=10)
    start = document.text.index("编号 Code：C02")
    assert cell_range_at(document, start, start + 8) == ("商品 Products", "A3:D3")
    assert cell_range_at(document, 0, 3) is None
