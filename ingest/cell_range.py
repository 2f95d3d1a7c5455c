"""Name the cells that a part of a spreadsheet's table stands in. Knows "A1:D20"; knows no spreadsheet.

The reader of spreadsheets puts each table below a heading that is its range, a row on each line, the last on the last.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable

_RANGE = re.compile(r"(?P<left>[A-Z]{1,3})(?P<top>[1-9]\d{0,6}):(?P<right>[A-Z]{1,3})(?P<bottom>[1-9]\d{0,6})")


def most_tokens(heading: str) -> int:
    """A bound on the tokens of any part's range, one for each character and one before; 0 for another heading."""
    cells = _RANGE.fullmatch(heading)
    return len(f"{cells['left']}{cells['bottom']}:{cells['right']}{cells['bottom']}") + 1 if cells else 0


def namer(heading: str, table: str) -> Callable[[int, int], str]:
    """What names the range of the rows that `table[start:end]` touches; a heading that is no range stays as it is.

    The first part's range holds the header's rows, too.
    """
    cells = _RANGE.fullmatch(heading)
    if cells is None:
        return lambda start, end: heading
    top, bottom = int(cells["top"]), int(cells["bottom"])
    line_ends = [match.start() for match in re.finditer("\n", table)]

    def name(start: int, end: int) -> str:
        first = top if start == 0 else bottom - len(line_ends) + bisect_left(line_ends, start)
        last = bottom - len(line_ends) + bisect_left(line_ends, end)
        if not top <= first <= last <= bottom:
            return heading
        return f"{cells['left']}{first}:{cells['right']}{last}"

    return name
