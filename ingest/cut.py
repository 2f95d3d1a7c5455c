"""Cut ranges of text that are too long, at ever finer places. Knows where a cut hurts least; knows no tokenizer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.sentences import sentence_spans

TokenCounter = Callable[[Sequence[str]], list[int]]  # texts -> the encoder's tokens of each, called with many at once

_CLAUSE_END = re.compile(r"[，、；：—]+|[,;:](?=\s)| \| |\n")
_CELL_END = re.compile(r" \| |；(?=[^；：\n]{1,40}：)|; (?=[^;:\n]{1,60}: )")  # as parse.tables writes them
_WORD = re.compile(
    r"(?:https?://|www\.)[!-~]+"  # addresses
    r"|[\w.+-]+@[\w.-]+"
    r"|[A-Za-z_]*\d[\d.,:/%-]*(?:[A-Za-z_]+\d*)*"  # numbers, dates, times, part numbers
    r"|[^\W\d\u2e80-\u9fff\uac00-\ud7ff]+(?:['’-][A-Za-z]+)*"  # words
    r"|\S"
)


@dataclass(frozen=True, slots=True)
class Atom:
    """A range of text that is not cut further unless it exceeds its budget."""

    start: int
    end: int
    tokens: int
    budget: int  # most tokens a chunk may hold here
    by_lines: bool = False  # a table or code: lines are its sentences
    page: int | None = None


def refine(text: str, atoms: Sequence[Atom], count: TokenCounter) -> list[Atom]:
    """The same ranges, those over their budget cut at sentences, else clauses, else words, else anywhere.

    A table is cut at rows, else cells, before all that.

    `count` is called once for each of these steps that is needed, not once for each range.
    """
    atoms = list(atoms)
    for cut in (_sentences, _cells, _clauses, _words):
        atoms = _step(text, atoms, count, cut)
    while any(atom.tokens > atom.budget and atom.end - atom.start > 1 for atom in atoms):
        atoms = _step(text, atoms, count, _slices)
    return atoms


def _step(
    text: str, atoms: list[Atom], count: TokenCounter, cut: Callable[[str, Atom], Iterator[tuple[int, int]]]
) -> list[Atom]:
    refined: list[Atom] = []
    uncounted: list[int] = []
    for atom in atoms:
        if atom.tokens <= atom.budget:
            refined.append(atom)
            continue
        for start, end in cut(text, atom):
            if (start, end) != (atom.start, atom.end):
                uncounted.append(len(refined))
            refined.append(replace(atom, start=start, end=end))
    if uncounted:
        counts = count([text[refined[i].start : refined[i].end] for i in uncounted])
        for i, tokens in zip(uncounted, counts, strict=True):
            refined[i] = replace(refined[i], tokens=tokens)
    return refined


def _sentences(text: str, atom: Atom) -> Iterator[tuple[int, int]]:
    if atom.by_lines:
        return _between(text, atom, [match.end() for match in re.compile("\n").finditer(text, atom.start, atom.end)])
    spans = sentence_spans(text[atom.start : atom.end])
    return ((atom.start + start, atom.start + end) for start, end in spans)


def _cells(text: str, atom: Atom) -> Iterator[tuple[int, int]]:
    cuts = [match.end() for match in _CELL_END.finditer(text, atom.start, atom.end)] if atom.by_lines else []
    return _between(text, atom, cuts)


def _clauses(text: str, atom: Atom) -> Iterator[tuple[int, int]]:
    return _between(text, atom, [match.end() for match in _CLAUSE_END.finditer(text, atom.start, atom.end)])


def _words(text: str, atom: Atom) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _WORD.finditer(text, atom.start, atom.end))


def _slices(text: str, atom: Atom) -> Iterator[tuple[int, int]]:
    """Equal parts, as many as the count says are needed; the caller repeats this until they fit."""
    length = atom.end - atom.start
    parts = min(length, max(2, -(-atom.tokens // atom.budget)))
    return _between(text, atom, [atom.start + length * i // parts for i in range(1, parts)])


def _between(text: str, atom: Atom, cuts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The ranges between the cuts, without the white space around them; empty ones are left out."""
    for start, end in pairwise((atom.start, *cuts, atom.end)):
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start < end:
            yield start, end


def balanced(atoms: Sequence[Atom]) -> Iterator[list[Atom]]:
    """Consecutive atoms in runs that keep to the budget and are about equally long, so that no scrap is left over."""
    remaining = sum(atom.tokens for atom in atoms)
    run: list[Atom] = []
    length = target = 0
    for atom in atoms:
        if run and (length + atom.tokens > min(atom.budget, run[0].budget) or length >= target):
            yield run
            run, length = [], 0
        if not run:
            target = -(-remaining // max(1, -(-remaining // max(1, atom.budget))))
        run.append(atom)
        length += atom.tokens
        remaining -= atom.tokens
    if run:
        yield run
