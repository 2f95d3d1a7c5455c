"""Split documents into chunks. Knows text, pages and headings; knows nothing of embeddings or storage.

Structure first: a chunk never crosses a heading. Within a section a paragraph is a chunk of its own where it is large
enough to answer a question, small neighbours share one, and what belongs together stays together: a question and its
answer, a list and the line that introduces it. Only what exceeds the limit is cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ingest.cell_range import most_tokens, namer
from ingest.cut import Atom, TokenCounter, balanced, refine
from ingest.together import belongs, leads_in, questions, text_of
from ingest.types import Chunk, Element, ElementKind, ParsedDocument

SPLITTER_VERSION = "2"  # changes whenever the same document gives other chunks; part of the index fingerprint

_SMALL = 0.6  # of the limit: two pieces below this may share a chunk
_SCRAP = 0.25  # of the limit: a piece below this joins the one before it, however large that is
_PATH_SHARE = 0.5  # of the limit: most that the heading path may take
_LEAD_SHARE = 0.25  # of the limit: a question or a table's header up to this length goes with each part of the rest
_MORE_CELLS = re.compile(r".* \| |[^：]+：|[^:]+: ")  # a row that goes on after its first cell or the name of one


@dataclass(frozen=True, slots=True)
class _Group:
    """Consecutive elements of one section: a chunk if they fit, else several."""

    elements: tuple[Element, ...]
    lengths: tuple[int, ...]  # tokens of each element
    path: tuple[str, ...]
    budget: int  # tokens a chunk's text may have
    is_asked: bool  # its first element is a question

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
    lengths = iter(count([text_of(document, element) for section in sections for element in section]))
    asked = questions(document)
    groups: list[_Group] = []
    for section in sections:
        path, path_tokens = paths[section[0].heading_path]
        units = _units(document, [(element, next(lengths)) for element in section], asked)
        groups += _merged(document, units, path, max(1, chunk_tokens - overhead - path_tokens), asked)
    return [
        Chunk(ordinal, document.text[start:end], start, end, page, path)
        for ordinal, (start, end, page, path) in enumerate(_ranges(document, groups, count))
    ]


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
    tokens = dict(zip(headings, map(max, count(headings), map(most_tokens, headings)), strict=True))
    fitting = {}
    for path in paths:
        kept: tuple[str, ...] = path
        while kept and sum(tokens[heading] for heading in kept) > chunk_tokens * _PATH_SHARE:
            kept = kept[1:]
        fitting[path] = (kept, sum(tokens[heading] for heading in kept))
    return fitting


_Unit = list[tuple[Element, int]]  # elements that stay together if they fit, with their tokens


def _units(document: ParsedDocument, section: Sequence[tuple[Element, int]], asked: frozenset[int]) -> Iterator[_Unit]:
    unit: _Unit = []
    for element, tokens in section:
        if unit and not belongs(document, unit[-1][0], element, asked):
            yield unit
            unit = []
        unit.append((element, tokens))
    if unit:
        yield unit


def _merged(
    document: ParsedDocument, units: Iterator[_Unit], path: tuple[str, ...], budget: int, asked: frozenset[int]
) -> Iterator[_Group]:
    """Join small neighbours as long as they fit together; a question begins a group of its own."""
    group: _Unit = []
    total = 0
    for unit in units:
        tokens = sum(length for _, length in unit)
        if group and (unit[0][0].start in asked or not _may_share(document, group, total, unit, tokens, budget)):
            yield _group(group, path, budget, asked)
            group, total = [], 0
        group += unit
        total += tokens
    if group:
        yield _group(group, path, budget, asked)


def _may_share(document: ParsedDocument, group: _Unit, total: int, unit: _Unit, tokens: int, budget: int) -> bool:
    if total + tokens > budget or group[0][0].page != unit[0][0].page:
        return False
    is_scrap = tokens < budget * _SCRAP and not leads_in(text_of(document, unit[0][0]))
    return is_scrap or max(total, tokens) < budget * _SMALL


def _group(unit: _Unit, path: tuple[str, ...], budget: int, asked: frozenset[int]) -> _Group:
    elements = tuple(element for element, _ in unit)
    return _Group(elements, tuple(tokens for _, tokens in unit), path, budget, elements[0].start in asked)


_Range = tuple[int, int, int | None, tuple[str, ...]]  # start, end, page, heading path


def _ranges(document: ParsedDocument, groups: Sequence[_Group], count: TokenCounter) -> Iterator[_Range]:
    """The range of each group that fits, and those of the parts of each that does not."""
    leads = _leads(document, [group for group in groups if group.tokens > group.budget], count)
    atoms = [atom for group in groups if group.tokens > group.budget for atom in _atoms(group, leads)]
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
        path_of = _paths_of_parts(document, group)
        for part in balanced(own):
            start, end = part[0].start, part[-1].end
            yield start, end, part[0].page, path_of(start, end) + _leads_above(part[0], group, leads)


def _paths_of_parts(document: ParsedDocument, group: _Group) -> Callable[[int, int], tuple[str, ...]]:
    """The heading path of each part: the group's, in which a spreadsheet's range becomes that of the part's rows."""
    table = group.elements[0]
    if not group.path or len(group.elements) > 1 or table.kind is not ElementKind.TABLE:
        return lambda start, end: group.path
    *above, heading = group.path
    name = namer(heading, text_of(document, table))
    return lambda start, end: (*above, name(start - table.start, end - table.start))


_Leads = dict[int, tuple[int, str, int]]  # start of an element -> end of its lead, the lead, its tokens


def _leads(document: ParsedDocument, groups: Sequence[_Group], count: TokenCounter) -> _Leads:
    """Questions, and titles and headers of tables, that will be cut off from what they are about, if short enough."""
    found: list[tuple[int, str, int]] = []
    for group in groups:
        for i, element in enumerate(group.elements):
            first_row, _, rest = text_of(document, element).partition("\n")
            is_question = i == 0 and group.is_asked and (rest or len(group.elements) > 1)
            is_table = element.kind is ElementKind.TABLE
            if is_question or (is_table and _MORE_CELLS.match(rest) and not _names_values(first_row)):
                found.append((element.start, first_row, group.budget))
    lengths = count([text for _, text, _ in found])
    return {
        start: (start + len(text), text, tokens)
        for (start, text, budget), tokens in zip(found, lengths, strict=True)
        if tokens <= budget * _LEAD_SHARE
    }


def _names_values(row: str) -> bool:
    return " | " not in row and _MORE_CELLS.match(row) is not None


def _atoms(group: _Group, leads: _Leads) -> Iterator[Atom]:
    question = leads[group.elements[0].start][2] if group.is_asked and group.elements[0].start in leads else 0
    for i, (element, tokens) in enumerate(zip(group.elements, group.lengths, strict=True)):
        header = leads[element.start][2] if element.start in leads and (i > 0 or not question) else 0
        by_lines = element.kind in (ElementKind.TABLE, ElementKind.CODE)
        yield Atom(element.start, element.end, tokens, group.budget - question - header, by_lines, element.page)


def _leads_above(atom: Atom, group: _Group, leads: _Leads) -> tuple[str, ...]:
    """The question that this atom answers and the title or header of the table that it continues."""
    return tuple(
        leads[element.start][1]
        for element in group.elements
        if element.start in leads and leads[element.start][0] <= atom.start
        if atom.start < element.end or (group.is_asked and element is group.elements[0])
    )
