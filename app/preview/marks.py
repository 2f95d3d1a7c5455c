"""Find quoted characters on a page, as boxes. Knows glyphs and ranges of stored text; knows no PDF library.

The stored text is not what stands on the page: lines are joined, hyphens undone, values of tables named. So characters
are compared folded and without white space and hyphens, first where the parser saw the element, then on the whole page.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.preview.draw import Glyphs
from ingest.table_cells import table_rows
from ingest.types import Box, Element, ElementKind, ParsedDocument

_HYPHENS = frozenset("-\u00ad\u2010\u2011\ufffe\x02")
_MARGIN = 0.006  # of the page, around an element's box: boxes are rounded
_FEWEST_FOUND = 6  # characters, of a paragraph that begins or ends on another page


def page_at(document: ParsedDocument, start: int, end: int) -> int | None:
    """The page on which the text at [start, end) begins, 1-based; None where pages are not known."""
    pages = (e.page for e in document.elements if e.start < end and start < e.end and e.page is not None)
    return next(pages, None)


def marks(document: ParsedDocument, glyphs: Glyphs, page: int, start: int, end: int) -> list[Box]:
    """Where the text at [start, end) stands on `page`: a box for each line, or the element's where none is found."""
    text = _Folded.of(glyphs)
    found: list[Box] = []
    for element in document.elements:
        if element.start < end and start < element.end and element.page in (page, page - 1):
            first, last = max(start, element.start), min(end, element.end)
            if element.page == page:
                found += _on_page(document, element, first, last, text)
            else:
                found += text.lines(_rest(_fold(document.text[first:last]), text))
    return found


def _on_page(document: ParsedDocument, element: Element, start: int, end: int, text: _Folded) -> list[Box]:
    before = len(_fold(document.text[element.start : start]))
    inside = text.within(element.box) if element.box is not None else text
    glyphs: Sequence[int]
    if element.kind is ElementKind.TABLE:
        glyphs = [g for wanted in _row_values(document, element, start, end) for g in inside.find(wanted, 0)]
    else:
        wanted = _fold(document.text[start:end])
        glyphs = inside.find(wanted, before) or text.find(wanted, 0) or _beginning(wanted, inside)
    if glyphs:
        return text.lines(glyphs)
    return [element.box] if element.box is not None else []


def _row_values(document: ParsedDocument, element: Element, start: int, end: int) -> Iterator[str]:
    """What the rows that [start, end) touches say, without the names of their columns: those stand in the header."""
    text = document.text[element.start : element.end]
    table = table_rows(text)
    if table is None:
        yield _fold(document.text[start:end])
        return
    for row in table.rows:
        if row[0].start + element.start < end and start < row[-1].end + element.start:
            yield "".join(_fold(text[cell.start : cell.end]) for cell in row)


def _beginning(wanted: str, text: _Folded) -> Sequence[int]:
    """The glyphs of as much of a paragraph as stands on the page on which it begins."""
    longest = _longest(len(wanted), lambda length: wanted[:length] in text.characters)
    return text.find(wanted[:longest], 0) if longest >= _FEWEST_FOUND else ()


def _rest(wanted: str, text: _Folded) -> Sequence[int]:
    """The glyphs of as much of a paragraph as stands on the page after the one on which it begins."""
    longest = _longest(len(wanted), lambda length: wanted[len(wanted) - length :] in text.characters)
    return text.find(wanted[len(wanted) - longest :], 0) if longest >= _FEWEST_FOUND else ()


def _longest(most: int, holds: Callable[[int], bool]) -> int:
    """The largest length up to `most` for which `holds`, which does for all shorter ones."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        if holds(middle):
            least = middle
        else:
            most = middle - 1
    return least


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if not c.isspace() and c not in _HYPHENS)


@dataclass(frozen=True, slots=True)
class _Folded:
    """A page's characters as they are compared, and for each the glyph that it comes from."""

    glyphs: Glyphs
    characters: str
    origins: Sequence[int]  # characters[i] belongs to glyph origins[i]

    @classmethod
    def of(cls, glyphs: Glyphs) -> _Folded:
        return cls._chosen(glyphs, range(len(glyphs.text)))

    @classmethod
    def _chosen(cls, glyphs: Glyphs, chosen: Sequence[int]) -> _Folded:
        folded = [(character, i) for i in chosen for character in _fold(glyphs.text[i])]
        return cls(glyphs, "".join(character for character, _ in folded), [i for _, i in folded])

    def within(self, box: Box) -> _Folded:
        """Those whose middle lies in the box."""
        boxes = self.glyphs.boxes
        across, down = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
        inside = (across >= box.left - _MARGIN) & (across <= box.right + _MARGIN)
        inside &= (down >= box.top - _MARGIN) & (down <= box.bottom + _MARGIN)
        return self._chosen(self.glyphs, [int(i) for i in np.flatnonzero(inside)])

    def find(self, wanted: str, near: int) -> Sequence[int]:
        """The glyphs of that occurrence of `wanted` which begins closest to character `near`; none without one."""
        starts = []
        place = self.characters.find(wanted) if wanted else -1
        while place >= 0:
            starts.append(place)
            place = self.characters.find(wanted, place + 1)
        if not starts:
            return ()
        first = min(starts, key=lambda start: abs(start - near))
        return list(dict.fromkeys(self.origins[first : first + len(wanted)]))

    def lines(self, glyphs: Sequence[int]) -> list[Box]:
        """The boxes around glyphs that follow each other on one line."""
        boxes: list[Box] = []
        for left, top, right, bottom in (map(float, self.glyphs.boxes[i]) for i in glyphs):
            last = boxes[-1] if boxes else None
            if last is not None and last.top <= (top + bottom) / 2 <= last.bottom and right > last.left:
                boxes[-1] = Box(
                    min(last.left, left), min(last.top, top), max(last.right, right), max(last.bottom, bottom)
                )
            else:
                boxes.append(Box(left, top, right, bottom))
        return boxes
