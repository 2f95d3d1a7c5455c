"""Vectors of what was encoded lately, so that a sentence or a question met twice is encoded once. Keeps no text."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np

from ingest.embed import Encoder
from ingest.probe import EncoderProfile
from ingest.types import FloatMatrix, FloatVector

_MOST = 20_000  # vectors; 31 MB at 384 dimensions


class VectorCache:
    """Encodes through a bounded cache. Safe to call from several threads."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._vectors: OrderedDict[bytes, FloatVector] = OrderedDict()  # the least lately used first

    def passages(self, encoder: Encoder, texts: Sequence[str]) -> FloatMatrix:
        """As `encoder.encode_passages(texts)`, (len(texts), dimension)."""
        return self._encoded("passage", encoder, texts, encoder.encode_passages)

    def question(self, encoder: Encoder, question: str) -> FloatVector:
        """As `encoder.encode_queries([question])[0]`, (dimension,)."""
        vector: FloatVector = self._encoded("question", encoder, [question], encoder.encode_queries)[0]
        return vector

    def evidence(
        self, encoder: Encoder, profile: EncoderProfile, question: str, passages: Sequence[str]
    ) -> list[float]:
        """What the similarity of the question and each passage says: ingest.probe.Trust.evidence."""
        similarities = self.passages(encoder, passages) @ self.question(encoder, question)
        return [profile.of(question, p).evidence(float(s)) for s, p in zip(similarities, passages, strict=True)]

    def _encoded(
        self, kind: str, encoder: Encoder, texts: Sequence[str], encode: Callable[[Sequence[str]], FloatMatrix]
    ) -> FloatMatrix:
        if not texts:
            return encode(texts)
        made_by = encoder.identity.weights_sha256
        keys = [hashlib.sha256(f"{kind}\0{made_by}\0{text}".encode()).digest() for text in texts]
        with self._lock:
            known = {key: self._vectors[key] for key in keys if key in self._vectors}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            known |= dict(zip(missing, encode(list(missing.values())), strict=True))
        with self._lock:
            for key in keys:
                self._vectors[key] = known[key]
                self._vectors.move_to_end(key)
            while len(self._vectors) > self._most:
                self._vectors.popitem(last=False)
        return np.stack([known[key] for key in keys])
