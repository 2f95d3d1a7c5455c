"""Score keywords over a list of passages, as an index would. Knows no files and no encoder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ingest.lexical import BilingualScorer, KeywordScorer, index_terms, query_terms, script_of


class Keywords:
    """How often terms occur in the passages, which are one collection."""

    def __init__(self, passages: Sequence[str]) -> None:
        terms = [index_terms(passage) for passage in passages]
        self._frequencies = Counter(term for own in terms for term in set(own))
        self._size, self._length = len(terms), float(np.mean([len(own) for own in terms]))

    def scorer(self, question: str) -> BilingualScorer:
        """As Catalog.keyword_scorer, but that passages in the other language are scored by the question's own words."""
        frequencies = {term: self._frequencies[term] for term in query_terms(question)}
        scorer = KeywordScorer.of(frequencies, chunks=self._size, mean_length=self._length)
        return BilingualScorer(script_of(question), scorer, scorer)
