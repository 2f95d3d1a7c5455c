"""Turn what keyword and vector search say of a passage into one probability that it answers the question.

Fusing ranks treats an encoder that does not know a language as an equal and ruins that language. Here both searches
give evidence instead: keyword evidence is measured for every candidate, however it was found, and vector evidence
counts as far as the encoder's profile trusts it for the two scripts at hand. The weights are those of a logistic
regression; `python -m training.fit_relevance` fits them and prints how well they do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.lexical import KeywordScore


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one candidate."""

    keyword: KeywordScore
    vector: float  # ingest.probe.Trust.evidence: standard deviations above unrelated texts, scaled by trust
    trust: float  # in [0, 1]: weight of the vector evidence


@dataclass(frozen=True, slots=True)
class Weights:
    """Log odds = bias + the sum of weight times feature; features are those of `features`."""

    bias: float
    coverage: float
    keyword_margin: float
    vector: float
    vector_margin: float

    def log_odds(self, row: Sequence[float]) -> float:
        """Of one candidate, by its features."""
        factors = (self.coverage, self.keyword_margin, self.vector, self.vector_margin)
        return self.bias + sum(factor * value for factor, value in zip(factors, row, strict=True))


# Trusting the encoder fully and not at all; in between, log odds are interpolated by the trust.
TRUSTED = Weights(bias=-5.53, coverage=2.48, keyword_margin=3.43, vector=0.56, vector_margin=1.10)
UNTRUSTED = Weights(bias=-3.97, coverage=5.70, keyword_margin=5.71, vector=0.56, vector_margin=1.10)
# For a passage in another language than the question, whose words are compared by what they may mean; fitted by
# `python -m training.fit_across`.
ACROSS = Weights(bias=-4.91, coverage=5.58, keyword_margin=4.69, vector=0.66, vector_margin=0.88)

_FLOOR = 0.15  # BM25 score below which ratios say little: one rare word among many is no answer
_MOST_KEYWORD_MARGIN = 2.0
_MOST_VECTOR_MARGIN = 4.0


def features(evidence: Sequence[Evidence]) -> list[tuple[float, ...]]:
    """For each candidate of one question: coverage; log ratio of its BM25 to the best of the others', in [-2, 2];
    vector evidence; and its difference to the best of the others', in [-4, 4].

    What sets a passage apart from the next best one says more than how well it matches: on a topic that is not in the
    collection all passages match equally badly, and a question that repeats none of its passage's words still has one
    that matches best.
    """
    keyword = [e.keyword.bm25 for e in evidence]
    vector = [e.vector for e in evidence]
    return [
        (
            e.keyword.coverage,
            _within(math.log((e.keyword.bm25 + _FLOOR) / (other_keyword + _FLOOR)), _MOST_KEYWORD_MARGIN),
            e.vector,
            _within(e.vector - other_vector, _MOST_VECTOR_MARGIN),
        )
        for e, other_keyword, other_vector in zip(evidence, best_others(keyword), best_others(vector), strict=True)
    ]


def best_others(values: Sequence[float]) -> list[float]:
    """For each value the largest of the others; 0 where there is no other."""
    if len(values) < 2:
        return [0.0] * len(values)
    first, second = sorted(values, reverse=True)[:2]
    at = values.index(first)
    return [second if i == at else first for i in range(len(values))]


def _within(value: float, limit: float) -> float:
    return max(-limit, min(limit, value))


def probabilities(evidence: Sequence[Evidence], is_own: Sequence[bool] | None = None) -> list[float]:
    """Probability in (0, 1) that each candidate of one question answers it, in the order given.

    `is_own` says which are in the question's language; all are where it is not given. They are compared with each other
    alone, the others with all: what words may mean in the other language is weak evidence, and takes nothing from words
    that are the question's.
    """
    own = list(is_own or [True] * len(evidence))
    among_own = iter(features([item for item, same in zip(evidence, own, strict=True) if same]))
    result = []
    for item, row, same in zip(evidence, features(evidence), own, strict=True):
        weights, values = (TRUSTED, next(among_own)) if same else (ACROSS, row)
        result.append(
            probability(item.trust * weights.log_odds(values) + (1 - item.trust) * UNTRUSTED.log_odds(values))
        )
    return result


@dataclass(frozen=True, slots=True)
class ReadWeights:
    """Log odds = bias + the sum of weight times feature, for a passage that was read; features are those of
    `read_features`."""

    bias: float
    searched: float
    answers: float


# For a passage in the question's language, and in another one; fitted by `python -m training.fit_reader` and
# `python -m training.fit_across`.
READ = ReadWeights(bias=-0.55, searched=0.67, answers=0.35)
READ_ACROSS = ReadWeights(bias=-0.85, searched=0.94, answers=0.59)
# Log odds behind the best passage from which on reading another one is not worth its time. On 560 questions of
# training.fit_reader 2.7 of five passages are read, and in all but one the best is that which reading all five gives.
_WORTH_READING = 3.0


def is_worth_reading(score: float, best: float) -> bool:
    """Whether a passage of this probability is not far behind the best one."""
    return log_odds(score) >= log_odds(best) - _WORTH_READING


def read_features(score: float, answers: float) -> tuple[float, ...]:
    """Of a passage that was read: log odds of the probability that the searches give it, and the reader's log odds that
    it answers."""
    return log_odds(score), answers


def read_probability(score: float, answers: float, *, is_own: bool = True) -> float:
    """Probability in (0, 1) that a passage answers the question, from that of `probabilities` and from reading it;
    `is_own` says whether it is in the question's language."""
    weights = READ if is_own else READ_ACROSS
    searched, own = read_features(score, answers)
    return probability(weights.bias + weights.searched * searched + weights.answers * own)


def log_odds(probability: float) -> float:
    """Log odds of a probability, which is kept away from 0 and 1."""
    return math.log(max(probability, 1e-6) / max(1 - probability, 1e-6))


def probability(log_odds: float) -> float:
    """The probability, in (0, 1), that has these log odds."""
    return 1 / (1 + math.exp(-log_odds))
