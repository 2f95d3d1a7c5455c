"""Find tables drawn with rules on PDF pages. Knows paths and cells; knows no text.

A page's paths take 0.2 to 10 ms to look through; a table library of its own (pdfplumber) reads the whole page anew,
with a parser 20 times slower.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from ingest.parse.pdf_chars import Frame, Points

if TYPE_CHECKING:
    import numpy.typing as npt

Numbers: TypeAlias = "npt.NDArray[np.intp]"

OUTSIDE = -1  # in place of the number of a cell

_SNAP = 2.0  # points: rules this close are one, and touch
_THICKEST = 3.0  # points: anything thicker is an area
_SHORTEST = 5.0  # points
_MOST_PATHS = 3000  # on a page: above it they draw a map or a chart
_MOST_POINTS = 500  # of a path
_MOST_RULES = 400  # in each direction


class _Rule(NamedTuple):
    at: float  # y of a horizontal rule, x of a vertical one
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a ruled table: row i lies between ys[i] and ys[i + 1], column j between xs[j] and xs[j + 1]."""

    xs: tuple[float, ...]  # in points from the page's left, ascending
    ys: tuple[float, ...]  # in points from the page's top, ascending
    merged: tuple[int, ...]  # for each cell, counted row by row: the first one of those that are one with it

    @property
    def columns(self) -> int:
        """How many there are."""
        return len(self.xs) - 1

    def cells(self, x: Points, y: Points) -> Numbers:
        """The number of the cell at each of these points; OUTSIDE where none is."""
        row, column = np.searchsorted(self.ys, y, "right") - 1, np.searchsorted(self.xs, x, "right") - 1
        inside = (row >= 0) & (row < len(self.ys) - 1) & (column >= 0) & (column < self.columns)
        return np.where(inside, np.array(self.merged)[np.where(inside, row * self.columns + column, 0)], OUTSIDE)


def ruled_grids(page: Any, frame: Frame) -> list[Grid]:
    """The grids of at least two rows and columns on a page (a pypdfium2.PdfPage), in the coordinates of `frame`."""
    lying, standing = [], []
    for stroke in _strokes(page):
        left, top, right, bottom = frame.place(*stroke)
        if bottom - top <= _THICKEST and right - left >= _SHORTEST:
            lying.append(_Rule((top + bottom) / 2, left, right))
        elif right - left <= _THICKEST and bottom - top >= _SHORTEST:
            standing.append(_Rule((left + right) / 2, top, bottom))
    lying, standing = _merged(lying), _merged(standing)
    if not 2 <= len(lying) <= _MOST_RULES or not 1 <= len(standing) <= _MOST_RULES:
        return []
    grids = (_grid(*group) for group in _connected(lying, standing))
    return [grid for grid in grids if grid is not None]


def _strokes(page: Any) -> Iterator[tuple[float, float, float, float]]:
    """Left, top, right, bottom of every straight stroke along the page's axes, with y upwards."""
    from ctypes import byref, c_float, c_int

    import pypdfium2.raw as pdfium

    objects = (pdfium.FPDFPage_GetObject(page.raw, i) for i in range(pdfium.FPDFPage_CountObjects(page.raw)))
    paths = [item for item in objects if pdfium.FPDFPageObj_GetType(item) == pdfium.FPDF_PAGEOBJ_PATH]
    if len(paths) > _MOST_PATHS:
        return
    left, bottom, right, top = c_float(), c_float(), c_float(), c_float()
    fill, stroke = c_int(), c_int()
    for path in paths:
        pdfium.FPDFPageObj_GetBounds(path, byref(left), byref(bottom), byref(right), byref(top))
        if min(right.value - left.value, top.value - bottom.value) <= _THICKEST:
            yield left.value, top.value, right.value, bottom.value
        elif pdfium.FPDFPath_GetDrawMode(path, byref(fill), byref(stroke)) and stroke.value:
            yield from _segments(path)


def _segments(path: Any) -> Iterator[tuple[float, float, float, float]]:
    from ctypes import byref, c_float

    import pypdfium2.raw as pdfium

    count = pdfium.FPDFPath_CountSegments(path)
    matrix = pdfium.FS_MATRIX()
    if count > _MOST_POINTS or not pdfium.FPDFPageObj_GetMatrix(path, byref(matrix)):
        return
    x, y = c_float(), c_float()
    begin = before = (0.0, 0.0)
    for i in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, i)
        pdfium.FPDFPathSegment_GetPoint(segment, byref(x), byref(y))
        point = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            begin = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            yield _stroke(before, point)
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield _stroke(point, begin)
        before = point


def _stroke(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float, float, float]:
    return min(one[0], other[0]), max(one[1], other[1]), max(one[0], other[0]), min(one[1], other[1])


def _merged(rules: Iterable[_Rule]) -> list[_Rule]:
    """The rules, those on one line that touch or overlap as one."""
    lines: list[list[_Rule]] = []
    for rule in sorted(rules):
        if not lines or rule.at - lines[-1][0].at > _SNAP:
            lines.append([])
        lines[-1].append(rule)
    merged = []
    for line in lines:
        at = sum(rule.at for rule in line) / len(line)
        start, end = None, 0.0
        for rule in sorted(line, key=lambda rule: rule.start):
            if start is None or rule.start > end + _SNAP:
                if start is not None:
                    merged.append(_Rule(at, start, end))
                start, end = rule.start, rule.end
            end = max(end, rule.end)
        if start is not None:
            merged.append(_Rule(at, start, end))
    return merged


def _connected(lying: Sequence[_Rule], standing: Sequence[_Rule]) -> Iterator[tuple[list[_Rule], list[_Rule]]]:
    """Groups of rules that touch each other."""
    left = set(range(len(standing)))
    unseen = set(range(len(lying)))
    while unseen:
        group, columns, todo = [], [], [unseen.pop()]
        while todo:
            rule = lying[todo.pop()]
            group.append(rule)
            crossed = {j for j in left if _touch(rule, standing[j])}
            left -= crossed
            columns += [standing[j] for j in crossed]
            reached = {i for i in unseen if any(_touch(lying[i], standing[j]) for j in crossed)}
            unseen -= reached
            todo += reached
        yield group, columns


def _touch(lying: _Rule, standing: _Rule) -> bool:
    return (
        lying.start - _SNAP <= standing.at <= lying.end + _SNAP
        and standing.start - _SNAP <= lying.at <= standing.end + _SNAP
    )


def _grid(lying: Sequence[_Rule], standing: Sequence[_Rule]) -> Grid | None:
    """The cells between the rules; the table is open where an outer rule is missing."""
    if not standing:
        return None
    ends_x = [x for rule in lying for x in (rule.start, rule.end)]
    ends_y = [y for rule in standing for y in (rule.start, rule.end)]
    xs = _apart([rule.at for rule in standing] + [min(ends_x), max(ends_x)])
    ys = _apart([rule.at for rule in lying] + [min(ends_y), max(ends_y)])
    if len(xs) < 3 or len(ys) < 3:
        return None
    merged: dict[tuple[int, int], tuple[int, int]] = {}
    for i, (top, bottom) in enumerate(pairwise(ys)):
        for j, (left, right) in enumerate(pairwise(xs)):
            merged[i, j] = (i, j)
            if j and not _divided(standing, left, (top + bottom) / 2):
                merged[i, j] = merged[i, j - 1]
            elif i and not _divided(lying, top, (left + right) / 2):
                merged[i, j] = merged[i - 1, j]
    return Grid(tuple(xs), tuple(ys), tuple(i * (len(xs) - 1) + j for i, j in merged.values()))


def _apart(values: Iterable[float]) -> list[float]:
    """The values in order, without those that lie close behind another."""
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > 2 * _SNAP:
            kept.append(value)
    return kept


def _divided(rules: Sequence[_Rule], at: float, along: float) -> bool:
    return any(abs(rule.at - at) <= 2 * _SNAP and rule.start <= along <= rule.end for rule in rules)
