"""Figures with 95% bootstrap intervals, and differences between two ways of answering the same questions. Pure.

A statistic is a function of how often each question counts: once each gives the figure itself, drawn with replacement
gives one resample. Two ways of answering are resampled together, question by question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]  # (resamples, questions): how often a question counts in a resample

RESAMPLES = 2_000
SEED = 7
_BATCH = 250  # resamples at once: all of them would take 50 MB for 3,000 questions
_INTERVAL = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value and its 95% interval."""

    value: float
    low: float
    high: float
    n: int  # questions it is measured on


class Statistic(Protocol):
    """A figure of some questions."""

    @property
    def n(self) -> int:
        """How many of the questions it is measured on."""

    def of(self, weights: Matrix) -> Vector:
        """The figure of each row of weights; nan where a row leaves nothing to measure."""


@dataclass(frozen=True, slots=True, eq=False)
class Ratio:
    """Sum of the parts over the sum of the wholes; a mean where the wholes are 1. A whole of 0 does not count."""

    parts: Vector
    wholes: Vector

    @property
    def n(self) -> int:
        return int((self.wholes > 0).sum())

    def of(self, weights: Matrix) -> Vector:
        return _divided(weights @ self.parts, weights @ self.wholes)


@dataclass(frozen=True, slots=True, eq=False)
class Quantile:
    """The value that this share of the values do not exceed."""

    values: Vector
    share: float

    @property
    def n(self) -> int:
        return len(self.values)

    def of(self, weights: Matrix) -> Vector:
        order = np.argsort(self.values)
        reached = np.cumsum(weights[:, order], axis=1)
        wanted = self.share * reached[:, -1:]
        found: Vector = self.values[order][np.argmax(reached >= wanted, axis=1)]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Auroc:
    """Probability that the score of a positive is above that of a negative, ties counting half."""

    scores: Vector
    is_positive: npt.NDArray[np.bool_]

    @property
    def n(self) -> int:
        return len(self.scores)

    def of(self, weights: Matrix) -> Vector:
        order = np.argsort(self.scores)
        starts = np.flatnonzero(np.diff(self.scores[order], prepend=-np.inf))  # of runs of equal scores
        drawn, positive = weights[:, order], self.is_positive[order]
        positives = np.add.reduceat(drawn * positive, starts, axis=1)
        negatives = np.add.reduceat(drawn * ~positive, starts, axis=1)
        below = np.cumsum(negatives, axis=1) - negatives
        right = (positives * (below + negatives / 2)).sum(axis=1)
        return _divided(right, positives.sum(axis=1) * negatives.sum(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationError:
    """Expected calibration error: the mean distance of the claimed from the true share, over `bins` of questions."""

    claimed: Vector
    true: Vector  # 0 or 1
    bins: Sequence[npt.NDArray[np.intp]]

    @property
    def n(self) -> int:
        return len(self.claimed)

    def of(self, weights: Matrix) -> Vector:
        gap = self.true - self.claimed
        distances = [np.abs(weights[:, rows] @ gap[rows]) for rows in self.bins]
        return _divided(np.sum(distances, axis=0), weights.sum(axis=1))


def equal_bins(values: Vector, count: int) -> list[npt.NDArray[np.intp]]:
    """The places of the values, lowest first, in so many groups of the same size, give or take one; none is empty."""
    return [rows for rows in np.array_split(np.argsort(values, kind="stable"), count) if len(rows)]


def measured(statistics: Mapping[str, Statistic], questions: int) -> dict[str, Figure]:
    """The figures of so many questions, under the statistics' names."""
    whole = np.ones((1, questions))
    drawn: dict[str, list[Vector]] = {name: [] for name in statistics}
    for weights in _resamples(questions):
        for name, statistic in statistics.items():
            drawn[name].append(statistic.of(weights))
    return {
        name: _figure(float(statistic.of(whole)[0]), np.concatenate(drawn[name]), statistic.n)
        for name, statistic in statistics.items()
    }


def differences(mine: Mapping[str, Statistic], other: Mapping[str, Statistic], questions: int) -> dict[str, Figure]:
    """Each of `mine` less that of the same name in `other`, both measured on the same questions in the same order."""
    pairs = {name: _Difference(mine[name], other[name]) for name in mine if name in other}
    return measured(pairs, questions)


@dataclass(frozen=True, slots=True, eq=False)
class _Difference:
    mine: Statistic
    other: Statistic

    @property
    def n(self) -> int:
        return min(self.mine.n, self.other.n)

    def of(self, weights: Matrix) -> Vector:
        return self.mine.of(weights) - self.other.of(weights)


def _figure(value: float, drawn: Vector, n: int) -> Figure:
    kept = drawn[np.isfinite(drawn)]  # a resample may hold none of the questions that count
    low, high = np.quantile(kept, _INTERVAL) if len(kept) else (value, value)
    return Figure(value, float(low), float(high), n)


def _resamples(questions: int) -> Iterator[Matrix]:
    chance = np.random.default_rng(SEED)
    shares = np.full(questions, 1 / questions)
    for _ in range(RESAMPLES // _BATCH):
        yield chance.multinomial(questions, shares, size=_BATCH).astype(np.float64)


def _divided(parts: Vector, wholes: Vector) -> Vector:
    shares: Vector = np.divide(parts, wholes, out=np.full(len(parts), np.nan), where=wholes > 0)
    return shares
