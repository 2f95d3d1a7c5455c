"""What is remembered of a question, and what is left of it once a document is gone. Pure values; knows no storage."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from app.types import Answer, Citation, Passage, Sentence


class Verdict(StrEnum):
    """What a reader thought of an answer."""

    GOOD = "good"
    BAD = "bad"


REASONS: Mapping[Verdict, tuple[str, ...]] = {  # what a verdict can be given for
    Verdict.GOOD: ("complete", "to_the_point", "well_sourced"),
    Verdict.BAD: ("wrong", "incomplete", "wrong_source", "missed", "beside_the_point"),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place that holds the right answer: `text` stands in the document's stored text at [start, end)."""

    document: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Correction:
    """What would have been right, as the reader says; with it a question becomes a test case."""

    answer: str = ""  # in the reader's words; empty when the evidence says it
    evidence: Evidence | None = None
    absent: bool = False  # the documents do not say


@dataclass(frozen=True, slots=True)
class Feedback:
    """A verdict and what was said with it."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()  # of REASONS[verdict]
    note: str = ""
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what it was put to."""

    question: str
    collection: str
    model: str
    scope: tuple[str, ...] = ()  # documents searched; empty means all


@dataclass(frozen=True, slots=True)
class KeptExchange:
    """One question as it is kept, with what became of it. Neither answer nor problem: it was stopped."""

    id: int
    asked: Asked
    asked_at: str  # ISO 8601, UTC
    answer: Answer | None = None
    problem: str | None = None
    feedback: Feedback | None = None


def pack_answer(answer: Answer) -> str:
    """The answer as JSON; fields that a later version adds are kept with it."""
    return _answers().dump_json(answer).decode()


def unpack_answer(text: str) -> Answer:
    return _answers().validate_json(text)


def pack_feedback(feedback: Feedback) -> str:
    return _feedbacks().dump_json(feedback).decode()


def unpack_feedback(text: str) -> Feedback:
    return _feedbacks().validate_json(text)


@cache
def _answers() -> TypeAdapter[Answer]:
    return TypeAdapter(Answer)


@cache
def _feedbacks() -> TypeAdapter[Feedback]:
    return TypeAdapter(Feedback)


def places(value: Answer | Feedback) -> Iterator[Evidence]:
    """Every passage of a document that `value` holds, wherever in it."""
    packed = pack_answer(value) if isinstance(value, Answer) else pack_feedback(value)
    yield from _places(json.loads(packed))


def _places(value: Any) -> Iterator[Evidence]:
    # Found by their shape, so that what a later version adds to an answer is not overlooked.
    if isinstance(value, dict):
        text = value.get("quote", value.get("text"))
        if isinstance(value.get("document"), str) and isinstance(text, str) and text:
            yield Evidence(value["document"], value.get("start", 0), value.get("end", 0), text)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _places(item)


def is_gone(citation: Citation) -> bool:
    """Whether the text of this citation was given up with its document."""
    return not citation.quote


def without(answer: Answer, gone: Collection[str]) -> Answer:
    """What is left of an answer when documents go: their names and pages, and no word of theirs.

    A sentence stays when all it cites stays. One that cites nothing stays unless a model wrote it after reading a
    passage that goes. What is not named here, such as a trace, goes as a whole.
    """
    went = {citation.number for citation in answer.citations if citation.document in gone}
    was_read = bool(went) or any(passage.document in gone for passage in answer.passages)
    sentences = tuple(_left(s, went, answer, was_read=was_read) for s in answer.sentences)
    return replace(
        retraced(answer),
        exact=answer.exact if answer.exact and any(answer.exact in s.text for s in sentences) else None,
        sentences=sentences,
        citations=tuple(
            Citation(c.number, c.document, c.page, None, 0, 0, "") if c.document in gone else c
            for c in answer.citations
        ),
        passages=tuple(
            Passage(p.document, p.page, None, 0, 0, "", p.score) if p.document in gone else p for p in answer.passages
        ),
    )


def _left(sentence: Sentence, went: set[int], answer: Answer, *, was_read: bool) -> Sentence:
    of_the_gone = bool(went & set(sentence.citations)) if sentence.citations else was_read and not answer.quoted
    if answer.refused or not of_the_gone:
        return sentence
    return Sentence("", sentence.citations, separator=sentence.separator)


def retraced(answer: Answer) -> Answer:
    """The answer without what else its making held: a rewritten question and a prompt repeat earlier answers."""
    return Answer(
        question=answer.question,
        standalone_question=answer.question,
        sentences=answer.sentences,
        citations=answer.citations,
        passages=answer.passages,
        confidence=answer.confidence,
        refused=answer.refused,
        quoted=answer.quoted,
        seconds=answer.seconds,
        notices=answer.notices,
        exact=answer.exact,
        small_talk=answer.small_talk,
    )


def feedback_without(feedback: Feedback, gone: Collection[str]) -> Feedback:
    """The same for a verdict: a passage that was named as right goes with its document."""
    correction = feedback.correction
    if correction is None or correction.evidence is None or correction.evidence.document not in gone:
        return feedback
    left = replace(correction, evidence=None)
    return replace(feedback, correction=left if left.answer else None)
