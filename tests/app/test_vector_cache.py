"""What was encoded lately is not encoded again, and comes back as it was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.retrieval.vector_cache import VectorCache
from ingest.types import FloatMatrix
from tests.ingest.fakes import WordEncoder


class Counting(WordEncoder):
    """Remembers what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.encoded: list[str] = []

    def _encode(self, texts: Sequence[str], prefix: str) -> FloatMatrix:
        self.encoded += texts
        return super()._encode(texts, prefix)


def test_each_text_is_encoded_once_and_comes_back_in_its_place() -> None:
    encoder, cache = Counting(), VectorCache()
    cache.passages(encoder, ["red apples", "green pears"])
    again = cache.passages(encoder, ["blue plums", "red apples", "blue plums"])
    assert encoder.encoded == ["red apples", "green pears", "blue plums"]
    assert np.array_equal(again, WordEncoder().encode_passages(["blue plums", "red apples", "blue plums"]))


def test_a_question_is_encoded_once_and_not_as_a_passage() -> None:
    encoder, cache = Counting(), VectorCache()
    cache.passages(encoder, ["red apples"])
    first, second = cache.question(encoder, "red apples"), cache.question(encoder, "red apples")
    assert encoder.encoded == ["red apples", "red apples"]
    assert np.array_equal(first, second)


def test_no_more_than_the_bound_is_kept_and_the_least_lately_used_goes() -> None:
    encoder, cache = Counting(), VectorCache(most=2)
    for text in ("red", "green", "red", "blue", "red", "green"):
        cache.passages(encoder, [text])
    assert encoder.encoded == ["red", "green", "blue", "green"]


def test_nothing_to_encode_is_an_empty_matrix() -> None:
    assert VectorCache().passages(WordEncoder(), []).shape[0] == 0
