"""The ids of chunks whose vectors must not exist. Knows ranges of ids; knows no vector.

Vectors cannot join a SQLite transaction. So ids are written down here before their vectors are made and struck out by
the commit that makes them visible, and the ids of deleted chunks are written down by the transaction that deletes
them. Whoever opens the index for writing deletes the vectors of what stands here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ingest.database import Database

_NEXT_ID = "next_chunk_id"  # meta key


class Journal:
    """The journal of one catalog."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def reserve(self, counts: Sequence[int]) -> list[range]:
        """For each count a range of ids never used before, journalled until it is committed or collected."""
        ranges = []
        with self._database.transaction() as connection:
            ((stored,),) = connection.execute("SELECT coalesce((SELECT value FROM meta WHERE key = ?), 1)", [_NEXT_ID])
            first = int(stored)
            for count in counts:
                ranges.append(range(first, first + count))
                first += count
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [_NEXT_ID, str(first)])
            connection.executemany(
                "INSERT INTO vectors_to_delete VALUES (?, ?)", [(ids.start, ids.stop - 1) for ids in ranges if ids]
            )
        return ranges

    def garbage(self) -> list[range]:
        """Ranges of ids whose vectors must not exist. Only the writer may act on them."""
        rows = self._database.rows("SELECT first_id, last_id FROM vectors_to_delete ORDER BY first_id")
        return [range(first, last + 1) for first, last in rows]

    def collected(self, garbage: Sequence[range]) -> None:
        """The vectors of these ranges are gone."""
        with self._database.transaction() as connection:
            connection.executemany(
                "DELETE FROM vectors_to_delete WHERE first_id = ?", [(ids.start,) for ids in garbage]
            )


def strike_out(connection: sqlite3.Connection, ids: range) -> None:
    """The vectors of `ids` are to stay, if the caller's transaction commits."""
    connection.execute("DELETE FROM vectors_to_delete WHERE first_id = ?", [ids.start])


def condemn(connection: sqlite3.Connection, document_id: int) -> None:
    """The vectors of a document's chunks and of the texts about them are to go, if the caller's transaction commits."""
    connection.execute(
        "INSERT INTO vectors_to_delete SELECT min(id), max(id) FROM chunks WHERE document_id = ?", [document_id]
    )
    connection.execute(
        """INSERT INTO vectors_to_delete SELECT min(id), max(id) FROM derived
           WHERE chunk_id IN (SELECT id FROM chunks WHERE document_id = ?) GROUP BY chunk_id, kind""",
        [document_id],
    )


def condemn_kind(connection: sqlite3.Connection, kind: str) -> None:
    """The vectors of all derived texts of this kind are to go, if the caller's transaction commits."""
    connection.execute(
        "INSERT INTO vectors_to_delete SELECT min(id), max(id) FROM derived WHERE kind = ? GROUP BY chunk_id", [kind]
    )
