from __future__ import annotations

from itertools import compress
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from ingest.parse.pdf_chars import Characters, Frame, characters

TEXT = b"BT /F 12 Tf 72 700 Td (The shop is open in the even-) Tj 0 -15 Td (ing: x or y.) Tj 200 -90 Td (End) Tj ET"
MEANINGS = {"x": "D835DC65", "y": "0001"}  # a pair of surrogates, a control character


def _page(path: Path, rotation: int) -> pypdfium2.PdfPage:
    """A page whose font says what some letters mean; without a table of objects, which pdfium makes itself."""
    meanings = " ".join(f"<{ord(letter):02x}> <{meaning}>" for letter, meaning in MEANINGS.items())
    to_unicode = (
        f"1 begincodespacerange <00> <ff> endcodespacerange {len(MEANINGS)} beginbfchar {meanings} endbfchar".encode()
    )
    path.write_bytes(
        b"%%PDF-1.7\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n"
        b"2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj\n"
        b"3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [10 20 605 862] /Rotate %d "
        b"/Contents 4 0 R /Resources <</Font <</F 5 0 R>>>>>> endobj\n"
        b"4 0 obj <</Length %d>> stream\n%b\nendstream endobj\n"
        b"5 0 obj <</Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R>> endobj\n"
        b"6 0 obj <</Length %d>> stream\n%b\nendstream endobj\n"
        b"trailer <</Root 1 0 R>>\n" % (rotation, len(TEXT), TEXT, len(to_unicode), to_unicode)
    )
    return pypdfium2.PdfDocument(path)[0]


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
