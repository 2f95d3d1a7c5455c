"""Texts that a chat model wrote about chunks, so that they are found by other words too. Knows rows; knows no vector.

Each has an id out of the same numbers as the chunks, under which its vector is stored. It points at its chunk, is never
shown, and goes when its chunk goes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.database import Database
from ingest.journal import condemn_kind, strike_out
from ingest.rows import stored_chunk_of
from ingest.statements import CHUNK, purge_is_due
from ingest.types import DerivedKind, StoredChunk

MOST_TEXTS = 3  # of one kind about one chunk

SCHEMA = """
CREATE TABLE IF NOT EXISTS derived (  -- see ingest.derived; ids of one chunk and kind follow each other
    id INTEGER PRIMARY KEY, chunk_id INTEGER NOT NULL REFERENCES chunks(id) ON DELETE CASCADE, kind TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS derived_by_chunk ON derived (chunk_id, kind);
"""


@dataclass(frozen=True, slots=True)
class Derived:
    """What was written of one kind about one chunk."""

    chunk_id: int
    kind: DerivedKind
    texts: Sequence[str]  # 1 to MOST_TEXTS


class DerivedTexts:
    """The derived texts of one catalog."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lacking(self, kind: DerivedKind, *, after: int, count: int) -> list[StoredChunk]:
        """Up to `count` chunks with ids beyond `after` about which nothing of this kind is written, by id."""
        sql = f"""{CHUNK} WHERE chunks.id > ? AND NOT EXISTS
            (SELECT 1 FROM derived WHERE chunk_id = chunks.id AND kind = ?) ORDER BY chunks.id LIMIT ?"""
        return [stored_chunk_of(row) for row in self._database.rows(sql, [after, kind, count])]

    def add(self, written: Sequence[Derived], ids: Sequence[range]) -> None:
        """Let texts point at their chunks, but for chunks that are gone. `ids` come from the journal, a range for each
        of `written`, and their vectors are already stored."""
        with self._database.transaction() as connection:
            for derived, own in zip(written, ids, strict=True):
                if connection.execute("SELECT 1 FROM chunks WHERE id = ?", [derived.chunk_id]).fetchone():
                    rows = zip(own, derived.texts, strict=True)
                    connection.executemany(
                        "INSERT INTO derived VALUES (?, ?, ?, ?)",
                        [(id_, derived.chunk_id, derived.kind, text) for id_, text in rows],
                    )
                    strike_out(connection, own)

    def remove(self, kind: DerivedKind) -> int:
        """Delete all of one kind, and return about how many chunks they were; the journal keeps whose vectors go."""
        with self._database.transaction() as connection:
            condemn_kind(connection, kind)
            sql = "SELECT count(DISTINCT chunk_id) FROM derived WHERE kind = ?"
            (count,) = connection.execute(sql, [kind]).fetchone()
            if connection.execute("DELETE FROM derived WHERE kind = ?", [kind]).rowcount:
                purge_is_due(connection)
        return int(count)

    def exist(self) -> bool:
        """Whether there are any."""
        return bool(self._database.rows("SELECT 1 FROM derived LIMIT 1"))

    def ids(self) -> set[int]:
        """All of them."""
        return {id_ for (id_,) in self._database.rows("SELECT id FROM derived")}

    def chunks_of(self, ids: Sequence[int]) -> dict[int, int]:
        """The chunks that those among `ids` point at which are derived texts."""
        sql = "SELECT id, chunk_id FROM derived WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self._database.rows(sql, [json.dumps(ids)]))

    def pointing_at(self, chunk_ids: Sequence[int]) -> dict[int, int]:
        """The derived texts that point at these chunks: their ids, and the chunk of each."""
        sql = "SELECT id, chunk_id FROM derived WHERE chunk_id IN (SELECT value FROM json_each(?))"
        return dict(self._database.rows(sql, [json.dumps(chunk_ids)]))

    def by_chunk(self, chunk_ids: Sequence[int]) -> Mapping[tuple[int, DerivedKind], list[str]]:
        """What is written about these chunks, by chunk and kind."""
        sql = "SELECT chunk_id, kind, text FROM derived WHERE chunk_id IN (SELECT value FROM json_each(?)) ORDER BY id"
        found: dict[tuple[int, DerivedKind], list[str]] = {}
        for chunk_id, kind, text in self._database.rows(sql, [json.dumps(chunk_ids)]):
            found.setdefault((chunk_id, DerivedKind(kind)), []).append(text)
        return found
