"""Read spreadsheets and delimited text: where each table stands, and in which cells.

A table's heading is its cell range ("B2:F20", header included); below it every row is one line, the last line the last
row, so that a citation can name the rows it quotes.

Not through unstructured: it reads cells with pandas, which takes "NA", "None" and "null" for missing and drops them,
and reads a column with a gap in it as fractions.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from ingest.errors import BrokenDocument
from ingest.parse.assemble import Piece, assemble, clean
from ingest.parse.cells import shown
from ingest.parse.decode import decode
from ingest.parse.office import check_archive, transitional
from ingest.parse.options import ReadOptions
from ingest.parse.tables import may_head, stands_alone, table_lines
from ingest.types import ElementKind, ParsedDocument

_LONGEST_CELL = 10_000_000  # characters; the csv module's own limit is 131,072
_WIDEST_GAP = 2  # empty rows between a header and its table
_SNIFFED_ROWS = 100
_DELIMITERS = ",\t;|"


@dataclass(frozen=True, slots=True)
class _Region:
    """A rectangle of cells; its outer rows and columns hold something."""

    rows: list[list[str]]
    top: int  # number of the first row, 1-based
    left: int  # number of the first column, 1-based

    @property
    def name(self) -> str:
        """The range as spreadsheets write it."""
        return f"{_letters(self.left)}{self.top}:{_letters(self.right)}{self.bottom}"

    @property
    def right(self) -> int:
        return self.left + len(self.rows[0]) - 1

    @property
    def bottom(self) -> int:
        return self.top + len(self.rows) - 1


def read_workbook(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a .xlsx file: a sheet's name is the heading, its number the page; hidden sheets count."""
    check_archive(path, "Excel")
    with transitional(path) as readable:
        return _read_workbook(readable, options)


def _read_workbook(path: Path, options: ReadOptions) -> ParsedDocument:
    import openpyxl

    workbook = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        sheets = workbook.worksheets
        if len(sheets) > options.max_pages:
            raise BrokenDocument(f"The file has {len(sheets):,} sheets; the limit is {options.max_pages:,}. Split it.")
        found = [piece for number, sheet in enumerate(sheets, start=1) for piece in _sheet(sheet, number)]
    finally:
        workbook.close()
    has_cells = any(piece.kind is not ElementKind.HEADING for piece in found)
    return assemble(found if has_cells else (), page_count=len(sheets))


def read_delimited(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a .csv or .tsv file; empty rows and columns separate tables as in a spreadsheet."""
    text = decode(path.read_bytes())
    csv.field_size_limit(_LONGEST_CELL)
    if path.suffix.lower() == ".tsv":
        delimiter = "\t"
    elif text[:4].lower() == "sep=":  # how Excel is told; not a row
        delimiter, text = text[4], text[5:].lstrip("\r\n")
    else:
        delimiter = _delimiter(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return assemble(_pieces(rows, page=None))


def _sheet(sheet: Any, number: int) -> Iterator[Piece]:
    sheet.reset_dimensions()  # programs other than Excel often write a wrong size, which would cut cells off
    yield Piece(sheet.title, ElementKind.HEADING, 0, number)
    rows = ([shown(cell.value, cell.number_format or "") for cell in row] for row in sheet.iter_rows())
    yield from _pieces(rows, page=number)


def _pieces(rows: Iterable[Sequence[str]], *, page: int | None) -> Iterator[Piece]:
    """Each region as a table below its range, a lone cell as a paragraph below no range."""
    for region in _regions(rows):
        cells = [cell for row in region.rows for cell in row if cell]
        if len(cells) == 1:
            yield Piece("", ElementKind.HEADING, 1, page)
            yield Piece(cells[0], page=page)
        else:
            yield Piece(region.name, ElementKind.HEADING, 1, page)
            yield Piece("\n".join(table_lines(region.rows)), ElementKind.TABLE, page=page)


def _regions(rows: Iterable[Sequence[str]]) -> Iterator[_Region]:
    """The tables of a sheet, from top to bottom and left to right."""
    cleaned = ([" ".join(clean(cell).split()) for cell in row] for row in rows)
    above: _Region | None = None
    for filled, numbered in groupby(enumerate(cleaned, start=1), key=lambda numbered: any(numbered[1])):
        if not filled:
            continue
        block = list(numbered)
        region = _trimmed(_Region(_rectangle([row for _, row in block]), block[0][0], 1))
        if above is not None:
            if _heads(above, region):
                gap = [[""] * len(region.rows[0])] * (region.top - above.bottom - 1)
                region = _Region(above.rows + gap + region.rows, above.top, above.left)
            else:
                yield from _side_by_side(above)
        above = region
    if above is not None:
        yield from _side_by_side(above)


def _heads(above: _Region, below: _Region) -> bool:
    same_columns = (above.left, above.right) == (below.left, below.right)
    return same_columns and below.top - above.bottom - 1 <= _WIDEST_GAP and may_head(above.rows, below.rows)


def _side_by_side(region: _Region) -> Iterator[_Region]:
    """The tables that empty columns separate, or the region itself where they only space one table out."""
    filled = [any(column) for column in zip(*region.rows, strict=True)]
    spans = [[i for i, _ in run] for full, run in groupby(enumerate(filled), key=lambda column: column[1]) if full]
    parts = [[row[span[0] : span[-1] + 1] for row in region.rows] for span in spans]
    if len(parts) < 2 or not all(map(stands_alone, parts)):
        yield region
        return
    for span, part in zip(spans, parts, strict=True):
        for table in _regions(part):
            yield _Region(table.rows, region.top + table.top - 1, region.left + span[0] + table.left - 1)


def _trimmed(region: _Region) -> _Region:
    """The region without the empty columns at its sides."""
    filled = [i for i, column in enumerate(zip(*region.rows, strict=True)) if any(column)]
    first, last = filled[0], filled[-1]
    return _Region([row[first : last + 1] for row in region.rows], region.top, region.left + first)


def _rectangle(rows: list[list[str]]) -> list[list[str]]:
    width = max(map(len, rows))
    return [row + [""] * (width - len(row)) for row in rows]


def _letters(column: int) -> str:
    """1 -> A, 27 -> AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _delimiter(text: str) -> str:
    """What cuts most rows into the same number of cells, then into most: some countries' programs write semicolons."""

    def evenness(delimiter: str) -> tuple[float, int]:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        widths = Counter(len(row) for row in islice(rows, _SNIFFED_ROWS) if row)
        usual, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(0, 0))
        return (count / widths.total() if usual > 1 else 0.0), usual

    return max(_DELIMITERS, key=evenness)
