"""Put the cells of lines that white space divides under each other. Knows places; knows no rules and no PDF library."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from ingest.parse.pdf_heads import Cell, first_values
from ingest.parse.pdf_heads import names as named
from ingest.parse.pdf_lines import Line
from ingest.parse.tables import is_number

_MOST = 0.6  # of the values of a table whose columns are named in several rows are numbers
_CURRENCY_AFTER = re.compile(r"(?:^|(?<=\S)\s+)([$€£¥￥])$")  # of the next column, as it stands close to this one


def aligned(lines: Sequence[Line]) -> tuple[list[list[str]], bool | None]:
    """The lines as rows of one table, a cell under the column it stands in; cells that share one are joined. True with
    them where the first row below the titles names the columns; None where nothing tells.

    Columns are those of the rows with the usual number of cells. Where these overlap the cells stay as they are.
    """
    rows = [_with_currency(line) for line in lines]
    first = first_values(rows)
    # Amounts may stand alone, each with its currency.
    counts = Counter(len(row) for row in rows[first:] if len(row) > 1) or Counter([1])
    usual = counts.most_common(1)[0][0]
    full = [row for row in rows[first:] if len(row) == usual]
    columns = [(min(row[j][1] for row in full), max(row[j][2] for row in full)) for j in range(usual)]
    if any(left[1] > right[0] for left, right in pairwise(columns)):
        return [[text for text, _, _ in row] for row in rows], None
    table = [_in_columns(row, columns) for row in rows]
    values = [cell for row in table[first:] for cell in row[1:] if cell]
    if usual > 1 and sum(map(is_number, values)) >= _MOST * len(values):
        heads, names = named(rows[:first], columns)
        if heads:
            titles = [[" ".join(filter(None, row))] for row in table[: heads.start]]
            return [*titles, names, *table[heads.stop :]], True
    return table, None


def _with_currency(line: Line) -> list[Cell]:
    """Text, left and right of each cell, a currency sign with the amount that follows it."""
    cells: list[Cell] = []
    sign = ""
    for text, (left, right) in zip(line.cells, line.extents, strict=True):
        found = _CURRENCY_AFTER.search(text)
        if found:
            rest = text[: found.start()].strip()
            if rest:
                cells.append((f"{sign}{rest}", left, right))
                sign = ""
            sign += found[1]
            continue
        cells.append((f"{sign}{text}", left, right))
        sign = ""
    return cells if not sign else [*cells, (sign, line.right, line.right)]


def _in_columns(row: Sequence[Cell], columns: Sequence[tuple[float, float]]) -> list[str]:
    texts = [""] * len(columns)
    for text, left, right in row:
        nearest = max(range(len(columns)), key=lambda j: min(right, columns[j][1]) - max(left, columns[j][0]))
        texts[nearest] = f"{texts[nearest]} {text}".strip()
    return texts
