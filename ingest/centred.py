"""Makes vectors of texts in both languages comparable: those of the built-in encoder say which language a text is in.

multilingual-e5-small puts a Chinese question nearer to any Chinese passage than to the English one that answers it, and
all texts into one narrow cone, long statements nearest to everything. From each vector the mean is taken, halfway
between the languages, and what lies along the line from one language's mean to the other's; questions and passages have
their own (after Mu and Viswanath, "All-but-the-Top", 2018). bench/RESULTS.md tells what that brings.
`python -m training.fit_centred` makes what ships, from the texts of ingest/probe.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ingest.shipped import read_shipped
from ingest.types import FloatMatrix, FloatVector

FILE = "centred.safetensors"
SHA256 = "f98e8b0c3ab38c8cfeac107df80fde175e2442ae539c74d5d85d95cac24be459"
_SHORTEST = 1e-12  # of a vector; a shorter one is none


@dataclass(frozen=True, slots=True)
class Centre:
    """Of questions or of passages."""

    mean: FloatVector  # (dimension,), halfway between the languages
    axis: FloatVector  # (dimension,), of length 1: from English to Chinese

    @classmethod
    def of(cls, chinese: FloatMatrix, english: FloatMatrix) -> Centre:
        """From vectors of texts in each language, (texts, dimension)."""
        first, second = chinese.mean(axis=0), english.mean(axis=0)
        return cls((first + second) / 2, of_length_one((first - second)[np.newaxis])[0])

    def taken_from(self, vectors: FloatMatrix) -> FloatMatrix:
        """The vectors, (texts, dimension), without both; of length 1."""
        rest = vectors - self.mean
        return of_length_one(rest - np.outer(rest @ self.axis, self.axis))


def of_length_one(vectors: FloatMatrix) -> FloatMatrix:
    """Each row over its length."""
    result: FloatMatrix = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _SHORTEST)
    return result


def load() -> Mapping[str, Centre]:
    """What ships, of the kinds "query" and "passage"; raises ModelUnavailable where it is another file."""
    from safetensors.numpy import load as read_tensors

    (data,) = read_shipped("ingest", [FILE], SHA256)
    tensors = read_tensors(data)
    return {kind: Centre(tensors[f"{kind}.mean"], tensors[f"{kind}.axis"]) for kind in ("query", "passage")}
