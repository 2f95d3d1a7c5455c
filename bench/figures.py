"""Ranks to figures: hit rates, mean reciprocal rank, bootstrap intervals. Pure; knows nothing of searching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DEPTH = 10  # results looked at
_RESAMPLES = 2_000
_SEED = 7

Ranks = Sequence[int]  # one for each question: 1-based rank of the first right result, 0 where there is none


@dataclass(frozen=True, slots=True)
class Figures:
    """How well one way of searching ranks what it should find. All values are in [0, 1]."""

    hit_1: float
    hit_5: float
    mrr_10: float


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its 95% bootstrap interval over questions."""

    mean: float
    low: float
    high: float


def first_right(right: Sequence[bool]) -> int:
    """1-based rank of the first right one of the results, best first; 0 where none of the first DEPTH is."""
    return next((rank for rank, is_right in enumerate(right[:DEPTH], start=1) if is_right), 0)


def figures(ranks: Ranks) -> Figures:
    """Figures of at least one question."""
    array = np.asarray(ranks)
    reciprocal = np.divide(1.0, array, out=np.zeros(len(array)), where=array > 0)
    return Figures(_share_within(array, 1), _share_within(array, 5), float(reciprocal.mean()))


def hit_1_interval(ranks: Ranks) -> Interval:
    """Hit@1 with its interval."""
    return _bootstrap(np.asarray(ranks) == 1)


def hit_1_gain(ranks: Ranks, over: Ranks) -> Interval:
    """Hit@1 less that of `over` on the same questions, which are resampled together."""
    return _bootstrap((np.asarray(ranks) == 1).astype(float) - (np.asarray(over) == 1))


def _share_within(ranks: npt.NDArray[np.int_], depth: int) -> float:
    return float(((ranks > 0) & (ranks <= depth)).mean())


def _bootstrap(values: npt.NDArray[np.generic]) -> Interval:
    numbers = values.astype(np.float64)
    chance = np.random.default_rng(_SEED)
    # One resample at a time: all of them at once would take 50 MB for 3,000 questions.
    means = [numbers[chance.integers(len(numbers), size=len(numbers))].mean() for _ in range(_RESAMPLES)]
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(numbers.mean()), float(low), float(high))
