"""What a retrieval measurement found, as values and as a table. Pure; knows nothing of indexes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.figures import Figures, Interval, Ranks, figures, hit_1_gain, hit_1_interval

KEYWORDS, VECTORS, FUSED = "keywords", "vectors", "fused"
WAYS = (KEYWORDS, VECTORS, FUSED)

HEADER = """\
document  the result is a chunk of a document that answers the question.
evidence  and it is in the right place there: the chunk lies in the evidence span, or holds all of it, or holds one of
          the answers within it. Empty where a dataset does not say where its answers stand.
hit@k     the share of questions with such a chunk among the first k; MRR@10 is the mean of 1/rank of the first one.
keywords  BM25 order of the keyword index.
vectors   cosine order of the vector index.
fused     what the application shows. [low, high] is the 95% bootstrap interval of its hit@1 over the questions; gain is
          its hit@1 less that of the better one of the two others. Both are by evidence where there is any.
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What asking every question of a dataset gave. Each list has one entry for each question."""

    in_document: Mapping[str, Ranks]  # way -> ranks
    in_evidence: Mapping[str, Ranks]  # way -> ranks; empty where the dataset names no evidence
    milliseconds: Sequence[float]  # of the fused search, encoding the question included


@dataclass(frozen=True, slots=True)
class Indexed:
    """What bringing the documents of a dataset in gave."""

    documents: int
    unsearchable: int  # documents that were refused; questions about them count as missed
    chunks: int
    seconds: float  # little where a kept index was already right


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured on one dataset."""

    dataset: str
    indexed: Indexed
    questions: int
    document: Mapping[str, Figures]  # way -> figures
    evidence: Mapping[str, Figures]  # way -> figures; empty where the dataset names no evidence
    fused_hit_1: Interval  # by evidence where there is any
    gain: Interval  # fused hit@1 less the better one of its two parts
    better_part: str  # which one that is
    p50_ms: float
    p95_ms: float


def result(dataset: str, indexed: Indexed, asked: Asked) -> Result:
    """Figures of at least one question."""
    ranks = asked.in_evidence or asked.in_document
    better = max((KEYWORDS, VECTORS), key=lambda way: figures(ranks[way]).hit_1)
    return Result(
        dataset,
        indexed,
        questions=len(asked.milliseconds),
        document={way: figures(of) for way, of in asked.in_document.items()},
        evidence={way: figures(of) for way, of in asked.in_evidence.items()},
        fused_hit_1=hit_1_interval(ranks[FUSED]),
        gain=hit_1_gain(ranks[FUSED], over=ranks[better]),
        better_part=better,
        p50_ms=float(np.quantile(asked.milliseconds, 0.5)),
        p95_ms=float(np.quantile(asked.milliseconds, 0.95)),
    )


def table(results: Sequence[Result]) -> str:
    """The figures as a Markdown table, and a line on each dataset below it."""
    lines = [
        "| dataset | way | document hit@1 | hit@5 | MRR@10 | evidence hit@1 | hit@5 | MRR@10 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for item in results:
        for way in WAYS:
            cells = [_cells(item.document.get(way)), _cells(item.evidence.get(way))]
            lines.append(f"| {item.dataset if way == KEYWORDS else ''} | {way} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *map(_summary, results)])


def _cells(of: Figures | None) -> str:
    return " | | " if of is None else f"{of.hit_1:.3f} | {of.hit_5:.3f} | {of.mrr_10:.3f}"


def _summary(item: Result) -> str:
    low, high, gain = item.fused_hit_1.low, item.fused_hit_1.high, item.gain
    verdict = "at least" if gain.mean >= 0 else "below"
    refused = f" ({item.indexed.unsearchable} not searchable)" if item.indexed.unsearchable else ""
    return (
        f"- {item.dataset}: n = {item.questions} questions, {item.indexed.documents} documents{refused}, "
        f"{item.indexed.chunks} chunks. Fused hit@1 {item.fused_hit_1.mean:.3f} [{low:.3f}, {high:.3f}], {verdict} "
        f"its better part ({item.better_part}): gain {gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]. "
        f"A fused search took {item.p50_ms:.0f} ms (p50), {item.p95_ms:.0f} ms (p95)."
    )
