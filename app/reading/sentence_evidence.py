"""What the words of each sentence of a passage say for its answering a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.types import Passage
from ingest.lexical import BilingualScorer
from ingest.sentences import sentence_spans
from ingest.table_cells import table_rows

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
    around: float  # in [0, 1]: share of the question's weight in its words, the heading's and those that it leans on
    is_row: bool  # whether it is a row of a table
    behind: float  # in [0, 1]: of a row, how much more the row with most of the question has around it


def sentence_evidence(passage: Passage, scorer: BilingualScorer) -> list[SentenceEvidence]:
    """The sentences of a passage, in their order; of a table's, only the first ones.

    A sentence leans on the one before it. A row of a table does not, and what tells which row is asked for may stand in
    any of its cells.
    """
    spans = sentence_spans(passage.text)[:_MOST_SENTENCES]
    texts = [passage.text[start:end] for start, end in spans]
    table = table_rows(passage.text)
    before = [""] * len(texts) if table else ["", *texts]
    around = [
        scorer.score(f"{passage.heading or ''}\n{other}\n{text}").coverage
        for other, text in zip(before, texts, strict=False)
    ]
    begins = [row[0].start for row in table.rows if len(row) > 1] if table else []
    is_row = [any(start <= begin < end for begin in begins) for start, end in spans]
    most = max((share for share, row in zip(around, is_row, strict=True) if row), default=0.0)
    return [
        SentenceEvidence(*span, share, row, max(0.0, most - share) if row else 0.0)
        for span, share, row in zip(spans, around, is_row, strict=True)
    ]
