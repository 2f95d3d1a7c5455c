"""What is evaluated: documents, and questions whose answers are known. Knows values and places; reads no file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.errors import SettingsError

TextOf = Callable[[str], str]  # name of a document -> its text


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a document's text."""

    document: str
    start: int  # characters
    end: int  # exclusive

    def holds(self, other: Span) -> bool:
        """Whether `other` lies in this span, from end to end."""
        return self.document == other.document and self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and what is known of its answer."""

    id: str
    text: str
    answerable: bool = True
    wordings: tuple[str, ...] = ()  # the answer, in every wording that counts; empty where the set has none
    documents: frozenset[str] = frozenset()  # those that answer it
    evidence: tuple[Span, ...] = ()  # where they do; empty where the set does not say
    quotes: tuple[str, ...] = ()  # what stands at each evidence span; "" where the set does not say
    answers: tuple[Span, ...] = ()  # every occurrence of an answer within the evidence

    def evidence_found_by(self, chunk: Span) -> frozenset[int]:
        """Which evidence spans, by number, the chunk lies in, holds all of, or holds an answer that stands in."""
        held = [answer for answer in self.answers if chunk.holds(answer)]
        return frozenset(
            number
            for number, span in enumerate(self.evidence)
            if span.holds(chunk) or chunk.holds(span) or any(span.holds(answer) for answer in held)
        )

    def is_answered_by(self, chunk: Span) -> bool:
        """Whether the chunk finds any of the evidence."""
        return bool(self.evidence_found_by(chunk))


@dataclass(frozen=True, slots=True)
class Dataset:
    """Documents, as texts or as files, and the questions about them."""

    name: str
    source: Path
    questions: tuple[Question, ...]
    texts: Mapping[str, str]  # name -> text; empty where the documents are files
    files: Mapping[str, Path]  # name -> file; empty where the documents are texts

    @property
    def documents(self) -> frozenset[str]:
        return frozenset(self.texts) | frozenset(self.files)


def placed(question: Question, text_of: TextOf) -> Question:
    """The question with its places checked against the texts, and its answers found there.

    Raises SettingsError where a place is not in its document, or reads differently from its quote.
    """
    for span, quote in zip(question.evidence, question.quotes, strict=True):
        text = text_of(span.document)
        if not 0 <= span.start < span.end <= len(text):
            raise SettingsError(
                f"Question {question.id!r} has evidence at [{span.start}, {span.end}) of {span.document!r}, which has "
                f"{len(text)} characters. Correct its start and end."
            )
        if quote and quote != text[span.start : span.end]:
            raise SettingsError(
                f"Question {question.id!r} quotes {quote[:60]!r} from {span.document!r}, where at {span.start} stands "
                f"{text[span.start : span.end][:60]!r}. Correct its start and end."
            )
    return with_answers(question, text_of)


def found_in_files(question: Question, text_of: TextOf) -> Question:
    """The question with its evidence where its quotes stand in the parsed files; what stands nowhere is dropped.

    The author of a set cannot know at which place a parser will put a sentence, so the quotes count and not the places.
    """
    evidence, quotes = [], []
    for span, quote in zip(question.evidence, question.quotes, strict=True):
        text = text_of(span.document)
        wanted = quote or text[span.start : span.end]
        at = span.start if text[span.start : span.end] == wanted else text.find(wanted)
        if wanted and at >= 0:
            evidence.append(Span(span.document, at, at + len(wanted)))
            quotes.append(wanted)
    return with_answers(replace(question, evidence=tuple(evidence), quotes=tuple(quotes)), text_of)


def with_answers(question: Question, text_of: TextOf) -> Question:
    """The question with every place where one of its answers stands in the evidence."""
    found = (
        answer
        for span in question.evidence
        for wording in question.wordings
        for answer in _occurrences(wording, span, text_of(span.document))
    )
    return replace(question, answers=tuple(dict.fromkeys(found)))


def _occurrences(wording: str, span: Span, text: str) -> Iterator[Span]:
    at = text.find(wording, span.start, span.end) if wording else -1
    while at >= 0:
        yield Span(span.document, at, at + len(wording))
        at = text.find(wording, at + 1, span.end)
