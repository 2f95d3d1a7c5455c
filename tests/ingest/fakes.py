"""Stand-ins that cost nothing and whose results can be worked out by hand."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ingest.embed import Encoder, EncoderIdentity
from ingest.errors import ModelUnavailable
from ingest.lexical import index_terms
from ingest.types import FloatMatrix, Progress

DIMENSION = 64


class WordEncoder(Encoder):
    """Texts that share words are similar: each term of the keyword index adds one to a place of its own."""

    def __init__(self, setting: str = "words", *, weights: str = "0" * 64) -> None:
        super().__init__(setting)
        self._identity = EncoderIdentity(setting, setting, weights, DIMENSION, "", "")

    @property
    def identity(self) -> EncoderIdentity:  # type: ignore[override]
        return self._identity

    @property
    def max_tokens(self) -> int:  # type: ignore[override]
        return 256

    @property
    def device(self) -> str:
        return "cpu"

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(index_terms(text)) for text in texts]

    def _encode(self, texts: Sequence[str], prefix: str) -> FloatMatrix:
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            for term in index_terms(text):
                vectors[row, zlib.crc32(term.encode()) % DIMENSION] += 1
            vectors[row, 0] += 1e-3  # so that no vector is zero
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class FailingEncoder(WordEncoder):
    """Is there, and fails as soon as there is something to embed."""

    def encode_passages(self, texts: object) -> FloatMatrix:
        raise ModelUnavailable("The server is down.")


def ignore(progress: Progress) -> None:
    """Nobody watches."""


def write(folder: Path, **texts: str) -> list[Path]:
    """Text files in `folder`, one for each keyword: name -> text."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in texts.items():
        path = folder / f"{name}.txt"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths
