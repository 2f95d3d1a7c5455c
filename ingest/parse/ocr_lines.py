"""Put recognised lines into reading order, as the lines of a page. Knows columns and rows; knows no picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from ingest.parse.ocr import OcrLine, Recognised
from ingest.parse.pdf_lines import Line, PageLines

_ALIKE = 1.3  # heights of recognised lines of one print differ by up to this factor, with the letters in them
_CELL_GAP = 1.5  # of the line height: wider white space separates cells, as in pdf_text
_COLUMN_LINES = 3  # lines on each side of a gap between columns of text, at the least
_COLUMN_WIDTH = 8.0  # of the line height: lines of a column of text are wider, the cells of a table are not
_MOST_CROSSING = 0.3  # of the lines: headings and pictures that reach over the gap between columns


def page_lines(found: Recognised, number: int, width: float, height: float) -> PageLines:
    """The page, of that size as displayed, with its recognised lines in reading order."""
    if found.turn % 2:
        width, height = height, width
    lines = [_line(line, width, height) for line in found.lines]
    return PageLines(number, width, height, tuple(_in_order(lines)), found.turn)


def _line(line: OcrLine, width: float, height: float) -> Line:
    box = line.box
    top, bottom = box.top * height, box.bottom * height
    left, right = box.left * width, box.right * width
    return Line((line.text,), left, top, right, bottom, max(round(bottom - top, 1), 0.1), extents=((left, right),))


def even_sizes(pages: Sequence[PageLines]) -> list[PageLines]:
    """The pages with one size for all lines of about one height: what looks larger than the rest stays larger."""
    weights: dict[float, int] = {}
    for line in (line for page in pages for line in page.lines):
        weights[line.size] = weights.get(line.size, 0) + len(line.text)
    usual: dict[float, float] = {}
    while weights:
        # The size with most text around it first, so that the body is not torn in two.
        centre = max(weights, key=lambda size: sum(weights[near] for near in _near(size, weights)))
        alike = _near(centre, weights)
        even = median(size for size in alike for _ in range(weights[size]))
        usual |= dict.fromkeys(alike, even)
        for size in alike:
            del weights[size]
    return [replace(page, lines=tuple(replace(line, size=usual[line.size]) for line in page.lines)) for page in pages]


def _near(size: float, sizes: Iterable[float]) -> list[float]:
    return [other for other in sizes if size / _ALIKE <= other <= size * _ALIKE]


def _in_order(lines: Sequence[Line]) -> Iterator[Line]:
    """Columns of text one after the other, within each the rows from the top; what lies across them divides them."""
    gap = _column_gap(lines)
    if gap is None:
        yield from _rows(lines)
        return
    band: list[Line] = []
    for line in [*sorted(lines, key=lambda line: line.top), None]:
        if line is not None and not line.left < gap < line.right:
            band.append(line)
            continue
        yield from _in_order([line for line in band if line.right <= gap])
        yield from _in_order([line for line in band if line.left >= gap])
        band = []
        if line is not None:
            yield line


def _column_gap(lines: Sequence[Line]) -> float | None:
    """Where white space divides columns of text; None where there is one column, or a table."""
    if len(lines) < 2 * _COLUMN_LINES:
        return None
    best: tuple[int, float] | None = None
    edges = sorted({line.right for line in lines} | {line.left for line in lines})
    for middle in ((before + after) / 2 for before, after in pairwise(edges) if after > before):
        left = [line for line in lines if line.right <= middle]
        right = [line for line in lines if line.left >= middle]
        crossing = len(lines) - len(left) - len(right)
        if crossing <= _MOST_CROSSING * len(lines) and _is_text(left) and _is_text(right) and _abreast(left, right):
            best = min(best or (crossing, middle), (crossing, middle))
    return None if best is None else best[1]


def _is_text(lines: Sequence[Line]) -> bool:
    return len(lines) >= _COLUMN_LINES and median(line.right - line.left for line in lines) >= _COLUMN_WIDTH * median(
        line.size for line in lines
    )


def _abreast(left: Sequence[Line], right: Sequence[Line]) -> bool:
    highest = max(min(line.top for line in side) for side in (left, right))
    return highest < min(max(line.bottom for line in side) for side in (left, right))


def _rows(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines from the top, those side by side as one line, in cells where the space between them is wide."""
    row: list[Line] = []
    for line in sorted(lines, key=_middle):
        if row and _middle(line) > median(_middle(other) for other in row) + 0.5 * line.size:
            yield _joined(row)
            row = []
        row.append(line)
    if row:
        yield _joined(row)


def _middle(line: Line) -> float:
    return (line.top + line.bottom) / 2


def _joined(row: Sequence[Line]) -> Line:
    row = sorted(row, key=lambda line: line.left)
    size = median(line.size for line in row)
    cells, extents = [row[0].text], [(row[0].left, row[0].right)]
    for before, line in pairwise(row):
        if line.left - before.right > _CELL_GAP * size:
            cells.append(line.text)
            extents.append((line.left, line.right))
        else:
            cells[-1] += f" {line.text}"
            extents[-1] = (extents[-1][0], line.right)
    return Line(
        cells=tuple(cells),
        left=row[0].left,
        top=min(line.top for line in row),
        right=max(line.right for line in row),
        bottom=max(line.bottom for line in row),
        size=size,
        extents=tuple(extents),
    )
