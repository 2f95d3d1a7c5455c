from __future__ import annotations

from itertools import compress
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from ingest.parse.pdf_chars import Characters, Frame, characters
from tests.ingest.parse import pdf_by_hand
from tests.ingest.parse.pdf_by_hand import HELVETICA

DRAWING = "BT /F 12 Tf 72 700 Td (The shop is open in the even-) Tj 0 -15 Td (ing: x or y.) Tj 200 -90 Td (End) Tj ET"
MEANINGS = {"78": "D835DC65", "79": "0001"}  # x a pair of surrogates, y a control character


def _page(path: Path, rotation: int) -> pypdfium2.PdfPage:
    return pypdfium2.PdfDocument(pdf_by_hand.write(path, DRAWING, HELVETICA, MEANINGS, rotation=rotation))[0]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_characters_are_those_that_pdfium_tells_one_by_one(tmp_path: Path, rotation: int) -> None:
    page = _page(tmp_path / "a.pdf", rotation)
    text_page, frame = page.get_textpage(), Frame(page)
    chars = characters(text_page, frame)
    count, box = pdfium.FPDFText_CountChars(text_page.raw), pdfium.FS_RECTF()
    assert set("\ud835\udc65\x02\r\n") <= set(chars.text)
    assert chars.text == "".join(chr(pdfium.FPDFText_GetUnicode(text_page.raw, i)) for i in range(count))
    for i in range(count):
        assert pdfium.FPDFText_GetLooseCharBox(text_page.raw, i, box)
        found = chars.left[i], chars.top[i], chars.right[i], chars.bottom[i]
        assert found == frame.place(box.left, box.top, box.right, box.bottom)


def _first_on_lines(chars: Characters) -> str:
    return "".join(compress(chars.text, chars.starts_line))


def test_lines_end_where_pdfium_says_and_after_a_hyphen(tmp_path: Path) -> None:
    page = _page(tmp_path / "a.pdf", 0)
    assert _first_on_lines(characters(page.get_textpage(), Frame(page))) == "TiE"


def test_an_empty_page_has_no_characters() -> None:
    pdf = pypdfium2.PdfDocument.new()
    page = pdf.new_page(200, 300)
    assert characters(page.get_textpage(), Frame(page)).text == ""
