"""Words across languages: what a Chinese term of the keyword index means in English, and the other way round.

A table of translation probabilities between the index's own terms, single and paired Chinese characters and English
stems, learned from translated sentences (training/fit_lexicon.py). With it a question in one language finds passages in
the other by their words, whatever the encoder knows of either.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from ingest.shipped import read_shipped

SHA256 = "b5fec2c97ac0704cf9e24e3c1b14552f0af831e8ccfd65e0e36b331c9f28a440"
WORDS, TABLE = "lexicon.txt", "lexicon.safetensors"

_MOST = 20  # Chinese terms for an English word

Translations = Mapping[str, Mapping[str, float]]  # term -> terms of the other language, and how surely they mean it


@dataclass(frozen=True)
class Lexicon:
    """One row for each Chinese term and English word that it may mean; the Chinese terms ascend.

    Both ways the probability is that of the English word given the Chinese term. An English word is written in several
    pairs of characters, some of which reach into its neighbours: the probability of each is small, but where one of
    them stands it may mean nothing but that word.
    """

    words: Sequence[str]  # English stems, in order
    chinese: np.ndarray  # (rows,), `number` of the term
    english: np.ndarray  # (rows,), place in `words`
    probability: np.ndarray  # (rows,), in 255ths
    times: np.ndarray  # (rows,), how often the two were seen to mean each other

    def translations(self, terms: Sequence[str]) -> Translations:
        """What each of `terms` may be in the other language; those of which nothing is known are left out."""
        found = {term: self._english(term) or self._chinese(term) for term in terms}
        return {term: others for term, others in found.items() if others}

    def _english(self, term: str) -> dict[str, float]:
        begin, end = np.searchsorted(self.chinese, [number(term), number(term) + 1])
        return {self.words[self.english[row]]: self._probability(row) for row in range(begin, end)}

    def _chinese(self, term: str) -> dict[str, float]:
        place = bisect_left(self.words, term)
        if place == len(self.words) or self.words[place] != term:
            return {}
        order, english = self._by_word
        begin, end = np.searchsorted(english, [place, place + 1])
        return {spelling(self.chinese[row]): self._probability(row) for row in order[begin:end][:_MOST]}

    def _probability(self, row: int) -> float:
        return float(self.probability[row]) / 255

    @cached_property
    def _by_word(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows by their English word, the best supported first, and the places of these words."""
        support = self.probability * np.log1p(self.times.astype(np.float32))
        order = np.lexsort((-support, self.english))
        return order, self.english[order]


def number(term: str) -> int:
    """A term of one or two characters as a number, 0 for any that a lexicon has no row for."""
    codes = [ord(character) for character in term]
    if not 0 < len(codes) <= 2 or not all(0x3400 <= code <= 0x9FFF for code in codes):
        return 0
    return codes[0] << 16 | (codes[1] if len(codes) > 1 else 0)


def spelling(number: int) -> str:
    """The term that has this number."""
    return "".join(chr(code) for code in divmod(int(number), 1 << 16) if code)


@cache
def load() -> Lexicon:
    """The lexicon that ships; raises ModelUnavailable where its files are not the ones that were made."""
    from safetensors.numpy import load as read_tensors

    words, table = read_shipped("ingest", [WORDS, TABLE], SHA256)
    return Lexicon(words.decode("ascii").split("\n"), **read_tensors(table))
