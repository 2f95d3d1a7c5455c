"""The lines of pages. Knows cells, running headers and page numbers; knows no paragraphs and no PDF library."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.types import Box

HYPHEN_MARKS = "\ufffe\x02"  # what pdfium gives for a hyphen at a line's end
CJK = re.compile(r"[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef，。、；：？！“”‘’（）《》]")
LATIN_WORD_CUT = re.compile(f"[A-Za-zÀ-ÿ][-\u00ad\u2010{HYPHEN_MARKS}]$")

_SAME_SIZE = 0.08  # lines of one paragraph differ less in character height
_MARGIN = 0.15  # of the page's height, at its top and bottom: where running headers and page numbers stand
_REPEATED_ON = 0.4  # of the pages: odd and even ones may carry different headers
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|p\.|第)?\s*#+\s*(?:页|頁)?(?:\s*(?:/|of|共|,|，)\s*(?:共|of)?\s*#+\s*(?:页|頁)?)?\W*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text. Coordinates in points, origin at the page's top left."""

    cells: tuple[str, ...]  # one, or several where wide white space divides the line
    left: float
    top: float
    right: float
    bottom: float
    size: float  # median character height, with ascent and descent
    bold: bool = False
    extents: tuple[tuple[float, float], ...] = ()  # left and right of each cell
    table: tuple[tuple[str, ...], ...] = ()  # rows of a ruled table, which stands here in place of a line without cells

    @property
    def text(self) -> str:
        return " ".join(self.cells)


@dataclass(frozen=True, slots=True)
class PageLines:
    """The lines of one page in reading order."""

    number: int  # 1-based
    width: float
    height: float
    lines: tuple[Line, ...]
    turn: int = 0  # quarter turns clockwise from the page as displayed to the one that the lines stand upright on


def turned(box: Box, turn: int) -> Box:
    """The box after its page has been turned clockwise by so many quarters."""
    for _ in range(turn % 4):
        box = Box(1 - box.bottom, box.left, 1 - box.top, box.right)
    return box


def rows(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines, those that follow on one baseline as cells of one, since pdfium ends a line at a wide gap."""
    row: Line | None = None
    for line in lines:
        if row is not None and row.cells and line.cells and line.left > row.right and _on_one_baseline(row, line):
            row = beside((row, line))
            continue
        if row is not None:
            yield row
        row = line
    if row is not None:
        yield row


def beside(lines: Sequence[Line]) -> Line:
    """Lines that stand beside each other, from left to right, as cells of one."""
    return replace(
        lines[0],
        cells=tuple(cell for line in lines for cell in line.cells),
        extents=tuple(extent for line in lines for extent in line.extents),
        top=min(line.top for line in lines),
        right=max(line.right for line in lines),
        bottom=max(line.bottom for line in lines),
        bold=all(line.bold for line in lines),
    )


def _on_one_baseline(row: Line, line: Line) -> bool:
    return abs(row.bottom - line.bottom) < 0.3 * min(row.size, line.size) and same_size(row, line)


def joined(lines: Sequence[str]) -> str:
    """Wrapped lines as running text: Chinese without a space, a hyphenated word whole, the rest with one space."""
    text = lines[0]
    for line in lines[1:]:
        if LATIN_WORD_CUT.search(text[-2:]) and line[:1].islower():
            text = text[:-1] + line
        elif text and line and CJK.match(text[-1]) and CJK.match(line[0]):
            text += line
        else:
            text += " " + line
    return re.sub(f"[{HYPHEN_MARKS}]", "-", text)


def without_running_lines(pages: Sequence[PageLines]) -> list[PageLines]:
    """Pages without what repeats, numbers aside, at the top or bottom of many of them."""
    counts = Counter(
        key for page in pages for key in {_running_key(line, page) for line in page.lines if _in_margin(line, page)}
    )
    del counts[None]
    often = max(3, _REPEATED_ON * len(pages))
    kept = []
    for page in pages:
        lines = tuple(
            line
            for line in page.lines
            if not _in_margin(line, page)
            or (counts[_running_key(line, page)] < often and not _is_page_number(line, len(pages)))
        )
        kept.append(replace(page, lines=lines))
    return kept


def _in_margin(line: Line, page: PageLines) -> bool:
    return line.bottom < page.height * _MARGIN or line.top > page.height * (1 - _MARGIN)


def _running_key(line: Line, page: PageLines) -> tuple[int, str] | None:
    """Where the line stands and what it says, numbers aside; None for bare numbers, which may be a table's."""
    text = re.sub(r"\d+", "#", line.text)
    return (round(50 * line.top / page.height), text) if any(char.isalpha() for char in text) else None


def _is_page_number(line: Line, page_count: int) -> bool:
    return page_count > 1 and _PAGE_NUMBER.fullmatch(re.sub(r"\d{1,4}", "#", line.text)) is not None


def same_size(above: Line, line: Line) -> bool:
    """Whether both could stand in one paragraph."""
    return abs(above.size - line.size) <= _SAME_SIZE * max(above.size, line.size)
