"""Tie the sentences of an answer to the places they come from. Pure: takes texts and passages, returns data.

Two ways in. A reader quotes: it says itself which characters of which passage it shows. A language model writes [n]
after its sentences: numbers that name no source are dropped, and the sentence of the source that shares most with its
own becomes the quotation. Whether the sources bear it out is the business of app.checks.composed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.types import Citation, Passage, Sentence
from ingest.lexical import index_terms, query_terms
from ingest.sentences import sentence_spans

_MARKER = re.compile(r"\s*[\[【［]\s*(\d{1,3}(?:\s*[,，、;；]\s*\d{1,3})*)\s*[\]】］]")
_LEADING_MARKERS = re.compile(rf"(?:{_MARKER.pattern})+\s*")


@dataclass(frozen=True, slots=True)
class Quotation:
    """Characters [start, end) of the text of passage `source` (0-based)."""

    source: int
    start: int
    end: int
    exact: tuple[int, int] | None = None  # the characters of that text that answer, where a reader marks them


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence and what it points at, before citations are numbered."""

    text: str
    quotations: tuple[Quotation, ...]
    supported: bool = True
    separator: str = ""


def number(drafts: Sequence[Draft], passages: Sequence[Passage]) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Sentences and their citations, numbered from 1 in the order of first mention."""
    numbers: dict[Quotation, int] = {}
    sentences = []
    for draft in drafts:
        cited = [numbers.setdefault(quotation, len(numbers) + 1) for quotation in draft.quotations]
        sentences.append(Sentence(draft.text, tuple(cited), draft.supported, draft.separator))
    return tuple(sentences), tuple(_citation(n, q, passages[q.source]) for q, n in numbers.items())


def verified(citations: Sequence[Citation], stored_text: dict[str, str]) -> bool:
    """Whether every quotation stands in its document's stored text, letter for letter."""
    return all(stored_text.get(c.document, "")[c.start : c.end] == c.quote for c in citations)


def without_markers(answer: str) -> str:
    """The words of an answer alone."""
    return _MARKER.sub("", answer)


def marked_sentences(answer: str, sources: int) -> list[tuple[str, str, list[int]]]:
    """(sentence without markers, white space before it, 0-based sources it names) in order.

    A marker stands before the full stop or behind it; at the beginning of a span it belongs to the sentence before.
    """
    found: list[tuple[str, str, list[int]]] = []
    position = 0
    for start, end in sentence_spans(answer):
        span = answer[start:end]
        behind = _LEADING_MARKERS.match(span)
        if behind and found:
            text, separator, named = found[-1]
            found[-1] = (text, separator, _merged(named, _sources(behind.group(), sources)))
            span = span[behind.end() :]
        if text := _MARKER.sub("", span).strip():
            found.append((text, answer[position:start], _sources(span, sources)))
        position = end
    return found


def _sources(text: str, count: int) -> list[int]:
    """The 0-based sources that the markers in `text` name, those that there are."""
    numbers = [int(n) - 1 for marker in _MARKER.finditer(text) for n in re.findall(r"\d+", marker.group(1))]
    return _merged([], [n for n in numbers if 0 <= n < count])


def _merged(one: list[int], other: list[int]) -> list[int]:
    return list(dict.fromkeys(one + other))


def best_quotation(sentence: str, source: int, passage: Passage) -> Quotation:
    """The sentence of the passage that shares most terms with `sentence`; the whole passage when none shares any."""
    wanted = set(query_terms(sentence))
    spans = sentence_spans(passage.text)
    shared = [len(wanted & set(index_terms(passage.text[start:end]))) for start, end in spans]
    if not spans or not max(shared):
        return Quotation(source, 0, len(passage.text))
    start, end = spans[shared.index(max(shared))]
    return Quotation(source, start, end)


def _citation(number_: int, quotation: Quotation, passage: Passage) -> Citation:
    return Citation(
        number=number_,
        document=passage.document,
        page=passage.page,
        heading=passage.heading,
        start=passage.start + quotation.start,
        end=passage.start + quotation.end,
        quote=passage.text[quotation.start : quotation.end],
    )
