"""The built-in reader: shows the sentences of the passages that answer, letter for letter. It composes nothing.

It is a chat model, so that it stands where a language model would; what it reads comes typed beside the prompt, as
`Reading` in the last message's `additional_kwargs`, and what it quotes goes out the same way as `Quotation`s. Which
sentences answer is a logistic regression's guess; `python -m training.fit_reader` fits its weights.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGenerationChunk

from app.checks.citations import Quotation
from app.models.streamed import StreamedChatModel
from app.reading.overview import excerpts
from app.reading.sentence_evidence import Match, SentenceEvidence, sentence_evidence
from app.reading.span_reader import PassageReading, SpanReader, passage_text
from app.retrieval import relevance
from app.types import Passage
from ingest.lexical import script_of

READING = "reading"
QUOTATION = "quotation"

PASSAGES = 4  # read for the answer; the best one holds it in nine of ten cases
QUOTES = 3  # most that are shown
RELATIVE = 0.2  # a further sentence is shown when its odds reach this share of the best one's
# Share of the answer's probability with which a sentence of the best one's passage is shown beside it. Of 194 questions
# of training.fit_reader .954 in place of .943 have their answer in what is shown: 1.59 sentences in place of 1.55.
SEEN_SHARE = 0.3
LEAST_SHARE = 0.02  # of the answer's probability: below it, less says nothing more
MARKED_SHARE = 0.1  # of the answer's probability that has to stand in a sentence for a span of it to be marked


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader is given."""

    question: str
    passages: Sequence[Passage]
    is_wide: bool = False  # whether it is asked for an overview
    threshold: float = 0.0  # in [0, 1]: the least score of the passage that the best sentence stands in


@dataclass(frozen=True, slots=True)
class Weights:
    """Log odds = the sum of weight times feature; features are those of `features`.

    `behind` is chosen on tables by `python -m training.fit_rows`, the others are fitted by training.fit_reader.
    A sentence's own words, its length and its meaning, which had weights too, told nothing more: of 196 questions of
    training.fit_reader the best sentence holds the answer for .852 without them and .827 with them, each half of the
    questions scored by the other half's weights.
    """

    passage: float
    share: float
    around: float
    behind: float


WEIGHTS = Weights(passage=0.465, share=1.372, around=0.718, behind=-30.0)


class ExtractiveReader(StreamedChatModel):
    """Quotes the sentences that answer: where the network sees the answer, and what shares words."""

    match: Any  # PassageRetriever.match; pydantic cannot describe it
    network: Any  # SpanReader

    def __init__(self, match: Match, network: SpanReader) -> None:
        super().__init__(match=match, network=network)

    @property
    def _llm_type(self) -> str:
        return "extractive-reader"

    def read(self, reading: Reading) -> list[Quotation]:
        """What to show, in the order of the passages and of the text; empty when there is nothing to read, or when the
        best sentence stands in a passage below the threshold.

        In the best sentence the span that answers is marked, where the network sees one, and the others are in its
        language. To a question that asks for an overview nothing is marked, and sentences of several documents are
        shown, those of a document together.
        """
        is_wide = reading.is_wide
        passages = reading.passages if is_wide else _worth_reading(reading.passages[:PASSAGES])
        scorer = self.match(reading.question).scorer
        found = [sentence_evidence(passage, scorer) for passage in passages]
        read = self.network.read(reading.question, [passage_text(passage) for passage in passages])
        evidence = [s for own in found for s in own]
        sentences = [Quotation(i, s.start, s.end) for i, own in enumerate(found) for s in own]
        if not sentences:
            return []
        scores = [log_odds(row) for row in features(passages, found, read)]
        if is_wide:
            named = [passages[s.source] for s in sentences]
            chosen = excerpts([p.document for p in named], [p.score for p in named], scores)
            return _joined([sentences[i] for i in chosen], reading.passages)
        ranked = sorted(range(len(sentences)), key=lambda i: -scores[i])
        least = scores[ranked[0]] + math.log(RELATIVE)
        best = sentences[ranked[0]]
        if passages[best.source].score < reading.threshold:
            return []
        if evidence[ranked[0]].is_row:
            exact = self._exact_in_row(best, reading.question, passages[best.source])
        else:
            exact = _exact(best, read[best.source])
        sentences[ranked[0]] = replace(best, exact=exact)
        here = [i for i in ranked if sentences[i].source == best.source and not evidence[i].behind]
        seen = {i for i in here if read[best.source].share(sentences[i].start, sentences[i].end) >= SEEN_SHARE}
        scripts = [script_of(passage.text) for passage in passages]  # an answer speaks one language
        chosen = [i for i in ranked if scores[i] >= least or i in seen]
        chosen = [i for i in chosen if scripts[sentences[i].source] is scripts[best.source]]
        return _joined([sentences[i] for i in chosen[:QUOTES]], reading.passages)

    def _exact_in_row(self, row: Quotation, question: str, passage: Passage) -> tuple[int, int] | None:
        """The answer in a row that is read by itself: what the network took another row for has no say."""
        text = replace(passage_text(passage), text=passage.text[row.start : row.end])
        (reading,) = self.network.read(question, [text])
        span = reading.span(0, len(text.text))
        return (row.start + span[0], row.start + span[1]) if span else None

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        reading = _reading(messages)
        quotations = self.read(reading)
        if not quotations:
            yield ChatGenerationChunk(message=AIMessageChunk(content=""))  # LangChain takes no message for an error
        for place, quotation in enumerate(quotations):
            text = reading.passages[quotation.source].text[quotation.start : quotation.end]
            content = f"{' ' if place else ''}{text}"
            yield ChatGenerationChunk(
                message=AIMessageChunk(content=content, additional_kwargs={QUOTATION: [quotation]})
            )


def reading_message(content: str, reading: Reading) -> HumanMessage:
    """A message that says `content` to a language model and carries `reading` for the built-in reader."""
    return HumanMessage(content=content, additional_kwargs={READING: reading})


def _reading(messages: Sequence[BaseMessage]) -> Reading:
    reading = messages[-1].additional_kwargs.get(READING)
    if not isinstance(reading, Reading):
        raise TypeError("The last message for the built-in reader must come from reading_message().")
    return reading


def features(
    passages: Sequence[Passage], sentences: Sequence[Sequence[SentenceEvidence]], read: Sequence[PassageReading]
) -> list[tuple[float, ...]]:
    """For each sentence of each passage: log odds of the passage; log share of the answer's probability; words, with
    those of what is around; and how far a row is behind the one of its table that has most of the question's words."""
    return [
        (relevance.log_odds(passage.score), math.log(reading.share(s.start, s.end) + LEAST_SHARE), s.around, s.behind)
        for passage, reading, own in zip(passages, read, sentences, strict=True)
        for s in own
    ]


def _worth_reading(passages: Sequence[Passage]) -> Sequence[Passage]:
    """Those before the last one that is not far behind the best."""
    best = max((passage.score for passage in passages), default=0.0)
    near = [i for i, passage in enumerate(passages) if relevance.is_worth_reading(passage.score, best)]
    return passages[: near[-1] + 1] if near else ()


def _exact(quotation: Quotation, reading: PassageReading) -> tuple[int, int] | None:
    if reading.share(quotation.start, quotation.end) < MARKED_SHARE:
        return None
    return reading.span(quotation.start, quotation.end)


def log_odds(row: tuple[float, ...]) -> float:
    """Log odds that a sentence with these `features` answers, but for a constant."""
    return float(sum(factor * value for factor, value in zip(astuple(WEIGHTS), row, strict=True)))


def _joined(quotations: Sequence[Quotation], passages: Sequence[Passage]) -> list[Quotation]:
    """In reading order, document by document as they come first, sentences that follow each other made one."""
    joined: list[Quotation] = []
    documents = list(dict.fromkeys(passage.document for passage in passages))
    place = {i: (documents.index(passage.document), i) for i, passage in enumerate(passages)}
    for quotation in sorted(quotations, key=lambda q: (place[q.source], q.start)):
        last = joined[-1] if joined else None
        if last and last.source == quotation.source:
            between = passages[last.source].text[last.end : quotation.start]
            if not between.strip():
                joined[-1] = Quotation(last.source, last.start, quotation.end, last.exact or quotation.exact)
                continue
        joined.append(quotation)
    return joined
