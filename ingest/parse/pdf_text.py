"""Read the text layer of a PDF page with pypdfium2. Knows characters and their places; knows no paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from statistics import median
from typing import Any, NamedTuple

from ingest.parse.pdf_lines import HYPHEN_MARKS, Line, PageLines, joined
from ingest.parse.pdf_tables import Grid, ruled_grids

_CELL_GAP = 1.5  # of the character height: white space this wide separates columns, not words
_BOLD_WEIGHT = 600
_BOLD_NAME = re.compile(rb"bold|black|heavy|cmbx|simhei", re.IGNORECASE)
_LINE_ENDS = frozenset("\r\n\x0b\x0c\u2028")
_GARBAGE = re.compile("[\x00\x01\x03-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")  # unmapped, private use and control characters
_LONGEST_CELL = 1500  # characters: a frame around more than that holds text and no table
_UNDIVIDED = 3  # lines in most cells of a row of the grid: they are rows themselves
_MOST_CELLS = 0.6  # of a row's cells with text
_SAMPLE = 100  # characters of a page whose mapping is looked up


@dataclass(frozen=True, slots=True)
class TextLayer:
    """What a page says by itself, and how far that can be trusted."""

    page: PageLines
    characters: int  # visible ones
    garbage: float  # share of characters, in [0, 1], that no reader could read
    unmapped: float  # share, in [0, 1], whose meaning the font does not tell: pdfium guesses them

    @property
    def text(self) -> str:
        return "\n".join(_said(line) for line in self.page.lines)


def text_layer(page: Any, number: int) -> TextLayer:
    """The lines of a page (a pypdfium2.PdfPage) as its text layer has them."""
    width, height = page.get_size()
    text_page = page.get_textpage()
    try:
        frame = Frame(page)
        lines = _lines(text_page, _char_lines(text_page, frame), ruled_grids(page, frame))
        unmapped = _unmapped(text_page)
    finally:
        text_page.close()
    visible = "".join("".join(_said(line).split()) for line in lines)
    garbage = len(_GARBAGE.findall(visible)) / max(1, len(visible))
    return TextLayer(PageLines(number, width, height, tuple(lines)), len(visible), garbage, unmapped)


def _said(line: Line) -> str:
    return line.text or " ".join(cell for row in line.table for cell in row)


def _unmapped(text_page: Any) -> float:
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFText_CountChars(text_page.raw)
    sample = range(0, count, max(1, count // _SAMPLE))
    guessed = [i for i in sample if pdfium.FPDFText_HasUnicodeMapError(text_page.raw, i) == 1]
    return len(guessed) / max(1, len(sample))


class _Char(NamedTuple):
    """A character and its box, origin at the page's top left."""

    text: str
    position: int  # among pdfium's characters of the page
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


class Frame:
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


def _char_lines(text_page: Any, frame: Frame) -> Iterator[list[_Char]]:
    """The page's characters, in reading order, cut where pdfium ends a line."""
    from ctypes import byref

    import pypdfium2.raw as pdfium

    handle, rectangle = text_page.raw, pdfium.FS_RECTF()
    # This loop takes most of the time of reading a PDF file: what does not change in it is looked up once.
    into, place = byref(rectangle), frame.place
    unicode_of, box_of = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
    line: list[_Char] = []
    for i in range(pdfium.FPDFText_CountChars(handle)):
        text = chr(unicode_of(handle, i))
        if text not in _LINE_ENDS:
            if not box_of(handle, i, into):
                continue
            char = _Char(text, i, *place(rectangle.left, rectangle.top, rectangle.right, rectangle.bottom))
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
    if char.top <= before.bottom and char.bottom >= before.top:
        return False
    went_back = char.top > before.bottom and char.right < before.left
    next_column = char.bottom < before.top and char.left > before.right + before.bottom - before.top
    return not before.text.isspace() and (went_back or next_column)


def _lines(text_page: Any, char_lines: Iterable[list[_Char]], grids: Sequence[Grid]) -> list[Line]:
    """The lines; in place of the first one that stands in a ruled table, that table."""
    if not grids:
        return [line for chars in char_lines if (line := _line(chars, text_page))]
    lines: list[Line | Grid] = []
    inside: dict[int, list[list[_Char]]] = {}  # by index of the grid
    for chars in char_lines:
        for index, run in groupby(_placed(chars, grids), key=itemgetter(0)):
            found = [char for _, char in run]
            if index is None:
                if line := _line(found, text_page):
                    lines.append(line)
                continue
            if index not in inside:
                lines.append(grids[index])
            inside.setdefault(index, []).append(found)
    done: list[Line] = []
    for item in lines:
        if isinstance(item, Line):
            done.append(item)
            continue
        char_runs = inside[grids.index(item)]
        table = _table(item, char_runs)
        plain = (line for run in char_runs if (line := _line(run, text_page)))
        done.extend(plain if table is None else [table])
    return done


def _placed(chars: Iterable[_Char], grids: Sequence[Grid]) -> Iterator[tuple[int | None, _Char]]:
    """Each character with the index of the grid it stands in; white space stays with what is before it."""
    index: int | None = None
    for char in chars:
        if not char.text.isspace():
            index = next((i for i, grid in enumerate(grids) if grid.cell(*char.middle)), None)
        yield index, char


def _table(grid: Grid, char_runs: Sequence[list[_Char]]) -> Line | None:
    """The grid with its text as one line; None where it is a frame around text and no table."""
    texts: dict[tuple[int, int], list[str]] = {}
    cell: tuple[int, int] | None = None
    for run in char_runs:
        for char in run:
            here = cell if char.text.isspace() else grid.cell(*char.middle)
            if here is None:
                continue
            if here != cell or char is run[0]:
                texts.setdefault(here, []).append("")
            cell = here
            texts[here][-1] += char.text
    rows = [row for i in range(len(grid.ys) - 1) for row in _rows(texts, i, len(grid.xs) - 1)]
    cells = {(i, j): cell for i, row in enumerate(rows) for j, cell in enumerate(row) if cell}
    if (
        len({i for i, _ in cells}) < 2
        or len({j for _, j in cells}) < 2
        or max(map(len, cells.values())) > _LONGEST_CELL
    ):
        return None
    size = median(char.bottom - char.top for run in char_runs for char in run)
    return Line((), grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1], max(size, 0.1), table=tuple(rows))


def _rows(texts: Mapping[tuple[int, int], Sequence[str]], i: int, columns: int) -> list[tuple[str, ...]]:
    """Row i of a grid; as several where most of its cells hold as many lines, three or more, that no rule divides."""
    row = [[" ".join(line.split()) for line in texts.get((i, j), ())] for j in range(columns)]
    counts = Counter(len(lines) for lines in row if lines)
    usual, often = counts.most_common(1)[0] if counts else (0, 0)
    if usual < _UNDIVIDED or often < 2 or often < _MOST_CELLS * counts.total():
        return [tuple(joined(lines) if lines else "" for lines in row)]
    return [tuple(_part(lines, k, usual) for lines in row) for k in range(usual)]


def _part(lines: Sequence[str], k: int, count: int) -> str:
    if len(lines) == count:
        return lines[k]
    return joined(lines) if lines and k == 0 else ""


def _line(chars: list[_Char], text_page: Any) -> Line | None:
    """The line of these characters, its cells apart where wide white space stands between them."""
    visible = [char for char in chars if not char.text.isspace()]
    if not visible:
        return None
    size = median(char.bottom - char.top for char in visible)
    cells: list[str] = []
    extents: list[tuple[float, float]] = []
    cell, left = "", visible[0].left
    right: float | None = None
    for char in chars:
        if char.text.isspace():
            cell += " "
            continue
        if right is not None and char.left - right > _CELL_GAP * size:
            cells.append(cell)
            extents.append((left, right))
            cell, left = "", char.left
        cell += char.text
        right = char.right
    cells.append(cell)
    extents.append((left, visible[-1].right))
    return Line(
        cells=tuple(" ".join(cell.split()) for cell in cells),
        left=min(char.left for char in visible),
        top=min(char.top for char in visible),
        right=max(char.right for char in visible),
        bottom=max(char.bottom for char in visible),
        size=size,
        extents=tuple(extents),
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
