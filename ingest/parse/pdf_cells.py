"""Fill the cells of a ruled table with the characters in them. Knows grids and characters; knows no PDF library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from ingest.parse.pdf_chars import Characters
from ingest.parse.pdf_lines import Line, joined
from ingest.parse.pdf_tables import Grid, Numbers

_LONGEST_CELL = 1500  # characters: a frame around more than that holds text and no table
_UNDIVIDED = 3  # lines in most cells of a row of the grid: they are rows themselves
_MOST_CELLS = 0.6  # of a row's cells with text


def table(grid: Grid, chars: Characters, cells: Numbers, runs: Sequence[range]) -> Line | None:
    """The grid with these runs of characters as one line; None where it is a frame around text and no table.

    `cells` holds the number of the cell that each character of the page stands in.
    """
    texts: dict[tuple[int, int], list[str]] = {}
    for run in runs:
        cuts = np.flatnonzero(np.diff(cells[run.start : run.stop])) + run.start + 1
        for start, end in pairwise([run.start, *cuts.tolist(), run.stop]):
            texts.setdefault(divmod(int(cells[start]), grid.columns), []).append(chars.text[start:end])
    rows = [row for i in range(len(grid.ys) - 1) for row in _rows(texts, i, grid.columns)]
    filled = {(i, j): cell for i, row in enumerate(rows) for j, cell in enumerate(row) if cell}
    if (
        len({i for i, _ in filled}) < 2
        or len({j for _, j in filled}) < 2
        or max(map(len, filled.values())) > _LONGEST_CELL
    ):
        return None
    size = float(np.median(np.concatenate([chars.height[run.start : run.stop] for run in runs])))
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
