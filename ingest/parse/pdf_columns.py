"""Put the cells of lines that white space divides under each other. Knows places; knows no rules and no PDF library."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from ingest.parse.pdf_lines import Line

_CURRENCY_AFTER = re.compile(r"(?:^|(?<=\S)\s+)([$€£¥￥])$")  # of the next column, as it stands close to this one


def aligned(lines: Sequence[Line]) -> list[list[str]]:
    """The lines as rows of one table, a cell under the column it stands in; cells that share one are joined.

    Columns are those of the rows with the usual number of cells. Where these overlap the cells stay as they are.
    """
    rows = [_with_currency(line) for line in lines]
    counts = Counter(len(row) for row in rows if len(row) > 1) or Counter([1])  # amounts alone, each with its currency
    usual = counts.most_common(1)[0][0]
    full = [row for row in rows if len(row) == usual]
    columns = [(min(row[j][1] for row in full), max(row[j][2] for row in full)) for j in range(usual)]
    if any(left[1] > right[0] for left, right in pairwise(columns)):
        return [[text for text, _, _ in row] for row in rows]
    return [_in_columns(row, columns) for row in rows]


def _with_currency(line: Line) -> list[tuple[str, float, float]]:
    """Text, left and right of each cell, a currency sign with the amount that follows it."""
    cells: list[tuple[str, float, float]] = []
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


def _in_columns(row: Sequence[tuple[str, float, float]], columns: Sequence[tuple[float, float]]) -> list[str]:
    texts = [""] * len(columns)
    for text, left, right in row:
        nearest = max(range(len(columns)), key=lambda j: min(right, columns[j][1]) - max(left, columns[j][0]))
        texts[nearest] = f"{texts[nearest]} {text}".strip()
    return texts
