from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from ingest.errors import BrokenDocument
from ingest.parse import parse
from tests.ingest.parse.checks import outline

WIDTH, HEIGHT = 595, 842
Drawn = tuple[float, float, float, str]  # x, y from the top, font size, text

NUMBERS = ["one", "two", "three", "four"]
BODY = [
    "The shop opens at nine in the morning and closes at nine in the even-",
    "ing on every day of the week, and nobody has to leave before the last",
    "page is read.",
]


@pytest.fixture(scope="module", autouse=True)
def chinese_font() -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))


def _write(path: Path, pages: Sequence[Sequence[Drawn]], *, rotation: int = 0, encrypt: object = None) -> Path:
    canvas = Canvas(str(path), pagesize=(WIDTH, HEIGHT), encrypt=encrypt)
    for page in pages:
        canvas.setPageRotation(rotation)
        for x, y, size, text in page:
            canvas.setFont("Helvetica" if text.isascii() else "STSong-Light", size)
            canvas.drawString(x, HEIGHT - y, text)
        canvas.showPage()
    canvas.save()
    return path


def _lines(lines: Sequence[str], *, top: float = 200, left: float = 80, size: float = 11) -> list[Drawn]:
    return [(left, top + i * size * 1.3, size, line) for i, line in enumerate(lines)]


def test_wrapped_lines_become_paragraphs_in_both_languages(tmp_path: Path) -> None:
    chinese = ["本店每天上午九点开门，晚上九点关门，全年无休，欢迎大家前来看", "书喝茶。"]
    page = [(80, 150, 18, "Opening hours"), *_lines(BODY), *_lines(chinese, top=300)]
    document = parse(_write(tmp_path / "a.pdf", [page]), max_pages=9)
    english = "The shop opens at nine in the morning and closes at nine in the evening on every day of the week, and "
    assert outline(document) == [
        ("heading", (), "Opening hours"),
        ("paragraph", ("Opening hours",), english + "nobody has to leave before the last page is read."),
        ("paragraph", ("Opening hours",), "本店每天上午九点开门，晚上九点关门，全年无休，欢迎大家前来看书喝茶。"),
    ]


def test_an_indent_or_a_wide_gap_begins_a_paragraph_and_a_bullet_an_item(tmp_path: Path) -> None:
    first = "A first paragraph that fills the line from the left margin to the right"
    page = [
        *_lines([first, "and goes on."], top=200),
        *_lines(["  "], top=228),
        (100, 228.6, 11, "An indented second paragraph follows directly below."),
        *_lines(["A third one stands apart."], top=260),
        *_lines(["- an item", "- another"], top=290),
    ]
    document = parse(_write(tmp_path / "a.pdf", [page]), max_pages=9)
    assert [(kind, text[:10]) for kind, _, text in outline(document)] == [
        ("paragraph", "A first pa"),
        ("paragraph", "An indente"),
        ("paragraph", "A third on"),
        ("list_item", "- an item"),
        ("list_item", "- another"),
    ]


def test_columns_set_apart_by_white_space_are_a_table(tmp_path: Path) -> None:
    rows = [("咖啡", "18", "12"), ("Tea", "15", "9"), ("Milk", "8", "4")]
    page = [(80 + 150 * j, 200 + 16 * i, 11, cell) for i, row in enumerate(rows) for j, cell in enumerate(row)]
    document = parse(_write(tmp_path / "a.pdf", [page]), max_pages=9)
    assert outline(document) == [("table", (), "咖啡 | 18 | 12\nTea | 15 | 9\nMilk | 8 | 4")]


def test_running_headers_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    pages = [
        [
            (80, 40, 9, "Clearlake Books, store guide"),
            (80, 300, 11, f"This is what page {NUMBERS[i]} says."),
            (290, 810, 9, f"第 {i + 1} 页"),
        ]
        for i in range(4)
    ]
    document = parse(_write(tmp_path / "a.pdf", pages), max_pages=9)
    assert document.text == "\n\n".join(f"This is what page {n} says." for n in NUMBERS)
    assert [element.page for element in document.elements] == [1, 2, 3, 4]
    assert document.page_count == 4


def test_a_sentence_goes_on_over_the_page(tmp_path: Path) -> None:
    pages = [_lines(BODY[:2], top=680), _lines(BODY[2:], top=150)]
    document = parse(_write(tmp_path / "a.pdf", pages), max_pages=9)
    assert [element.page for element in document.elements] == [1]
    assert document.text.endswith("before the last page is read.")


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_are_fractions_of_the_page_as_displayed(tmp_path: Path, rotation: int) -> None:
    lying = HEIGHT - WIDTH if rotation in (90, 270) else 0  # reportlab lays the sheet on its side to stand it up again
    path = _write(tmp_path / "a.pdf", [[(60, 84 + lying, 12, "In the corner")]], rotation=rotation)
    box = parse(path, max_pages=9).elements[0].box
    assert box is not None
    to_corner = {
        0: (box.left, box.top),
        90: (1 - box.right, box.top),
        180: (1 - box.right, 1 - box.bottom),
        270: (box.left, 1 - box.bottom),
    }
    assert to_corner[rotation] == (pytest.approx(0.1, abs=0.04), pytest.approx(0.1, abs=0.04))


def test_encrypted_pdf_is_refused_with_the_reason_unless_the_password_is_empty(tmp_path: Path) -> None:
    pages = [[(80, 200, 11, "Secret.")]]
    with pytest.raises(BrokenDocument, match="encrypted with a password"):
        parse(_write(tmp_path / "a.pdf", pages, encrypt=StandardEncryption("open sesame", strength=128)), max_pages=9)
    open_to_all = StandardEncryption("", ownerPassword="owner", strength=128)
    assert parse(_write(tmp_path / "b.pdf", pages, encrypt=open_to_all), max_pages=9).text == "Secret."


def test_a_pdf_of_blank_pages_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(BrokenDocument, match=r"2 page\(s\) hold no text, and none was recognised"):
        parse(_write(tmp_path / "a.pdf", [[], []]), max_pages=9)


def test_too_many_pages_are_refused_before_they_are_read(tmp_path: Path) -> None:
    with pytest.raises(BrokenDocument, match="3 pages; the limit is 2"):
        parse(_write(tmp_path / "a.pdf", [[]] * 3), max_pages=2)
