"""What is stored of a document: its passages as they are embedded, searched and given to the model. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine import Engine
from ingest.types import Chunk


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """One passage and how many of the encoder's tokens it has, its heading path included."""

    chunk: Chunk
    tokens: int


@dataclass(frozen=True, slots=True)
class PassagePage:
    """Some passages of a document, in its order."""

    total: int  # passages of the document
    passages: tuple[StoredPassage, ...]


class Contents:
    """Looks into the documents of one collection."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def text(self, name: str) -> str:
        """The stored text of a document; raises UnknownDocument."""
        return self._engine.knowledge_base.text(name)

    def passages(self, name: str, *, first: int, count: int) -> PassagePage:
        """`count` passages from the 0-based `first` on; none for a document that is not searchable."""
        encoder = self._engine.serving_encoder()
        with self._engine.knowledge_base.reading() as generation:
            ids = generation.catalog.chunk_ids([name])
            stored = generation.catalog.chunks(ids[first : first + count])
        chunks = sorted((found.chunk for found in stored.values()), key=lambda chunk: chunk.ordinal)
        tokens = encoder.count_tokens([chunk.searchable_text for chunk in chunks])
        return PassagePage(len(ids), tuple(map(StoredPassage, chunks, tokens)))
