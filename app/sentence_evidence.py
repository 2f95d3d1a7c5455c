"""What speaks for each sentence of a passage answering a question. Knows words, meaning and kinds of answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.types import Passage
from ingest.lexical import KeywordScorer
from ingest.probe import Trust
from ingest.sentences import sentence_spans

_ASKS_NUMBER = re.compile(
    r"how (?:many|much|long|old|often|far|big|large|high|tall)|when\b|"
    r"what (?:year|date|time|percent|number|age)|which year|"
    r"多少|几|何时|什么时候|哪年|哪一年|多久|多长|多大|多高|多远|电话|价格|费用|日期|时间|比例"
)
_HAS_NUMBER = re.compile(
    r"\d|[一二三四五六七八九十百千万两]+[年月日天个元人次米名小时分]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten)\b"
)
_MOST_SENTENCES = 40  # of one passage; a longer one is a table, whose first rows say what it is about


@dataclass(frozen=True, slots=True)
class TextMatches:
    """How texts match a question: keywords by any text's own words, meaning by the encoder."""

    scorer: KeywordScorer
    meaning: Sequence[tuple[float, Trust]]  # cosine similarity of each text, and how far to trust it


Match = Callable[[str, Sequence[str]], TextMatches]  # (question, texts) -> how they match


@dataclass(frozen=True, slots=True)
class SentenceEvidence:
    """One sentence, `passage.text[start:end]`, and what speaks for it."""

    start: int
    end: int
    own: float  # in [0, 1]: share of the question's weight that its words cover
    around: float  # in [0, 1]: the same with the heading and the sentence before, which it leans on
    meaning: float  # standard deviations above unrelated texts, scaled by the trust in the encoder
    trust: float  # in [0, 1]
    number: float  # 1 where the question asks for a number and the sentence has one; -1 where it has none; else 0


def sentence_evidence(question: str, passages: Sequence[Passage], match: Match) -> list[list[SentenceEvidence]]:
    """The sentences of each passage, in the order of both. The encoder is asked once for all of them."""
    spans = [sentence_spans(passage.text)[:_MOST_SENTENCES] for passage in passages]
    texts = [p.text[start:end] for p, own in zip(passages, spans, strict=True) for start, end in own]
    if not texts:
        return [[] for _ in passages]
    matches = match(question, texts)
    meaning = iter(matches.meaning)
    asks_number = _ASKS_NUMBER.search(question.casefold()) is not None
    found = []
    for passage, own in zip(passages, spans, strict=True):
        before = ""
        sentences = []
        for start, end in own:
            text = passage.text[start:end]
            similarity, trust = next(meaning)
            sentences.append(
                SentenceEvidence(
                    start,
                    end,
                    matches.scorer.score(text).coverage,
                    matches.scorer.score(f"{passage.heading or ''}\n{before}\n{text}").coverage,
                    trust.evidence(similarity),
                    trust.weight,
                    (1.0 if _HAS_NUMBER.search(text) else -1.0) if asks_number else 0.0,
                )
            )
            before = text
        found.append(sentences)
    return found
