"""Read the text layer of a PDF page with pypdfium2. Knows characters and their places; knows no paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import numpy as np

from ingest.parse.pdf_cells import table
from ingest.parse.pdf_chars import Characters, Flags, Frame, Points, characters
from ingest.parse.pdf_lines import Line, PageLines
from ingest.parse.pdf_tables import OUTSIDE, Grid, Numbers, ruled_grids

_CELL_GAP = 1.5  # of the character height: white space this wide separates columns, not words
_BOLD_WEIGHT = 600
_BOLD_NAME = re.compile(rb"bold|black|heavy|cmbx|simhei", re.IGNORECASE)
_GARBAGE = re.compile("[\x00\x01\x03-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")  # unmapped, private use and control characters
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
        lines = _lines(characters(text_page, frame), ruled_grids(page, frame), text_page)
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


def _lines(chars: Characters, grids: Sequence[Grid], text_page: Any) -> list[Line]:
    """The lines; in place of the first one that stands in a ruled table, that table."""
    if not grids:
        return list(_text_lines(chars, _runs(chars, chars.starts_line), text_page))
    grid_of, cells = _placed(chars, grids)
    moves = np.diff(grid_of, prepend=OUTSIDE) != 0
    runs = _runs(chars, chars.starts_line | (moves & ~chars.ends_line))
    inside: dict[int, list[range]] = {}
    for run in runs:
        inside.setdefault(int(grid_of[run.start]), []).append(run)
    lines: list[Line] = []
    for index, group in groupby(runs, key=lambda run: int(grid_of[run.start])):
        if index == OUTSIDE:
            lines += _text_lines(chars, list(group), text_page)
        elif index in inside:
            whole = inside.pop(index)
            found = table(grids[index], chars, cells, whole)
            lines += _text_lines(chars, whole, text_page) if found is None else [found]
    return lines


def _runs(chars: Characters, starts: Flags) -> list[range]:
    """The characters from each of these starts to the next one or the end of the line."""
    first = np.flatnonzero(starts)
    bounds = np.append(np.flatnonzero(starts | chars.ends_line), len(chars.text))
    return list(map(range, first.tolist(), bounds[np.searchsorted(bounds, first, "right")].tolist()))


def _placed(chars: Characters, grids: Sequence[Grid]) -> tuple[Numbers, Numbers]:
    """For each character the grid and the cell it stands in; white space stays with what is before it on its line."""
    grid_of = np.full(len(chars.text), OUTSIDE)
    cell_of = grid_of.copy()
    x, y = (chars.left + chars.right) / 2, (chars.top + chars.bottom) / 2
    for index, grid in enumerate(grids):
        cells = grid.cells(x, y)
        taken = chars.visible & (cells != OUTSIDE) & (grid_of == OUTSIDE)
        grid_of[taken], cell_of[taken] = index, cells[taken]
    decides = chars.visible | chars.starts_line
    decided_by = np.maximum.accumulate(np.where(decides, np.arange(len(decides)), 0))
    return grid_of[decided_by], cell_of[decided_by]


def _text_lines(chars: Characters, runs: Sequence[range], text_page: Any) -> Iterator[Line]:
    """The lines of those runs that are not blank, their cells apart where wide white space stands between them."""
    seen, run_of = _visible(chars, runs)
    if not len(seen):
        return
    left, top, right, bottom = (side[seen] for side in (chars.left, chars.top, chars.right, chars.bottom))
    starts_line = np.diff(run_of, prepend=-1) != 0
    first = np.flatnonzero(starts_line)
    size = _medians(bottom - top, first)
    starts_cell = starts_line.copy()
    starts_cell[1:] |= left[1:] - right[:-1] > _CELL_GAP * size[np.cumsum(starts_line)[1:] - 1]
    cell = np.flatnonzero(starts_cell)
    cell_end = np.append(cell[1:], len(seen)) - 1
    spans = zip(seen[cell].tolist(), seen[cell_end].tolist(), strict=True)
    texts = [" ".join(chars.text[start : end + 1].split()) for start, end in spans]
    extents = list(zip(left[cell].tolist(), right[cell_end].tolist(), strict=True))
    cells_of = pairwise([*np.searchsorted(cell, first).tolist(), len(cell)])
    boxes = zip(
        np.minimum.reduceat(left, first).tolist(),
        np.minimum.reduceat(top, first).tolist(),
        np.maximum.reduceat(right, first).tolist(),
        np.maximum.reduceat(bottom, first).tolist(),
        size.tolist(),
        strict=True,
    )
    last = np.append(first[1:], len(seen)) - 1
    are_bold = _are_bold(text_page, zip(seen[first].tolist(), seen[last].tolist(), strict=True))
    for (start, end), box, bold in zip(cells_of, boxes, are_bold, strict=True):
        yield Line(tuple(texts[start:end]), *box, bold, tuple(extents[start:end]))


def _visible(chars: Characters, runs: Sequence[range]) -> tuple[Numbers, Numbers]:
    """The positions of the visible characters in these runs, and the number of the run that each is in."""
    starts, ends = np.array([(run.start, run.stop) for run in runs], np.intp).reshape(-1, 2).T
    seen = np.flatnonzero(chars.visible)
    run_of = np.searchsorted(starts, seen, "right") - 1
    within = (run_of >= 0) & (seen < ends[run_of])
    return seen[within], run_of[within]


def _medians(values: Points, first: Numbers) -> Points:
    """The median of each group of values; a group goes on to the first one of the next."""
    counts = np.diff(first, append=len(values))
    order = np.lexsort((values, np.repeat(np.arange(len(first)), counts)))
    lower, upper = first + (counts - 1) // 2, first + counts // 2
    medians: Points = (values[order[lower]] + values[order[upper]]) / 2
    return medians


def _are_bold(text_page: Any, lines: Iterable[tuple[int, int]]) -> list[bool]:
    """For each line, given by the positions of its first and last characters, whether both are bold."""
    from ctypes import byref, c_int, create_string_buffer

    import pypdfium2.raw as pdfium

    handle, name, flags = text_page.raw, create_string_buffer(128), c_int()

    def is_bold(position: int) -> bool:
        if pdfium.FPDFText_GetFontWeight(handle, position) >= _BOLD_WEIGHT:
            return True
        size = pdfium.FPDFText_GetFontInfo(handle, position, name, len(name), byref(flags))
        return 0 < size <= len(name) and _BOLD_NAME.search(name.value) is not None

    return [is_bold(first) and is_bold(last) for first, last in lines]
