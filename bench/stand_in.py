"""An encoder that costs nothing, for measuring everything but embedding. Its vectors mean nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from ingest.embed import Encoder, EncoderIdentity
from ingest.settings import BUILT_IN
from ingest.types import FloatMatrix


class StandInEncoder(Encoder):
    """Gives every text a random direction, the same one each time, so that a text finds itself. Counts real tokens."""

    def __init__(self) -> None:
        super().__init__(BUILT_IN)  # for its tokenizer

    @property
    def identity(self) -> EncoderIdentity:
        return EncoderIdentity("stand-in", "stand-in", "0" * 64, 384, "", "")

    @property
    def max_tokens(self) -> int:
        return 510  # the built-in encoder's, so that chunks are as with it

    @property
    def device(self) -> str:
        return "cpu"

    def _encode(self, texts: Sequence[str], prefix: str) -> FloatMatrix:
        vectors = np.empty((len(texts), self.identity.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            seed = int.from_bytes(hashlib.sha256((prefix + text).encode("utf-8", "replace")).digest()[:8])
            vectors[row] = np.random.default_rng(seed).standard_normal(self.identity.dimension, dtype=np.float32)
        lengths: FloatMatrix = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / lengths
