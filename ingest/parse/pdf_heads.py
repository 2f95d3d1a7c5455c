"""The names that stand above the columns of a table without rules, in up to four rows, some above several columns.

Knows places; knows no PDF library.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ingest.parse.pdf_lines import Line, beside, same_size
from ingest.parse.tables import is_number

Cell = tuple[str, float, float]  # text, left, right

_MOST_ROWS = 4
_MOST_LABELS = 2  # lines between the names and the first row of values: `Net sales:`
_CLOSE = 1.8  # character heights from a line to the one below it in the same head
_SAME_ROW = 0.5  # character heights
_ASIDE = 0.25  # of the distance of two columns: how far a name may stand from the middle of what it is above


def in_rows(lines: Sequence[Line]) -> list[Line]:
    """The lines, those of heads that a PDF tells column by column as rows of cells: `June | 2022` twice becomes
    `June | June` and `2022 | 2022`. Only above a row of values."""
    result: list[Line] = []
    at = 0
    while at < len(lines):
        end = _stacks_end(lines, at)
        found = _bands(lines[at:end])
        if len(found) == end - at:  # one below the other, as text is, so that no part of the run is a head either
            result += lines[at:end]
            at = end
        elif len(found) <= _MOST_ROWS and _is_above_values(lines[at:end], lines[end:]):
            result += found
            at = end
        else:
            result.append(lines[at])
            at += 1
    return result


def _stacks_end(lines: Sequence[Line], at: int) -> int:
    """Where the run of single cells ends that begins at `at`, each below the one before it or beside and above it."""
    first, end = lines[at], at + 1
    while end < len(lines) and len(first.cells) == 1:
        above, line = lines[end - 1], lines[end]
        overlap = min(above.right, line.right) - max(above.left, line.left)
        is_below = 0 < line.top - above.top <= _CLOSE * line.size and overlap > 0
        is_beside = line.left > above.right and first.top - line.size < line.top < above.bottom
        if len(line.cells) != 1 or not same_size(above, line) or not (is_below or is_beside) or is_number(line.text):
            break
        end += 1
    return end


def _bands(lines: Sequence[Line]) -> list[Line]:
    """The lines with those of one height made one, from left to right."""
    bands: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.top):
        if bands and line.top - bands[-1][0].top <= _SAME_ROW * line.size:
            bands[-1].append(line)
        else:
            bands.append([line])
    return [beside(sorted(band, key=lambda line: line.left)) for band in bands]


def _is_above_values(head: Sequence[Line], below: Sequence[Line]) -> bool:
    """Whether a row of values is next, labels in the first column aside."""
    left = min(line.left for line in head)
    for line in below[: _MOST_LABELS + 1]:
        if len(line.cells) > 1:
            return any(map(is_number, line.cells)) and line.top - max(h.top for h in head) < 4 * _CLOSE * line.size
        if line.right > left:
            return False
    return False


def below_a_name(block: Sequence[Line]) -> set[int]:
    """Which lines of a block stand below a single name that is above several columns of a table of numbers."""
    found = set()
    for i, (above, line) in enumerate(pairwise(block)):
        if len(above.cells) != 1 or len(line.cells) < 2 or above.bold != line.bold or not same_size(above, line):
            continue
        values = next((row for row in block[i + 1 :][: _MOST_ROWS + _MOST_LABELS] if _has_values(row)), None)
        if values and above.left > values.extents[0][1] and line.top - above.top <= _CLOSE * line.size:
            found.add(i + 1)
    return found


def _has_values(line: Line) -> bool:
    return len(line.cells) > 2 and any(map(is_number, line.cells))


def first_values(rows: Sequence[Sequence[Cell]]) -> int:
    """How many rows stand above the first one with a number; 0 where none has one."""
    return next((i for i, row in enumerate(rows) if any(is_number(text) for text, _, _ in row)), 0)


def names(rows: Sequence[Sequence[Cell]], columns: Sequence[tuple[float, float]]) -> tuple[range, list[str]]:
    """Which of the rows above the values are heads, and the name of each column; none where it is not clear.

    The lowest may name the first column too, if another has nothing there, or a unit: in a form what is filled in has a
    label beside it in each row. What stands above the heads is a title.
    """
    nothing: tuple[range, list[str]] = range(0), []
    end, border = len(rows), (columns[0][1] + columns[1][0]) / 2  # of the first column
    while end and _is_label(rows[end - 1], border):
        end -= 1
    begin = end - 1
    while begin > 0 and not _starts(rows[begin - 1], border):
        begin -= 1
    heads = rows[max(begin, 0) : end]
    if not 0 < len(heads) <= _MOST_ROWS or all(_starts(row, border) for row in heads):
        return nothing
    middles = _middles(heads, columns, border)
    first = [text for row in heads for text, left, right in row if (left + right) / 2 < border]
    others = zip(*(_above(row, middles, border) for row in heads), strict=True)
    result = [" ".join(filter(None, parts)) for parts in (first, *others)]
    told = result[1:]
    is_whole = all(text in " ".join(result) for row in heads for text, _, _ in row)  # else a name stands above nothing
    return (range(begin, end), result) if is_whole and all(told) and len(set(told)) == len(told) else nothing


def _is_label(row: Sequence[Cell], border: float) -> bool:
    return len(row) == 1 and row[0][2] < border


def _starts(row: Sequence[Cell], border: float) -> bool:
    """Whether the row has something in the first column, `(in millions)` aside."""
    return any((left + right) / 2 < border and text[0] not in "(（" for text, left, right in row)


def _middles(heads: Sequence[Sequence[Cell]], columns: Sequence[tuple[float, float]], border: float) -> list[float]:
    """Of the columns but the first: of the lowest head that names each of them, or else of their values."""
    for row in reversed(heads):
        own = [(left + right) / 2 for _, left, right in row if (left + right) / 2 >= border]
        if len(own) == len(columns) - 1:
            return own
    return [(left + right) / 2 for left, right in columns[1:]]


def _above(row: Sequence[Cell], middles: Sequence[float], border: float) -> list[str]:
    """What stands above each column: a text above those nearest to it, as far to its left as to its right."""
    texts = [(text, (left + right) / 2) for text, left, right in row if (left + right) / 2 >= border]
    result = [""] * len(middles)
    if len(texts) == len(middles):
        return [text for text, _ in texts]
    pitch = min((b - a for a, b in pairwise(middles)), default=0.0)
    nearest = [min(range(len(texts)), key=lambda i: abs(texts[i][1] - middle)) for middle in middles] if texts else []
    for i, (text, middle) in enumerate(texts):
        own = [j for j, its in enumerate(nearest) if its == i]
        if own:
            reach = min(middle - middles[own[0]], middles[own[-1]] - middle) + _ASIDE * pitch
            for j in own:
                result[j] = text if abs(middles[j] - middle) <= reach + _ASIDE * pitch else result[j]
    return result
