"""Split documents into chunks. Knows text, pages and headings; knows nothing of embeddings or storage.

Structure first: a chunk never crosses a heading. Within a section a paragraph is a chunk of its own where it is large
enough to answer a question, small neighbours share one, and what belongs together stays together: a question and its
answer, a list and the line that introduces it. Only what exceeds the limit is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.cut import Atom, TokenCounter, balanced, refine
from ingest.types import Chunk, Element, ElementKind, ParsedDocument

SPLITTER_VERSION = "1"  # changes whenever the same document gives other chunks; part of the index fingerprint

_SMALL = 0.6  # of the limit: two pieces below this may share a chunk
_SCRAP = 0.25  # of the limit: a piece below this joins the one before it, however large that is
_PATH_SHARE = 0.5  # of the limit: most that the heading path may take
_HEADER_SHARE = 0.25  # of the limit: a table's first row up to this length goes with each of its parts

_QUESTION = re.compile(r"(?:Q|Question|问题?|問題?|提问|提問)\s*\d*\s*[:：.、]", re.IGNORECASE)
_LEADS_IN = (":", "：")


@dataclass(frozen=True, slots=True)
class _Group:
    """Consecutive elements of one section: a chunk if they fit, else several."""

    elements: tuple[Element, ...]
    lengths: tuple[int, ...]  # tokens of each element
    path: tuple[str, ...]
    budget: int  # tokens a chunk's text may have

    @property
    def tokens(self) -> int:
        return sum(self.lengths)


def split(document: ParsedDocument, *, count_tokens: TokenCounter, chunk_tokens: int) -> list[Chunk]:
    """Chunks of at most `chunk_tokens` tokens, heading path included, in order and without overlap.

    They cover every non-white character of all elements but the headings that stand in some chunk's heading path.
    Only a single character can exceed the limit. `count_tokens` is called a few times with many texts.
    """
    overhead = count_tokens([""])[0]  # special tokens: a chunk has them once, however many texts it is made of

    def count(texts: Sequence[str]) -> list[int]:
        return [tokens - overhead for tokens in count_tokens(texts)] if texts else []

    sections = list(_sections(document))
    paths = _fitting_paths(sections, count, chunk_tokens)
    lengths = iter(count([_text(document, element) for section in sections for element in section]))
    groups: list[_Group] = []
    for section in sections:
        path, path_tokens = paths[section[0].heading_path]
        units = _units(document, [(element, next(lengths)) for element in section])
        groups += _merged(document, units, path, max(1, chunk_tokens - overhead - path_tokens))
    return [
        Chunk(ordinal, document.text[start:end], start, end, page, path)
        for ordinal, (start, end, page, path) in enumerate(_ranges(document, groups, count))
    ]


def _text(document: ParsedDocument, element: Element) -> str:
    return document.text[element.start : element.end]


def _sections(document: ParsedDocument) -> Iterator[list[Element]]:
    """Runs of elements between headings; a heading with nothing below it is a section of its own."""
    section: list[Element] = []
    for i, element in enumerate(document.elements):
        if element.kind is not ElementKind.HEADING:
            if section and section[0].heading_path != element.heading_path:
                yield section
                section = []
            section.append(element)
            continue
        if section:
            yield section
        section = []
        below = len(element.heading_path) + 1
        if i + 1 == len(document.elements) or len(document.elements[i + 1].heading_path) < below:
            yield [element]
    if section:
        yield section


def _fitting_paths(
    sections: Sequence[Sequence[Element]], count: TokenCounter, chunk_tokens: int
) -> dict[tuple[str, ...], tuple[tuple[str, ...], int]]:
    """For each heading path the part that fits, inner headings first, and its tokens."""
    paths = list({section[0].heading_path: None for section in sections})
    headings = list({heading: None for path in paths for heading in path})
    tokens = dict(zip(headings, count(headings), strict=True))
    fitting = {}
    for path in paths:
        kept: tuple[str, ...] = path
        while kept and sum(tokens[heading] for heading in kept) > chunk_tokens * _PATH_SHARE:
            kept = kept[1:]
        fitting[path] = (kept, sum(tokens[heading] for heading in kept))
    return fitting


_Unit = list[tuple[Element, int]]  # elements that stay together if they fit, with their tokens


def _units(document: ParsedDocument, section: Sequence[tuple[Element, int]]) -> Iterator[_Unit]:
    """Bind a question to its answer, and the items of a list to each other and to the line that introduces them."""
    unit: _Unit = []
    for element, tokens in section:
        if unit and not _belongs(document, unit[-1][0], element):
            yield unit
            unit = []
        unit.append((element, tokens))
    if unit:
        yield unit


def _belongs(document: ParsedDocument, above: Element, element: Element) -> bool:
    text_above = _text(document, above)
    if _is_question(_text(document, element)):
        return False
    if _is_question(text_above) and "\n" not in text_above:
        return True
    if element.kind is ElementKind.LIST_ITEM and above.kind is ElementKind.LIST_ITEM:
        return True
    introduced = element.kind in (ElementKind.LIST_ITEM, ElementKind.TABLE, ElementKind.CODE)
    return introduced and above.kind is ElementKind.PARAGRAPH and text_above.endswith(_LEADS_IN)


def _is_question(text: str) -> bool:
    return _QUESTION.match(text) is not None


def _merged(document: ParsedDocument, units: Iterator[_Unit], path: tuple[str, ...], budget: int) -> Iterator[_Group]:
    """Join small neighbours as long as they fit together."""
    group: _Unit = []
    total = 0
    for unit in units:
        tokens = sum(length for _, length in unit)
        if group and not _may_share(document, group, total, unit, tokens, budget):
            yield _group(group, path, budget)
            group, total = [], 0
        group += unit
        total += tokens
    if group:
        yield _group(group, path, budget)


def _may_share(document: ParsedDocument, group: _Unit, total: int, unit: _Unit, tokens: int, budget: int) -> bool:
    if total + tokens > budget or group[0][0].page != unit[0][0].page:
        return False
    if _is_question(_text(document, unit[0][0])):
        return False  # the next question; each stands alone with its answer
    is_scrap = tokens < budget * _SCRAP and not _text(document, unit[0][0]).endswith(_LEADS_IN)
    return is_scrap or max(total, tokens) < budget * _SMALL


def _group(unit: _Unit, path: tuple[str, ...], budget: int) -> _Group:
    return _Group(tuple(element for element, _ in unit), tuple(tokens for _, tokens in unit), path, budget)


_Range = tuple[int, int, int | None, tuple[str, ...]]  # start, end, page, heading path


def _ranges(document: ParsedDocument, groups: Sequence[_Group], count: TokenCounter) -> Iterator[_Range]:
    """The range of each group that fits, and those of the parts of each that does not."""
    headers = _table_headers(document, [group for group in groups if group.tokens > group.budget], count)
    atoms = [atom for group in groups if group.tokens > group.budget for atom in _atoms(group, headers)]
    refined = iter(refine(document.text, atoms, count))
    atom = next(refined, None)
    for group in groups:
        start, end = group.elements[0].start, group.elements[-1].end
        if group.tokens <= group.budget:
            yield start, end, group.elements[0].page, group.path
            continue
        own: list[Atom] = []
        while atom is not None and atom.end <= end:
            own.append(atom)
            atom = next(refined, None)
        for part in balanced(own):
            yield part[0].start, part[-1].end, part[0].page, group.path + _header_above(part[0], group, headers)


_Headers = dict[int, tuple[int, str, int]]  # start of a table -> end of its first row, the row, its tokens


def _table_headers(document: ParsedDocument, groups: Sequence[_Group], count: TokenCounter) -> _Headers:
    """The first rows of tables that will be cut, where they are short enough to go with every part."""
    rows: list[tuple[int, int, str, int]] = []
    for group in groups:
        for element in group.elements:
            first_row, _, rest = _text(document, element).partition("\n")
            if element.kind is ElementKind.TABLE and rest:
                rows.append((element.start, element.start + len(first_row), first_row, group.budget))
    lengths = count([row for _, _, row, _ in rows])
    return {
        start: (end, row, tokens)
        for (start, end, row, budget), tokens in zip(rows, lengths, strict=True)
        if tokens <= budget * _HEADER_SHARE
    }


def _atoms(group: _Group, headers: _Headers) -> Iterator[Atom]:
    for element, tokens in zip(group.elements, group.lengths, strict=True):
        reserved = headers[element.start][2] if element.start in headers else 0
        by_lines = element.kind in (ElementKind.TABLE, ElementKind.CODE)
        yield Atom(element.start, element.end, tokens, group.budget - reserved, by_lines, element.page)


def _header_above(atom: Atom, group: _Group, headers: _Headers) -> tuple[str, ...]:
    """The first row of the table that this atom continues."""
    table = next((e for e in group.elements if e.start <= atom.start < e.end and e.start in headers), None)
    return (headers[table.start][1],) if table is not None and atom.start > headers[table.start][0] else ()
