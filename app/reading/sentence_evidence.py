"""What speaks for each sentence of a passage answering a question. Knows words and meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.types import Passage
from ingest.lexical import BilingualScorer
from ingest.probe import Trust
from ingest.sentences import sentence_spans

_MOST_SENTENCES = 40  # of one passage; a longer one is a table, whose first rows say what it is about


@dataclass(frozen=True, slots=True)
class TextMatches:
    """How texts match a question: keywords by any text's own words, meaning by the encoder."""

    scorer: BilingualScorer
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


def sentences(text: str) -> list[tuple[int, int]]:
    """Places of a passage's sentences, as characters; of a table's, only the first ones."""
    return sentence_spans(text)[:_MOST_SENTENCES]


def sentence_evidence(question: str, passages: Sequence[Passage], match: Match) -> list[list[SentenceEvidence]]:
    """The sentences of each passage, in the order of both. The encoder is asked once for all of them."""
    spans = [sentences(passage.text) for passage in passages]
    texts = [p.text[start:end] for p, own in zip(passages, spans, strict=True) for start, end in own]
    if not texts:
        return [[] for _ in passages]
    matches = match(question, texts)
    meaning = iter(matches.meaning)
    found = []
    for passage, own in zip(passages, spans, strict=True):
        before = ""
        judged = []
        for start, end in own:
            text = passage.text[start:end]
            similarity, trust = next(meaning)
            judged.append(
                SentenceEvidence(
                    start,
                    end,
                    matches.scorer.score(text).coverage,
                    matches.scorer.score(f"{passage.heading or ''}\n{before}\n{text}").coverage,
                    trust.evidence(similarity),
                )
            )
            before = text
        found.append(judged)
    return found
