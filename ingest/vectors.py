"""Keep vectors in Chroma. Knows ids and vectors; the text they stand for never enters it.

Chroma is used directly and not through LangChain's `Chroma`, which embeds inside `add_texts` and always stores a copy
of the text: here progress is counted per batch, and a deleted document must leave no copy behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ingest.copying import copy_folder
from ingest.errors import IndexBusy, IndexDamaged, IndexUnusable
from ingest.trouble import disk_full, is_writable, not_writable
from ingest.types import FloatMatrix, FloatVector

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration

# Cosine is set explicitly: Chroma's default is squared L2. The graph parameters are chosen by bench/hnsw_recall.py.
HNSW: CreateHNSWConfiguration = {"space": "cosine", "ef_construction": 200, "max_neighbors": 32, "ef_search": 200}
_COLLECTION = "chunks"
_DATABASE = "chroma.sqlite3"
_BATCH = 5_000  # below SQLite's limit on variables, which Chroma reports as get_max_batch_size()


class VectorIndex:
    """Vectors by chunk id, searched by cosine similarity. One instance per folder and process."""

    def __init__(self, folder: Path) -> None:
        """Open or create the index in `folder`; raises IndexDamaged when Chroma cannot read it.

        Chroma opens nothing that it cannot write. Where that is so a copy is read, kept as long as the index is open.
        """
        from chromadb import PersistentClient
        from chromadb.config import Settings

        self._folder = folder
        self._copies: TemporaryDirectory[str] | None = None
        with _damage_reported(folder, opening=True):
            if folder.is_dir() and not is_writable(folder / _DATABASE):
                self._copies = TemporaryDirectory(prefix="docent-vectors-")
                copy_folder(folder, Path(self._copies.name) / folder.name)
                folder = Path(self._copies.name) / folder.name
            else:
                folder.mkdir(parents=True, exist_ok=True)
            client = PersistentClient(str(folder), Settings(anonymized_telemetry=False))
            self._client = cast("Client", client)  # the interface it is declared as lacks close()
            self._collection = client.get_or_create_collection(
                _COLLECTION,
                configuration={"hnsw": HNSW},
                embedding_function=None,
            )

    def add(self, ids: Sequence[int], vectors: FloatMatrix) -> None:
        """Store row i of `vectors` under `ids[i]`, replacing what stands there."""
        self._check_writable()
        with _damage_reported(self._folder):
            for at in range(0, len(ids), _BATCH):
                self._collection.upsert(
                    ids=[str(id_) for id_ in ids[at : at + _BATCH]], embeddings=vectors[at : at + _BATCH]
                )

    def remove(self, ids: Sequence[int]) -> None:
        """Delete the vectors of `ids`; ids that are not there are ignored."""
        self._check_writable()
        with _damage_reported(self._folder):
            for at in range(0, len(ids), _BATCH):
                self._collection.delete(ids=[str(id_) for id_ in ids[at : at + _BATCH]])

    def nearest(self, query: FloatVector, *, count: int, among: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """Up to `count` (id, cosine similarity in [-1, 1]) pairs, most similar first; only `among` where given."""
        if not count or (among is not None and not among):
            return []
        with _damage_reported(self._folder):
            found = self._collection.query(
                query_embeddings=query[np.newaxis],
                n_results=count,
                ids=None if among is None else [str(id_) for id_ in among],
                include=["distances"],
            )
        distances: Any = found["distances"]
        return [(int(id_), 1.0 - float(d)) for id_, d in zip(found["ids"][0], distances[0], strict=True)]

    def nearest_to_each(self, queries: FloatMatrix, *, count: int) -> list[dict[int, float]]:
        """For row i of `queries` the ids of up to `count` vectors and their cosine similarities, most similar first."""
        with _damage_reported(self._folder):
            found = self._collection.query(query_embeddings=queries, n_results=count, include=["distances"])
        distances: Any = found["distances"]
        return [
            {int(id_): 1.0 - float(d) for id_, d in zip(ids, row, strict=True)}
            for ids, row in zip(found["ids"], distances, strict=True)
        ]

    def get(self, ids: Sequence[int]) -> dict[int, FloatVector]:
        """The stored vectors of those ids that are there."""
        if not ids:
            return {}
        with _damage_reported(self._folder):
            found = self._collection.get(ids=[str(id_) for id_ in ids], include=["embeddings"])
        embeddings: Any = found["embeddings"]
        return {
            int(id_): np.asarray(vector, dtype=np.float32) for id_, vector in zip(found["ids"], embeddings, strict=True)
        }

    def ids(self) -> set[int]:
        """Every id that has a vector."""
        with _damage_reported(self._folder):
            return {int(id_) for id_ in self._collection.get(include=[])["ids"]}

    def __len__(self) -> int:
        with _damage_reported(self._folder):
            return int(self._collection.count())

    def close(self) -> None:
        """Let go of the files. The folder must not be opened again after it was deleted (chroma #6499)."""
        self._client.close()
        if self._copies is not None:
            self._copies.cleanup()

    def _check_writable(self) -> None:
        if self._copies is not None:
            raise not_writable(self._folder, PermissionError("only a copy is open"))


@contextmanager
def _damage_reported(folder: Path, *, opening: bool = False) -> Iterator[None]:
    from chromadb.errors import ChromaError

    # A client that could not open a folder is left half made, and says so when it is asked for again.
    half_made = (AttributeError, ValueError) if opening else ()
    try:
        yield
    except (ChromaError, OSError, RuntimeError, *half_made) as error:
        raise _named(folder, error) from error


def _named(folder: Path, error: Exception) -> IndexUnusable:
    """What `error` means to the user. Chroma passes SQLite's errors on as text."""
    text = str(error)
    if any(sign in text for sign in ("disk is full", "No space left", "disk I/O error")):
        return disk_full(folder, error)
    if "readonly database" in text or "unable to open database" in text or "Permission denied" in text:
        return not_writable(folder, error)
    if "database is locked" in text:
        return IndexBusy(f"Another program holds the vector index in {folder} ({error}). Close it, and try again.")
    return IndexDamaged(
        f"The vector index in {folder} cannot be used: {error}. Run `docent verify --repair` to make it anew from the "
        f"stored text."
    )
