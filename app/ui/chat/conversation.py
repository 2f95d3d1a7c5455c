"""A conversation as one browser session holds it. Pure values: knows nothing of gradio or HTML."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Event

from app.conversations.kept import Feedback, KeptExchange, Verdict
from app.types import Answer, AnswerEvent, AnswerReady, Citation, Passage, Stage, StageStarted, TextDelta, Turn


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and what has become of it."""

    question: str
    text: str = ""  # streamed so far; its markers are not checked yet
    stage: Stage | None = None  # what is being done now
    answer: Answer | None = None  # set once finished; replaces `text`
    problem: str | None = None  # why there is no answer
    stopped: bool = False  # the user asked for no more
    id: int | None = None  # under which it is kept; None while it is not
    feedback: Feedback | None = None

    @property
    def finished(self) -> bool:
        return self.answer is not None or self.problem is not None or self.stopped

    def after(self, event: AnswerEvent) -> Exchange:
        """This exchange once `event` has happened."""
        match event:
            case StageStarted(stage=stage):
                return replace(self, stage=stage)
            case TextDelta(text=text):
                return replace(self, text=self.text + text)
            case AnswerReady(answer=answer):
                return replace(self, answer=answer)


def exchange_of(kept: KeptExchange) -> Exchange:
    """An exchange as it was kept; one that was broken off counts as stopped."""
    stopped = kept.answer is None and kept.problem is None
    return Exchange(
        kept.asked.question,
        answer=kept.answer,
        problem=kept.problem,
        stopped=stopped,
        id=kept.id,
        feedback=kept.feedback,
    )


@dataclass(frozen=True, slots=True)
class Place:
    """A passage of a document that the reader can open: what a citation and a retrieved passage have in common."""

    document: str
    page: int | None
    heading: str | None
    start: int
    end: int
    quote: str


def place_of(source: Citation | Passage) -> Place:
    """Where `source` stands."""
    quote = source.quote if isinstance(source, Citation) else source.text
    return Place(source.document, source.page, source.heading, source.start, source.end, quote)


@dataclass(frozen=True, slots=True)
class Form:
    """What is open under an exchange to be filled in: a verdict's reasons, or the question, to be asked otherwise."""

    exchange: int  # index
    verdict: Verdict | None = None  # None for the question


class Stop(Event):
    """Set to end the answer under way; set by itself when that has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.then: Conversation | None = None  # what to show instead: the reader went on to another conversation


@dataclass(frozen=True, slots=True)
class Conversation:
    """The exchanges of one session, oldest first."""

    exchanges: tuple[Exchange, ...] = ()
    stop: Stop | None = None
    id: str | None = None  # under which it is kept; None while it is not
    title: str = ""
    form: Form | None = None
    trouble: str | None = None  # why it could not be kept

    @property
    def busy(self) -> bool:
        under_way = bool(self.exchanges) and not self.exchanges[-1].finished
        return under_way and self.stop is not None and not self.stop.is_set()

    @property
    def history(self) -> tuple[Turn, ...]:
        """The answered questions; those that failed or were stopped say nothing about the topic."""
        return tuple(Turn(e.question, e.answer.text) for e in self.exchanges if e.answer is not None)

    def add(self, exchange: Exchange, stop: Stop) -> Conversation:
        return replace(self, exchanges=(*self.exchanges, exchange), stop=stop)

    def without_last(self) -> Conversation:
        return replace(self, exchanges=self.exchanges[:-1], stop=None, form=None)

    def settled(self) -> Conversation:
        """The same with nothing under way: an exchange that was broken off, by whatever, counts as stopped."""
        exchanges = tuple(e if e.finished else replace(e, stopped=True) for e in self.exchanges)
        return replace(self, exchanges=exchanges, stop=None, form=None)

    def rated(self, index: int, feedback: Feedback | None) -> Conversation:
        """The same with this verdict on one of its exchanges."""
        exchange = replace(self.exchanges[index], feedback=feedback)
        return replace(self, exchanges=(*self.exchanges[:index], exchange, *self.exchanges[index + 1 :]))

    def place(self, exchange: int, kind: str, number: int) -> Place | None:
        """The place behind citation `number` or passage index `number` of an exchange; None where there is none."""
        if not 0 <= exchange < len(self.exchanges) or (answer := self.exchanges[exchange].answer) is None:
            return None
        if kind == "citation":
            return next((place_of(c) for c in answer.citations if c.number == number), None)
        found = answer.passages
        if kind == "candidate":
            found = tuple(candidate.passage for candidate in answer.trace.candidates) if answer.trace else ()
        return place_of(found[number]) if 0 <= number < len(found) else None
