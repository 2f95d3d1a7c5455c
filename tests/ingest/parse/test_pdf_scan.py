from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ingest.errors import BrokenDocument
from ingest.parse import parse, pdf
from ingest.parse.ocr import Patience
from tests.ingest.parse.checks import check_elements
from tests.ingest.parse.pdf_by_hand import STSONG, write
from tests.ingest.parse.pictures import needs_chinese_font, picture

SIZE = (600, 400)
TYPED = ["This page has a text layer of its own, and a lot of it,"] * 6
SCANNED = "The scan says this"


def _write(path: Path, pages: list[str | list[str]]) -> Path:
    """A page with a text layer for each list of lines, a picture of the text for each string."""
    canvas = Canvas(str(path), pagesize=SIZE)
    for page in pages:
        if isinstance(page, str):
            canvas.drawImage(ImageReader(picture([(80, 100, page)], size=SIZE)), 0, 0, *SIZE)
        else:
            for i, line in enumerate(page):
                canvas.drawString(60, 330 - 14 * i, line)
        canvas.showPage()
    canvas.save()
    return path


def test_only_the_pages_without_text_are_recognised_and_keep_their_place(tmp_path: Path) -> None:
    document = parse(_write(tmp_path / "a.pdf", [TYPED, SCANNED, TYPED]), max_pages=9)
    check_elements(document)
    assert [element.page for element in document.elements] == [1, 2, 3]
    scanned = document.elements[1]
    assert document.text[scanned.start : scanned.end] == SCANNED
    assert scanned.box is not None
    assert (scanned.box.left, scanned.box.top) == pytest.approx((80 / 600, 100 / 400), abs=0.03)
    assert document.notices == ()


def test_a_stamp_on_a_scan_does_not_pass_for_its_text(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=SIZE)
    canvas.drawImage(ImageReader(picture([(80, 100, SCANNED), (80, 160, "in two lines")], size=SIZE)), 0, 0, *SIZE)
    canvas.drawString(450, 20, "Copy 7")
    canvas.save()
    text = parse(tmp_path / "a.pdf", max_pages=9).text
    assert SCANNED in text
    assert "Copy 7" in text


def test_a_layer_that_says_what_the_page_shows_is_kept_as_it_is(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=SIZE)
    canvas.drawImage(ImageReader(picture([(80, 100, "Recognised words")], size=SIZE)), 0, 0, *SIZE)
    layer = canvas.beginText(80, 280)
    layer.setTextRenderMode(3)  # invisible, as scanners put it behind the picture
    layer.textOut("Recognised, words!")
    canvas.drawText(layer)
    canvas.save()
    assert parse(tmp_path / "a.pdf", max_pages=9).text == "Recognised, words!"


@needs_chinese_font
def test_a_page_is_recognised_as_drawn_with_the_fonts_of_this_machine(tmp_path: Path) -> None:
    shown = "本店每天上午九点开始营业"
    codes = [char.encode("utf-16-be").hex() for char in shown]
    says_nothing = dict.fromkeys(codes, "E000")  # of Unicode's private use
    path = write(tmp_path / "a.pdf", f"BT /F 24 Tf 72 700 Td <{''.join(codes)}> Tj ET", STSONG, says_nothing)
    assert parse(path, max_pages=9).text == shown


def test_with_recognising_off_a_scan_is_refused_and_a_single_scanned_page_told(tmp_path: Path) -> None:
    with pytest.raises(BrokenDocument, match=r"1 page\(s\) hold no usable text.*DOCENT_OCR=true"):
        parse(_write(tmp_path / "a.pdf", [SCANNED]), max_pages=9, ocr=False)
    document = parse(_write(tmp_path / "b.pdf", [TYPED, SCANNED, SCANNED, TYPED]), max_pages=9, ocr=False)
    assert len(document.notices) == 1
    assert document.notices[0].startswith("Page(s) 2-3 not looked at")


def test_a_long_scan_keeps_what_was_recognised_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spent = iter([False, True, True])
    monkeypatch.setattr(Patience, "is_over", lambda self: next(spent))
    document = pdf.read(_write(tmp_path / "a.pdf", [SCANNED] * 3), pdf.ReadOptions(max_pages=9))
    assert document.text == SCANNED
    assert document.notices == (
        "Page(s) 2-3 not recognised: it took longer than 180 s for the pages before. Split the file, or "
        "raise DOCENT_PARSE_SECONDS.",
    )
