"""Read spreadsheets and delimited text, cell by cell.

Not through unstructured: it reads cells with pandas, which takes "NA", "None" and "null" for missing and drops them,
and reads a column with a gap in it as fractions.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from ingest.errors import BrokenDocument
from ingest.parse.assemble import Piece, assemble, table_text
from ingest.parse.decode import decode
from ingest.parse.office import check_archive
from ingest.parse.options import ReadOptions
from ingest.types import ElementKind, ParsedDocument

_LONGEST_CELL = 10_000_000  # characters; the csv module's own limit is 131,072


def read_workbook(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a .xlsx file: a sheet's name is the heading, its number the page, each block of rows a table."""
    import openpyxl

    check_archive(path, "Excel")
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
    """Read a .csv or .tsv file; blank lines separate tables."""
    text = decode(path.read_bytes())
    csv.field_size_limit(_LONGEST_CELL)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, path.suffix.lower()))
    return assemble(_blocks(rows, page=None))


def _sheet(sheet: Any, number: int) -> Iterator[Piece]:
    sheet.reset_dimensions()  # programs other than Excel often write a wrong size, which would cut cells off
    yield Piece(sheet.title, ElementKind.HEADING, 0, number)
    yield from _blocks(([_cell(cell) for cell in row] for row in sheet.iter_rows()), page=number)


def _blocks(rows: Iterable[Sequence[str]], *, page: int | None) -> Iterator[Piece]:
    """A table for each run of rows between empty ones; a lone cell above or between is a paragraph."""
    block: list[Sequence[str]] = []
    for row in (*rows, ()):
        if any(cell.strip() for cell in row):
            block.append(row)
        elif block:
            yield from _block(block, page)
            block = []


def _block(rows: list[Sequence[str]], page: int | None) -> Iterator[Piece]:
    offset = min(next(i for i, cell in enumerate(row) if cell.strip()) for row in rows)
    rows = [row[offset:] for row in rows]
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    if filled[0] == 1 and (len(rows) == 1 or max(filled) > 1):
        yield Piece(" ".join(cell for cell in rows[0] if cell.strip()), page=page)
        rows = rows[1:]
    if rows:
        yield Piece(table_text(rows), ElementKind.TABLE, page=page)


def _cell(cell: Any) -> str:
    """A cell as its reader sees it, as far as its type tells."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value, cell.number_format or "")
    return str(value)


def _number(value: int | float, number_format: str) -> str:
    """Percentages as such; others without the noise of binary fractions (0.30000000000000004)."""
    if "%" in number_format:
        return f"{value * 100:.10g}%"
    return str(value) if isinstance(value, int) else f"{value:.15g}"


def _delimiter(text: str, suffix: str) -> str:
    """Tab for .tsv; for .csv what the first line has most of, as some countries' programs write semicolons."""
    if suffix == ".tsv":
        return "\t"
    first_line = next((line for line in text[:100_000].splitlines() if line.strip()), "")
    return max(",;\t|", key=first_line.count)
