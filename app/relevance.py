"""Turn what keyword and vector search say of a passage into one probability that it answers the question.

Fusing ranks treats an encoder that does not know a language as an equal and ruins that language. Here both searches
give evidence instead: keyword evidence is measured for every candidate, however it was found, and vector evidence
counts as far as the encoder's profile trusts it for the two scripts at hand. The weights are those of a logistic
regression; `python -m training.fit_relevance` fits them and prints how well they do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass

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
    bm25_lead: float
    unknown: float
    vector: float
    vector_lead: float
    size: float


# Trusting the encoder fully and not at all; in between, log odds are interpolated by the trust.
TRUSTED = Weights(bias=-12.35, coverage=6.63, bm25_lead=9.69, unknown=0, vector=0.43, vector_lead=0.75, size=-1.18)
UNTRUSTED = Weights(bias=-10.07, coverage=7.42, bm25_lead=10.25, unknown=0, vector=0.43, vector_lead=0.75, size=-1.18)


def features(evidence: Sequence[Evidence], *, unknown: float, chunks: int) -> list[tuple[float, ...]]:
    """For each candidate of one question: coverage, its BM25 as a share of the best candidate's, the share of unknown
    terms, vector evidence, that less the best candidate's (0 for the best), and the logarithm of the collection's
    number of chunks: the more there are, the better does the best one match by chance."""
    best_bm25 = max((e.keyword.bm25 for e in evidence), default=0.0) or 1.0
    best_vector = max((e.vector for e in evidence), default=0.0)
    size = math.log10(max(chunks, 1))
    return [
        (e.keyword.coverage, e.keyword.bm25 / best_bm25, unknown, e.vector, e.vector - best_vector, size)
        for e in evidence
    ]


def probabilities(evidence: Sequence[Evidence], *, unknown: float, chunks: int) -> list[float]:
    """Probability in (0, 1) that each candidate of one question answers it, in the order given.

    `unknown` is the share of the question's terms that the collection of `chunks` chunks does not know.
    """
    result = []
    for item, row in zip(evidence, features(evidence, unknown=unknown, chunks=chunks), strict=True):
        trusted, untrusted = _log_odds(TRUSTED, row), _log_odds(UNTRUSTED, row)
        result.append(1 / (1 + math.exp(-(item.trust * trusted + (1 - item.trust) * untrusted))))
    return result


def _log_odds(weights: Weights, row: tuple[float, ...]) -> float:
    bias, *factors = astuple(weights)
    return float(bias + sum(factor * value for factor, value in zip(factors, row, strict=True)))
