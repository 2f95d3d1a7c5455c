"""Turn the lines of pages into headings, paragraphs, list items and tables. Knows geometry; knows no PDF library."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ingest.parse.assemble import Piece, table_text
from ingest.parse.pdf_columns import aligned
from ingest.parse.pdf_heads import below_a_name, in_rows
from ingest.parse.pdf_lines import (
    CJK,
    LATIN_WORD_CUT,
    Line,
    PageLines,
    joined,
    rows,
    same_size,
    turned,
    without_running_lines,
)
from ingest.types import Box, ElementKind

_HEADING_SCALE = 1.12  # of the body's character height
_LONGEST_HEADING = 120  # characters
_PARAGRAPH_PITCH = 1.25  # of the document's usual line pitch: a wider step begins a paragraph
_LARGEST_PITCH = 3.0  # of the character height: lines further apart belong to different blocks
_MOST_LABELS = 2  # lines in succession between two rows of a table
_INDENT = 0.9  # of the character height: a line that starts further right begins a paragraph

_BULLET = re.compile(
    r"(?:[-*•●○◦▪■□►➢✓–—·\uf0b7\uf0a7\uf06c]|\(?\d{1,2}[.)、．）]|[(（]?[a-z][.)）]|[(（]\d{1,2}[)）])\s*(?=\D)"
)
_SENTENCE_END = re.compile(r"[.!?。！？；;:：…][\"'”’」』）)\]]*$")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})


@dataclass(frozen=True, slots=True)
class _Measures:
    """What is usual in this document."""

    body_size: float  # character height of most of the text
    pitch: float  # from line to line within a paragraph, in character heights
    heading_sizes: tuple[float, ...]  # largest first
    bold_stands_out: bool  # most of the text is not bold


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Lines that make one element; those that run on in the next column or on the next page follow its own."""

    lines: tuple[Line, ...]
    page: PageLines
    right: float  # of the block it stands in
    run_on: tuple[Line, ...] = ()


def layout(pages: Sequence[PageLines]) -> Iterator[Piece]:
    """The pieces of all pages in order, without running headers, footers and page numbers."""
    pages = without_running_lines([replace(page, lines=tuple(in_rows(list(rows(page.lines))))) for page in pages])
    measures = _measure(pages)
    paragraphs = (paragraph for page in pages for paragraph in _paragraphs(page, measures))
    previous: _Paragraph | None = None
    for paragraph in paragraphs:
        if previous is None:
            previous = paragraph
        elif _runs_on(previous, paragraph):
            previous = replace(
                previous, run_on=previous.run_on + paragraph.lines + paragraph.run_on, right=paragraph.right
            )
        else:
            yield _piece(previous, measures)
            previous = paragraph
    if previous is not None:
        yield _piece(previous, measures)


def _runs_on(above: _Paragraph, paragraph: _Paragraph) -> bool:
    """Whether a paragraph goes on at the top of the next column or page, as its broken sentence tells."""
    last, first = (*above.lines, *above.run_on)[-1], paragraph.lines[0]
    same_column = above.page is paragraph.page and first.top > last.top
    if same_column or len(last.cells) != 1 or len(first.cells) != 1:
        return False
    if not same_size(last, first) or last.bold != first.bold or _BULLET.match(first.text):
        return False
    if LATIN_WORD_CUT.search(last.text):
        return first.text[:1].islower()
    if _SENTENCE_END.search(last.text) or last.right < above.right - 2 * last.size:
        return False
    return first.text[:1].islower() or (CJK.match(last.text[-1]) is not None and CJK.match(first.text) is not None)


def _measure(pages: Sequence[PageLines]) -> _Measures:
    sizes: Counter[float] = Counter()
    pitches: list[float] = []
    for page in pages:
        for line in page.lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
        for above, line in pairwise(page.lines):
            pitch = (line.top - above.top) / max(above.size, 0.1)
            if 0.5 < pitch < _LARGEST_PITCH and same_size(above, line) and min(len(above.text), len(line.text)) > 20:
                pitches.append(pitch)
    body = sizes.most_common(1)[0][0] if sizes else 10.0
    larger = sorted((size for size in sizes if size >= body * _HEADING_SCALE), reverse=True)
    bold = sum(len(line.text) for page in pages for line in page.lines if line.bold)
    return _Measures(body, median(pitches) if pitches else 1.2, tuple(larger), bold < sizes.total() / 3)


def _paragraphs(page: PageLines, measures: _Measures) -> Iterator[_Paragraph]:
    """Consecutive lines that make one element."""
    for block in _blocks(page.lines):
        right = max(line.right for line in block)
        paragraph = [block[0]]
        labels = _labels(block) | below_a_name(block)
        for i, line in enumerate(block[1:], start=1):
            if i not in labels and _begins_paragraph(paragraph, line, right, measures):
                yield _Paragraph(tuple(paragraph), page, right)
                paragraph = []
            paragraph.append(line)
        yield _Paragraph(tuple(paragraph), page, right)


def _blocks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Runs of lines that stand under each other."""
    block: list[Line] = []
    for line in lines:
        if block:
            above = block[-1]
            step = line.top - above.top
            apart = line.left > above.right or (line.right < above.left and len(above.cells) < 2)
            if not 0 < step <= _LARGEST_PITCH * max(above.size, line.size) or apart:
                yield block
                block = []
        block.append(line)
    if block:
        yield block


def _labels(block: Sequence[Line]) -> set[int]:
    """Which lines of a block stand between the rows of a table, as what the rows below are about: `Net sales:`."""
    rows = [i for i, line in enumerate(block) if len(line.cells) > 1]
    labels: set[int] = set()
    for above, below in pairwise(rows):
        between = range(above + 1, below)
        first_column = max(block[above].extents[0][1], block[below].extents[0][1])
        left = min(block[above].left, block[below].left)
        if 0 < len(between) <= _MOST_LABELS and all(
            block[i].cells
            and block[i].right <= first_column + block[i].size
            and block[i].left < left + 3 * block[i].size
            for i in between
        ):
            labels |= {*between, below}
    return labels


def _begins_paragraph(paragraph: Sequence[Line], line: Line, block_right: float, measures: _Measures) -> bool:
    above = paragraph[-1]
    if (len(above.cells) > 1) != (len(line.cells) > 1) or above.table or line.table:
        return True
    if len(line.cells) > 1:
        return False
    if not same_size(above, line) or above.bold != line.bold or _BULLET.match(line.text):
        return True
    if line.top - above.top > measures.pitch * above.size * _PARAGRAPH_PITCH:
        return True
    is_heading = above.size >= measures.body_size * _HEADING_SCALE
    if line.left - above.left > _INDENT * line.size and not (len(paragraph) == 1 and _BULLET.match(above.text)):
        return not is_heading
    # A line that had room for the next line's first word, and ends a sentence, ends its paragraph.
    first_word = line.size * 0.5 * len(line.text.split(" ", 1)[0][:20])
    room = block_right - above.right
    return room > first_word + line.size and _SENTENCE_END.search(above.text) is not None


def _piece(paragraph: _Paragraph, measures: _Measures) -> Piece:
    lines, page = paragraph.lines, paragraph.page
    box = _box(lines, page)
    if lines[0].table:
        cells = [[_normal(cell) for cell in row] for row in lines[0].table]
        return Piece(table_text(cells), ElementKind.TABLE, page=page.number, box=box)
    if len(lines) > 1 and any(len(line.cells) > 1 for line in lines):
        found, has_header = aligned(lines)
        cells = [[_normal(cell) for cell in row] for row in found]
        return Piece(table_text(cells, has_header=has_header), ElementKind.TABLE, page=page.number, box=box)
    text = joined([_normal(line.text) for line in (*lines, *paragraph.run_on)])
    level = _heading_level(lines, text, measures)
    if level is not None:
        return Piece(text, ElementKind.HEADING, level, page.number, box)
    kind = ElementKind.LIST_ITEM if _BULLET.match(text) else ElementKind.PARAGRAPH
    return Piece(text, kind, page=page.number, box=box)


def _heading_level(lines: Sequence[Line], text: str, measures: _Measures) -> int | None:
    """Depth by size, a bold line of the body's size below all larger ones; None for what is no heading."""
    if len(lines) > 3 or len(text) > _LONGEST_HEADING or not any(char.isalpha() for char in text):
        return None
    if text.endswith((".", "。", "；", "，", "、", ",", ";", ":", "：")):
        return None
    size = round(lines[0].size * 2) / 2
    if size in measures.heading_sizes:
        return measures.heading_sizes.index(size)
    is_bold_line = lines[0].bold and measures.bold_stands_out and len(lines) == 1 and size >= measures.body_size
    return len(measures.heading_sizes) if is_bold_line else None


def _normal(text: str) -> str:
    return text.translate(_LIGATURES)


def _box(lines: Sequence[Line], page: PageLines) -> Box:
    def fraction(value: float, whole: float) -> float:
        return round(min(max(value / whole, 0.0), 1.0), 4)

    upright = Box(
        fraction(min(line.left for line in lines), page.width),
        fraction(min(line.top for line in lines), page.height),
        fraction(max(line.right for line in lines), page.width),
        fraction(max(line.bottom for line in lines), page.height),
    )
    return turned(upright, -page.turn)
