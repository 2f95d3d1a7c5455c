"""The built-in reader: shows the sentences of the passages that answer, letter for letter. It composes nothing.

It is a chat model, so that it stands where a language model would; what it reads comes typed beside the prompt, as
`Reading` in the last message's `additional_kwargs`, and what it quotes goes out the same way as `Quotation`s. Which
sentences answer is a logistic regression's guess; `python -m training.fit_reader` fits its weights.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from app.citations import Quotation
from app.relevance import best_others
from app.sentence_evidence import Match, SentenceEvidence, sentence_evidence
from app.types import Passage

READING = "reading"
QUOTATION = "quotation"

PASSAGES = 4  # read for the answer; the best one holds it in nine of ten cases
_QUOTES = 3  # most that are shown
_RELATIVE = 0.2  # a further sentence is shown when its odds reach this share of the best one's: 1.8 are, on average
_LENGTH = 40  # characters of an ordinary sentence


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader is given."""

    question: str
    passages: Sequence[Passage]


@dataclass(frozen=True, slots=True)
class Weights:
    """Log odds = the sum of weight times feature; features are those of `features`."""

    passage: float
    meaning: float
    meaning_margin: float
    own: float
    around: float
    trusted_own: float
    number: float
    length: float
    asks: float


WEIGHTS = Weights(
    passage=0.187,
    meaning=0.115,
    meaning_margin=0.278,
    own=3.672,
    around=0.511,
    trusted_own=-1.234,
    number=0.349,
    length=0.565,
    asks=-2.975,
)


class ExtractiveReader(BaseChatModel):
    """Quotes the sentences that match the question best: its words, its meaning and the kind of thing it asks for."""

    match: Any  # PassageRetriever.match; pydantic cannot describe it

    def __init__(self, match: Match) -> None:
        super().__init__(match=match)  # type: ignore[call-arg]

    @property
    def _llm_type(self) -> str:
        return "extractive-reader"

    def read(self, reading: Reading) -> list[Quotation]:
        """What to show, in the order of the passages and of the text; empty only when there is nothing to read."""
        passages = reading.passages[:PASSAGES]
        found = sentence_evidence(reading.question, passages, self.match)
        sentences = [Quotation(i, s.start, s.end) for i, own in enumerate(found) for s in own]
        if not sentences:
            return []
        scores = [_log_odds(row) for row in features(passages, found)]
        least = max(scores) + math.log(_RELATIVE)
        ranked = sorted(range(len(scores)), key=lambda i: -scores[i])[:_QUOTES]
        return _joined([sentences[i] for i in ranked if scores[i] >= least], reading.passages)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        reading = _reading(messages)
        for place, quotation in enumerate(self.read(reading)):
            text = reading.passages[quotation.source].text[quotation.start : quotation.end]
            content = f"{' ' if place else ''}{text}"
            yield ChatGenerationChunk(
                message=AIMessageChunk(content=content, additional_kwargs={QUOTATION: [quotation]})
            )

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        chunks = [chunk.message for chunk in self._stream(messages, stop, run_manager, **kwargs)]
        text = "".join(str(chunk.content) for chunk in chunks)
        quotations = [q for chunk in chunks for q in chunk.additional_kwargs[QUOTATION]]
        message = AIMessage(content=text, additional_kwargs={QUOTATION: quotations})
        return ChatResult(generations=[ChatGeneration(message=message)])


def reading_message(content: str, reading: Reading) -> HumanMessage:
    """A message that says `content` to a language model and carries `reading` for the built-in reader."""
    return HumanMessage(content=content, additional_kwargs={READING: reading})


def _reading(messages: Sequence[BaseMessage]) -> Reading:
    reading = messages[-1].additional_kwargs.get(READING)
    if not isinstance(reading, Reading):
        raise TypeError("The last message for the built-in reader must come from reading_message().")
    return reading


def features(passages: Sequence[Passage], sentences: Sequence[Sequence[SentenceEvidence]]) -> list[tuple[float, ...]]:
    """For each sentence of each passage: log odds of the passage; meaning, and how far it is ahead of all others'; own
    words, words with what is around, own words scaled by the trust in the encoder; number; log length; does it ask."""
    flat = [(passage, s) for passage, own in zip(passages, sentences, strict=True) for s in own]
    ahead = [s.meaning - other for (_, s), other in zip(flat, best_others([s.meaning for _, s in flat]), strict=True)]
    return [
        (
            math.log(max(passage.score, 1e-6) / max(1 - passage.score, 1e-6)),
            s.meaning,
            margin,
            s.own,
            s.around,
            s.own * s.trust,
            s.number,
            math.log(min(s.end - s.start, _LENGTH) / _LENGTH),
            1.0 if passage.text[s.start : s.end].rstrip().endswith(("?", "？")) else 0.0,
        )
        for (passage, s), margin in zip(flat, ahead, strict=True)
    ]


def _log_odds(row: tuple[float, ...]) -> float:
    factors = astuple(WEIGHTS)
    return float(sum(factor * value for factor, value in zip(factors, row, strict=True)))


def _joined(quotations: Sequence[Quotation], passages: Sequence[Passage]) -> list[Quotation]:
    """In reading order, sentences that follow each other made one."""
    joined: list[Quotation] = []
    for quotation in sorted(quotations, key=lambda q: (q.source, q.start)):
        last = joined[-1] if joined else None
        if last and last.source == quotation.source:
            between = passages[last.source].text[last.end : quotation.start]
            if not between.strip():
                joined[-1] = Quotation(last.source, last.start, quotation.end)
                continue
        joined.append(quotation)
    return joined
