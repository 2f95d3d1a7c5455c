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

from ingest.lexical import KeywordScore, Script


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


# Trusting the encoder fully and not at all; in between, log odds are interpolated by the trust.
TRUSTED = Weights(bias=-4.46, coverage=1.98, keyword_margin=5.27, vector=0.45, vector_margin=0.61)
UNTRUSTED = Weights(bias=-4.02, coverage=5.38, keyword_margin=6.36, vector=0.45, vector_margin=0.61)

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


def probabilities(evidence: Sequence[Evidence]) -> list[float]:
    """Probability in (0, 1) that each candidate of one question answers it, in the order given."""
    result = []
    for item, row in zip(evidence, features(evidence), strict=True):
        trusted, untrusted = _weighed(TRUSTED, row), _weighed(UNTRUSTED, row)
        result.append(probability(item.trust * trusted + (1 - item.trust) * untrusted))
    return result


def bilingual_probabilities(evidence: Sequence[Evidence], is_own: Sequence[bool]) -> list[float]:
    """`probabilities` of candidates in two languages, those in the question's compared with each other alone.

    Words that may be the question's in the other language are weak evidence: they take nothing from words that are.
    """
    own = iter(probabilities([item for item, same in zip(evidence, is_own, strict=True) if same]))
    return [next(own) if same else score for score, same in zip(probabilities(evidence), is_own, strict=True)]


def _weighed(weights: Weights, row: tuple[float, ...]) -> float:
    factors = (weights.coverage, weights.keyword_margin, weights.vector, weights.vector_margin)
    return weights.bias + sum(factor * value for factor, value in zip(factors, row, strict=True))


@dataclass(frozen=True, slots=True)
class ReadWeights:
    """Log odds = bias + the sum of weight times feature, for a passage that was read."""

    bias: float
    searched: float  # log odds that the searches give
    answers: float  # log odds that the reader gives
    sentence: float  # evidence of its best sentence


READ = ReadWeights(bias=-2.69, searched=0.46, answers=0.43, sentence=0.37)
ORDINARY = 5.0  # evidence of the best sentence of a passage, where the encoder is not trusted to tell
_MOST_SENTENCE = 6.0  # evidence beyond which a sentence says no more
# Log odds behind the best passage from which on reading another one is not worth its time. On 560 questions of
# training.fit_reader 2.7 of five passages are read, and in all but one the best is that which reading all five gives.
_WORTH_READING = 3.0


def read_features(
    scores: Sequence[float], answers: Sequence[float], sentences: Sequence[float]
) -> list[tuple[float, ...]]:
    """For each passage that was read: log odds of its score, the reader's log odds that it answers, and its best
    sentence's evidence, at most 6.

    A vector stands for all that a passage says, and a question asks for a part of it.
    """
    told = zip(scores, answers, sentences, strict=True)
    return [(log_odds(score), own, min(sentence, _MOST_SENTENCE)) for score, own, sentence in told]


def log_odds(probability: float) -> float:
    """Log odds of a probability, which is kept away from 0 and 1."""
    return math.log(max(probability, 1e-6) / max(1 - probability, 1e-6))


def probability(log_odds: float) -> float:
    """The probability, in (0, 1), that has these log odds."""
    return 1 / (1 + math.exp(-log_odds))


def worth_reading(scores: Sequence[float], *, beside: float = 0.0) -> list[int]:
    """Places of the passages that are not far behind the best one, by their probabilities; that one is among them,
    unless what has the probability `beside` is far ahead of it."""
    odds = [log_odds(score) for score in scores]
    least = max([log_odds(beside), *odds]) - _WORTH_READING
    return [i for i, value in enumerate(odds) if value >= least]


def read_probabilities(scores: Sequence[float], answers: Sequence[float], sentences: Sequence[float]) -> list[float]:
    """Probability in (0, 1) that each passage answers the question, from that of `probabilities`, from reading and from
    its best sentence."""
    factors = (READ.searched, READ.answers, READ.sentence)
    rows = read_features(scores, answers, sentences)
    return [probability(READ.bias + sum(f * v for f, v in zip(factors, row, strict=True))) for row in rows]


@dataclass(frozen=True, slots=True)
class AcrossWeights:
    """Log odds = bias + the sum of weight times feature, for a passage in another language than the question."""

    chinese_bias: float  # of a question in Chinese
    bias: float  # of any other
    searched: float  # log odds that the searches give
    sentence: float  # evidence of its best sentence


ACROSS = AcrossWeights(chinese_bias=-0.63, bias=-1.47, searched=0.73, sentence=0.39)


def across_features(scores: Sequence[float], sentences: Sequence[float]) -> list[tuple[float, ...]]:
    """For each passage: log odds of its score, and its best sentence's evidence, which stands for reading here."""
    return [(log_odds(score), own) for score, own in zip(scores, sentences, strict=True)]


def across_probabilities(asked_in: Script, scores: Sequence[float], sentences: Sequence[float]) -> list[float]:
    """Probability in (0, 1) that each passage answers a question in the other language, from that of `probabilities`
    and the evidence of its best sentence."""
    bias = ACROSS.chinese_bias if asked_in is Script.CHINESE else ACROSS.bias
    rows = across_features(scores, sentences)
    return [probability(bias + ACROSS.searched * score + ACROSS.sentence * sentence) for score, sentence in rows]
