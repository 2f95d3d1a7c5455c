"""What was asked -> what is measured. Pure; knows which questions a measure counts.

document    the first passages of each document, in the order found, against the documents that answer
evidence    passages against the places that answer: in the place, around all of it, or around an answer within it
span        characters of the evidence that the first five passages cover; see app.evaluate.spans
answer      the words against the known ones; a refusal says nothing. See app.evaluate.wording
citation    over the citations of answers to questions that can be answered
refusal     refusing a question that nothing answers is right; "wrong" is the share of the others that is refused
confidence  the confidence, as a probability that one of the shown passages holds the answer
seconds     wall clock of each stage of answering
judge       a chat model's marks, 1 to 5
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from app.evaluate.ask import Asked
from app.evaluate.bootstrap import Auroc, CalibrationError, Quantile, Ratio, Statistic, Vector, equal_bins
from app.evaluate.dataset import Question, Span
from app.evaluate.wording import contains, exact_match, f1

Counted = tuple[float, float]  # part and whole; a whole of 0 does not count
_NOTHING: Counted = (0.0, 0.0)
BINS = 10


def statistics(asked: Sequence[Asked]) -> dict[str, Statistic]:
    """Everything that these questions let measure, as "group name"."""
    counted = {name: _ratio(asked, measure) for name, measure in MEASURES.items()}
    if all(item.is_answerable for item in asked):  # every refusal is wrong, and nothing can be refused rightly
        counted = {name: ratio for name, ratio in counted.items() if name not in _OF_UNANSWERABLE}
    found: dict[str, Statistic] = {name: ratio for name, ratio in counted.items() if ratio.n}
    return found | _of_confidence(asked) | _of_seconds(asked)


def values(asked: Sequence[Asked], measure: str) -> Vector:
    """What each question has of one of MEASURES; nan where it does not count."""
    ratio = _ratio(asked, MEASURES[measure])
    found: Vector = np.divide(ratio.parts, ratio.wholes, out=np.full(len(asked), np.nan), where=ratio.wholes > 0)
    return found


def _ratio(asked: Sequence[Asked], measure: Callable[[Asked], Counted]) -> Ratio:
    parts, wholes = np.array([measure(item) for item in asked], dtype=np.float64).reshape(-1, 2).T
    return Ratio(parts, wholes)


# --- retrieval --------------------------------------------------------------------------------------------------------

Relevant = Callable[[Question, Sequence[Span]], tuple[list[int], int]]
"""How many relevant things, not seen before, each place of a ranking shows; and how many there are."""


def documents_shown(question: Question, found: Sequence[Span]) -> tuple[list[int], int]:
    """Each document once, where its first passage stands."""
    names = dict.fromkeys(span.document for span in found)
    return [int(name in question.documents) for name in names], len(question.documents)


def evidence_shown(question: Question, found: Sequence[Span]) -> tuple[list[int], int]:
    """Each place of evidence once, at the first passage that finds it."""
    seen: set[int] = set()
    shown = []
    for span in found:
        new = question.evidence_found_by(span) - seen
        seen |= new
        shown.append(len(new))
    return shown, len(question.evidence)


def _hit(depth: int) -> Callable[[list[int], int], float]:
    return lambda shown, total: float(any(shown[:depth]))


def _reciprocal_rank(shown: list[int], total: int) -> float:
    return next((1 / rank for rank, new in enumerate(shown[:10], start=1) if new), 0.0)


def _ndcg(shown: list[int], total: int) -> float:
    gain = sum(min(new, 1) / math.log2(rank + 1) for rank, new in enumerate(shown[:10], start=1))
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(total, 10) + 1))


def _recall(shown: list[int], total: int) -> float:
    return sum(shown) / total


_RANKING = {
    "hit@1": _hit(1),
    "hit@5": _hit(5),
    "mrr@10": _reciprocal_rank,
    "ndcg@10": _ndcg,
    "recall@100": _recall,
}


def _ranked(relevant: Relevant, score: Callable[[list[int], int], float]) -> Callable[[Asked], Counted]:
    def measure(item: Asked) -> Counted:
        if not item.is_answerable:
            return _NOTHING
        shown, total = relevant(item.question, item.found)
        return (score(shown, total), 1.0) if total else _NOTHING

    return measure


# --- answers, citations, refusals -------------------------------------------------------------------------------------


def _wording(score: Callable[[str, Sequence[str]], float], said: Callable[[Asked], str]) -> Callable[[Asked], Counted]:
    def measure(item: Asked) -> Counted:
        if not item.is_answerable or not item.question.wordings:
            return _NOTHING
        return score(said(item), item.question.wordings), 1.0

    return measure


def _mean(score: Callable[[Asked], float | None]) -> Callable[[Asked], Counted]:
    def measure(item: Asked) -> Counted:
        value = score(item)
        return _NOTHING if value is None else (float(value), 1.0)

    return measure


def _correct(item: Asked) -> bool:
    return item.answer.refused and not item.is_answerable


RETRIEVAL: dict[str, Callable[[Asked], Counted]] = {
    **{f"document {name}": _ranked(documents_shown, score) for name, score in _RANKING.items()},
    **{f"evidence {name}": _ranked(evidence_shown, score) for name, score in _RANKING.items()},
    "span recall": _mean(lambda item: item.coverage.recall if item.coverage else None),
    "span precision": _mean(lambda item: item.coverage.precision if item.coverage else None),
    "span iou": _mean(lambda item: item.coverage.iou if item.coverage else None),
}
MEASURES: dict[str, Callable[[Asked], Counted]] = {
    **RETRIEVAL,
    "answer em": _wording(exact_match, lambda item: item.marked),
    "answer f1": _wording(f1, lambda item: item.marked),
    "answer contains": _wording(contains, lambda item: item.said),
    "citation verbatim": lambda item: (item.cited_verbatim, len(item.answer.citations)),
    "citation right": lambda item: (item.cited_right, len(item.answer.citations)) if item.is_answerable else _NOTHING,
    "refusal wrong": lambda item: (item.answer.refused and item.is_answerable, item.is_answerable),
    "refusal precision": lambda item: (_correct(item), item.answer.refused),
    "refusal recall": lambda item: (_correct(item), not item.is_answerable),
    "refusal f1": lambda item: (2 * _correct(item), item.answer.refused + (not item.is_answerable)),
    "judge faithfulness": _mean(lambda item: item.marks.faithfulness if item.marks else None),
    "judge relevance": _mean(lambda item: item.marks.relevance if item.marks else None),
    "judge completeness": _mean(lambda item: item.marks.completeness if item.marks else None),
}
_OF_UNANSWERABLE = {"refusal precision", "refusal recall", "refusal f1"}


# --- confidence and time ----------------------------------------------------------------------------------------------


def claimed_and_true(asked: Sequence[Asked]) -> tuple[Vector, Vector]:
    """The confidence of each answer, and 1 where a shown passage holds the answer, else 0."""
    claimed = np.array([item.answer.confidence for item in asked], dtype=np.float64)
    return claimed, np.array([item.passages_answer for item in asked], dtype=np.float64)


def reliability(asked: Sequence[Asked]) -> dict[str, Statistic]:
    """For each of ten groups of answers, by rising confidence: what is claimed and what is true on average."""
    claimed, true = claimed_and_true(asked)
    curve: dict[str, Statistic] = {}
    for number, rows in enumerate(equal_bins(claimed, BINS)):
        within = np.zeros(len(asked))
        within[rows] = 1.0
        curve[f"{number} claimed"] = Ratio(claimed * within, within)
        curve[f"{number} true"] = Ratio(true * within, within)
    return curve


def _of_confidence(asked: Sequence[Asked]) -> dict[str, Statistic]:
    claimed, true = claimed_and_true(asked)
    is_answerable = np.array([item.is_answerable for item in asked])
    found: dict[str, Statistic] = {}
    if is_answerable.any() and not is_answerable.all():
        found["refusal auroc"] = Auroc(claimed, is_answerable)
    if true.any() and not true.all():
        found["confidence auroc"] = Auroc(claimed, true > 0)
    found["confidence brier"] = Ratio((claimed - true) ** 2, np.ones(len(asked)))
    found["confidence ece"] = CalibrationError(claimed, true, equal_bins(claimed, BINS))
    return found


def _of_seconds(asked: Sequence[Asked]) -> dict[str, Statistic]:
    stages = list(dict.fromkeys(stage for item in asked for stage in item.answer.seconds))
    taken = {stage: np.array([item.answer.seconds.get(stage, 0.0) for item in asked]) for stage in stages}
    taken["total"] = np.array([sum(item.answer.seconds.values()) for item in asked])
    return {
        f"seconds {stage} {name}": Quantile(seconds, share)
        for stage, seconds in taken.items()
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }
