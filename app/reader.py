"""The built-in reader: shows the sentences of the passages that answer, letter for letter. It composes nothing.

It is a chat model, so that it stands where a language model would; what it reads comes typed beside the prompt, as
`Reading` in the last message's `additional_kwargs`, and what it quotes goes out the same way as `Quotation`s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from app.citations import Quotation
from app.retrieve import TextMatches
from app.types import Passage
from ingest.sentences import sentence_spans

READING = "reading"
QUOTATION = "quotation"

_PASSAGES = 4  # read for the answer; the best one holds it in nine of ten cases
_QUOTES = 3  # most that are shown
_RELATIVE = 0.6  # a further sentence is shown when its score reaches this share of the best one's

_ASKS_NUMBER = re.compile(
    r"how (?:many|much|long|old|often|far|big|large|high|tall)|when\b|"
    r"what (?:year|date|time|percent|number|age)|which year|"
    r"多少|几|何时|什么时候|哪年|哪一年|多久|多长|多大|多高|多远|电话|价格|费用|日期|时间|比例"
)
_HAS_NUMBER = re.compile(
    r"\d|[一二三四五六七八九十百千万两]+[年月日天个元人次米名小时分]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten)\b"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader is given."""

    question: str
    passages: Sequence[Passage]


@dataclass(frozen=True, slots=True)
class _Candidate:
    quotation: Quotation
    text: str
    context: str  # heading and the sentence before, which a sentence leans on
    prior: float  # the passage's score


class ExtractiveReader(BaseChatModel):
    """Quotes the sentences that match the question best: its words, its meaning and the kind of thing it asks for."""

    match: Any  # PassageRetriever.match; pydantic cannot describe it

    def __init__(self, match: Callable[[str, Sequence[str]], TextMatches]) -> None:
        super().__init__(match=match)  # type: ignore[call-arg]

    @property
    def _llm_type(self) -> str:
        return "extractive-reader"

    def read(self, reading: Reading) -> list[Quotation]:
        """What to show, in the order of the passages and of the text; empty only when there is nothing to read."""
        candidates = [c for i, p in enumerate(reading.passages[:_PASSAGES]) for c in _candidates(i, p)]
        if not candidates:
            return []
        scores = self._scores(reading.question, candidates)
        best = max(scores)
        ranked = sorted(range(len(candidates)), key=lambda i: -scores[i])[:_QUOTES]
        chosen = [candidates[i].quotation for i in ranked if scores[i] >= _RELATIVE * best]
        return _joined(chosen, reading.passages)

    def _scores(self, question: str, candidates: Sequence[_Candidate]) -> list[float]:
        matches: TextMatches = self.match(question, [c.text for c in candidates])
        asks_number = bool(_ASKS_NUMBER.search(question.casefold()))
        scores = []
        for candidate, (similarity, trust) in zip(candidates, matches.meaning, strict=True):
            own = matches.scorer.score(candidate.text).coverage
            around = matches.scorer.score(f"{candidate.context}\n{candidate.text}").coverage
            meaning = trust.weight * max(0.0, similarity)
            typed = 1.0 if asks_number and _HAS_NUMBER.search(candidate.text) else 0.0
            words = 0.7 * own + 0.3 * around
            relevance = (words + trust.weight * meaning) / (1 + trust.weight) + 0.15 * typed
            scores.append(relevance * (0.5 + 0.5 * candidate.prior))
        return scores

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


def _candidates(source: int, passage: Passage) -> Iterator[_Candidate]:
    before = ""
    for start, end in sentence_spans(passage.text):
        text = passage.text[start:end]
        context = f"{passage.heading or ''}\n{before}"
        yield _Candidate(Quotation(source, start, end), text, context, passage.score)
        before = text


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
