"""What the words of each sentence of a passage say for its answering a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.types import Passage
from ingest.lexical import BilingualScorer
from ingest.sentences import sentence_spans

_MOST_SENTENCES = 40  # of one passage; a longer one is a table, whose first rows say what it is about


@dataclass(frozen=True, slots=True)
class TextMatches:
    """How texts match a question: keywords by any text's own words, meaning by the encoder."""

    scorer: BilingualScorer
    meaning: Callable[[Sequence[str]], list[float]]  # texts -> of each, ingest.probe.Trust.evidence


Match = Callable[[str], TextMatches]  # question -> how texts match it


@dataclass(frozen=True, slots=True)
class SentenceEvidence:
    """One sentence, `passage.text[start:end]`, and what its words say for it."""

    start: int
    end: int
    around: (
        float  # in [0, 1]: share of the question's weight that its words cover, with those of the heading and of the
    )
    # sentence before, which it leans on


def sentence_evidence(passage: Passage, scorer: BilingualScorer) -> list[SentenceEvidence]:
    """The sentences of a passage, in their order; of a table's, only the first ones."""
    before, found = "", []
    for start, end in sentence_spans(passage.text)[:_MOST_SENTENCES]:
        text = passage.text[start:end]
        around = scorer.score(f"{passage.heading or ''}\n{before}\n{text}").coverage
        found.append(SentenceEvidence(start, end, around))
        before = text
    return found
