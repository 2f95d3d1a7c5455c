"""Find the cells again in a table's stored text. Knows how the reader of tables writes rows; knows no file.

A stored row names its values ("Product: Widget; Price: 10") or sets its cells side by side ("Widget | 10").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.cell_range import namer
from ingest.types import ElementKind, ParsedDocument

_CELL_MARK = " | "
_PART = re.compile(r"(?:; |；)")
_NAME = re.compile(r"(?P<name>[^:：;；|]{1,60}?)(?:: |：)")
_RANGE = re.compile(r"[A-Z]{1,3}[1-9]\d{0,6}:[A-Z]{1,3}[1-9]\d{0,6}")
_FEWEST_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: characters [start, end) of the table's text, in the column of that number."""

    column: int  # 0-based
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TableRows:
    """A table's text cut into cells."""

    names: tuple[str, ...]  # of the columns; empty where the rows name none
    rows: tuple[tuple[Cell, ...], ...]  # a row of a single cell in a named table stands above those that follow


def table_rows(text: str) -> TableRows | None:
    """The cells of a table's stored text; None where it does not say for certain where they are."""
    lines = list(_lines(text))
    return _named(text, lines) or _side_by_side(text, lines)


def cell_range_at(document: ParsedDocument, start: int, end: int) -> tuple[str, str] | None:
    """(sheet, cells such as "A4:D4") of the rows that [start, end) touches; None outside of a spreadsheet's tables."""
    for element in document.elements:
        if element.kind is ElementKind.TABLE and element.start < end and start < element.end and element.heading_path:
            *above, heading = element.heading_path
            name = namer(heading, document.text[element.start : element.end])
            cells = name(max(start, element.start) - element.start, min(end, element.end) - element.start)
            return (above[-1] if above else "", cells) if is_cell_range(heading) else None
    return None


def is_cell_range(heading: str) -> bool:
    """Whether a heading is the place of a spreadsheet's table, such as "A1:D20"."""
    return _RANGE.fullmatch(heading) is not None


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        yield start, start + len(line)
        start += len(line) + 1


def _named(text: str, lines: Sequence[tuple[int, int]]) -> TableRows | None:
    """Rows whose values are named, all by the same names in the same order; a row may lack some of them."""
    names = _column_names(text, lines)
    if len(names) < _FEWEST_COLUMNS:
        return None
    rows = [_named_row(text, line, names) for line in lines]
    full = sum(len(row) > 1 for row in rows)
    # A form names each value once: its columns would not be columns.
    return TableRows(tuple(names), tuple(rows)) if full > len(rows) / 2 and full > 1 else None


def _column_names(text: str, lines: Sequence[tuple[int, int]]) -> list[str]:
    """The names that open most rows' parts, in their order."""
    counts: dict[str, int] = {}
    order: list[str] = []
    for start, end in lines:
        place = 0
        for part_start, part_end in _parts(text, start, end):
            match = _NAME.match(text, part_start, part_end)
            if match is None:
                continue
            name = match["name"]
            counts[name] = counts.get(name, 0) + 1
            if name in order:
                place = order.index(name) + 1
            else:
                order.insert(place, name)
                place += 1
    return [name for name in order if counts[name] > 1]


def _named_row(text: str, line: tuple[int, int], names: Sequence[str]) -> tuple[Cell, ...]:
    """The values of one row; a part that no further column's name opens belongs to the value before it."""
    cells: list[Cell] = []
    column = -1
    for start, end in _parts(text, *line):
        match = _NAME.match(text, start, end)
        following = names.index(match["name"]) if match and match["name"] in names else -1
        if match is not None and following > column:
            column = following
            cells.append(Cell(column, match.end(), end))
        elif cells:
            cells[-1] = Cell(cells[-1].column, cells[-1].start, end)
        else:
            column = 0
            cells.append(Cell(0, start, end))
    return tuple(cells)


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    bounds = [start, *(match.end() for match in _PART.finditer(text, start, end)), end]
    for first, last in pairwise(bounds):
        yield first, len(_PART.sub("", text[first:last][-2:])) + max(first, last - 2) if last < end else last


def _side_by_side(text: str, lines: Sequence[tuple[int, int]]) -> TableRows | None:
    rows = []
    for start, end in lines:
        cells, place = [], start
        for column, value in enumerate(text[start:end].split(_CELL_MARK)):
            cells.append(Cell(column, place, place + len(value)))
            place += len(value) + len(_CELL_MARK)
        rows.append(tuple(cells))
    return TableRows((), tuple(rows)) if any(len(row) >= _FEWEST_COLUMNS for row in rows) else None
