"""Read PDF files with pypdfium2. Knows pages, characters and passwords; lines become paragraphs in pdf_layout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from ingest.errors import BrokenDocument
from ingest.parse.assemble import assemble
from ingest.parse.options import ReadOptions
from ingest.parse.pdf_layout import layout
from ingest.parse.pdf_lines import HYPHEN_MARKS, Line, PageLines
from ingest.types import ParsedDocument

_CELL_GAP = 1.5  # of the character height: white space this wide separates columns, not words
_BOLD_WEIGHT = 600
_BOLD_NAME = re.compile(rb"bold|black|heavy|cmbx|simhei", re.IGNORECASE)
_LINE_ENDS = frozenset("\r\n\x0b\x0c\u2028")


def read(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a PDF file's text layer."""
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise BrokenDocument(_why_not_open(error)) from error
    try:
        page_count = len(pdf)
        if page_count > options.max_pages:
            raise BrokenDocument(f"The file has {page_count:,} pages; the limit is {options.max_pages:,}. Split it.")
        pages = [_read_page(pdf, index) for index in range(page_count)]
    finally:
        pdf.close()
    document = assemble(layout(pages), page_count=page_count)
    if not document.elements:
        raise BrokenDocument(
            f"The file's {page_count:,} page(s) hold no text, as after scanning; recognising text in pictures is not "
            "available yet. Add a version with a text layer."
        )
    return document


def _why_not_open(error: Exception) -> str:
    import pypdfium2.raw as pdfium

    if getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
        return "The file is encrypted with a password. Save it without one and add it again."
    if getattr(error, "err_code", None) == pdfium.FPDF_ERR_SECURITY:
        return "The file is encrypted in a way that cannot be read. Save it without encryption and add it again."
    return "The file is damaged or no PDF file. Save it anew from the program that made it and add it again."


def _read_page(pdf: Any, index: int) -> PageLines:
    """The lines of one page; a page that cannot be loaded has none, the others still count."""
    import pypdfium2

    try:
        page = pdf[index]
    except pypdfium2.PdfiumError:
        return PageLines(index + 1, 1.0, 1.0, ())
    width, height = page.get_size()
    text_page = page.get_textpage()
    try:
        frame = _Frame(page)
        lines = tuple(line for chars in _char_lines(text_page, frame) if (line := _line(chars, text_page)))
    finally:
        text_page.close()
        page.close()
    return PageLines(index + 1, width, height, lines)


class _Char(NamedTuple):
    """A character and its box, origin at the page's top left."""

    text: str
    position: int  # among pdfium's characters of the page
    left: float
    top: float
    right: float
    bottom: float


class _Frame:
    """Turns a page's own coordinates into those of the page as displayed, origin at the top left."""

    def __init__(self, page: Any) -> None:
        self._left, self._bottom, self._right, self._top = page.get_bbox()
        self._rotation = page.get_rotation()

    def place(self, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of a box given with y upwards."""
        if self._rotation == 90:
            return bottom - self._bottom, left - self._left, top - self._bottom, right - self._left
        if self._rotation == 180:
            return self._right - right, bottom - self._bottom, self._right - left, top - self._bottom
        if self._rotation == 270:
            return self._top - top, self._right - right, self._top - bottom, self._right - left
        return left - self._left, self._top - top, right - self._left, self._top - bottom


def _char_lines(text_page: Any, frame: _Frame) -> Iterator[list[_Char]]:
    """The page's characters, in reading order, cut where pdfium ends a line."""
    from ctypes import byref

    import pypdfium2.raw as pdfium

    handle, rectangle = text_page.raw, pdfium.FS_RECTF()
    line: list[_Char] = []
    for i in range(pdfium.FPDFText_CountChars(handle)):
        text = chr(pdfium.FPDFText_GetUnicode(handle, i))
        if text not in _LINE_ENDS:
            if not pdfium.FPDFText_GetLooseCharBox(handle, i, byref(rectangle)):
                continue
            char = _Char(text, i, *frame.place(rectangle.left, rectangle.top, rectangle.right, rectangle.bottom))
            if not line or text.isspace() or not _is_elsewhere(char, line[-1]):
                line.append(char)
                continue
            following = [char]
        else:
            following = []
        if line:
            yield line
        line = following
    if line:
        yield line


def _is_elsewhere(char: _Char, before: _Char) -> bool:
    """Whether the character stands on another line; pdfium runs a word hyphenated at a line's end into the next one."""
    if before.text in HYPHEN_MARKS:
        return True
    went_back = char.top > before.bottom and char.right < before.left
    next_column = char.bottom < before.top and char.left > before.right + before.bottom - before.top
    return not before.text.isspace() and (went_back or next_column)


def _line(chars: list[_Char], text_page: Any) -> Line | None:
    """The line of these characters, its cells apart where wide white space stands between them."""
    visible = [char for char in chars if not char.text.isspace()]
    if not visible:
        return None
    size = median(char.bottom - char.top for char in visible)
    cells, cell = [], ""
    right: float | None = None
    for char in chars:
        if char.text.isspace():
            cell += " "
            continue
        if right is not None and char.left - right > _CELL_GAP * size:
            cells.append(cell)
            cell = ""
        cell += char.text
        right = char.right
    cells.append(cell)
    return Line(
        cells=tuple(" ".join(cell.split()) for cell in cells),
        left=min(char.left for char in visible),
        top=min(char.top for char in visible),
        right=max(char.right for char in visible),
        bottom=max(char.bottom for char in visible),
        size=size,
        bold=_is_bold(text_page, visible[0].position) and _is_bold(text_page, visible[-1].position),
    )


def _is_bold(text_page: Any, position: int) -> bool:
    from ctypes import byref, c_int, create_string_buffer

    import pypdfium2.raw as pdfium

    if pdfium.FPDFText_GetFontWeight(text_page.raw, position) >= _BOLD_WEIGHT:
        return True
    name = create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(text_page.raw, position, name, len(name), byref(c_int()))
    return _BOLD_NAME.search(name.value) is not None
