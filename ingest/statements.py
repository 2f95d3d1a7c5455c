"""The statements that change a document, inside the caller's transaction. Knows the catalog's tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ingest import journal, lexical
from ingest.rows import stored_chunk_of
from ingest.types import DocumentState

if TYPE_CHECKING:
    from ingest.catalog import SourceFile

PURGE_DUE = "purge_due"  # meta key: text was deleted and its traces are still in the files
CHUNK = """SELECT chunks.id, documents.name, ordinal, chunks.text, start, end, page, heading_path
    FROM chunks JOIN documents ON documents.id = document_id"""


def queue(connection: sqlite3.Connection, sources: Iterable[SourceFile]) -> None:
    """Let documents wait for their turn, adding those that are new."""
    connection.executemany(
        """INSERT INTO documents (name, origin, state, bytes, modified_ns, sha256, added_at)
           VALUES (:name, :origin, :state, :bytes, :modified_ns, :sha256, :now)
           ON CONFLICT (name) DO UPDATE SET state = :state, reason = NULL, origin = coalesce(:origin, origin)""",
        ({**columns(source), "state": DocumentState.QUEUED, "now": _now()} for source in sources),
    )


def settle(connection: sqlite3.Connection, source: SourceFile, state: DocumentState, reason: str | None) -> int:
    """Set what is known of a document's file, delete its chunks, and return its id."""
    (document_id,) = connection.execute(
        """INSERT INTO documents (name, origin, state, reason, bytes, modified_ns, sha256, added_at)
           VALUES (:name, :origin, :state, :reason, :bytes, :modified_ns, :sha256, :now)
           ON CONFLICT (name) DO UPDATE SET origin = coalesce(:origin, origin), state = :state, reason = :reason,
               bytes = :bytes, modified_ns = :modified_ns, sha256 = :sha256 RETURNING id""",
        {**columns(source), "state": state, "reason": reason, "now": _now()},
    ).fetchone()
    delete_text(connection, document_id, but_draft_of=source.sha256)
    return int(document_id)


def delete_text(connection: sqlite3.Connection, document_id: int, *, but_draft_of: str | None = None) -> None:
    """Delete a document's chunks and its draft, unless that is of this content. Its vectors are journalled."""
    sql = "DELETE FROM drafts WHERE document_id = ? AND sha256 IS NOT ?"
    if connection.execute(sql, [document_id, but_draft_of]).rowcount:
        purge_is_due(connection)
    rows = connection.execute(f"{CHUNK} WHERE documents.id = ?", [document_id])
    stored = [stored_chunk_of(row) for row in rows]
    if not stored:
        return
    lexical.remove_terms(connection, ((chunk.id, chunk.chunk.searchable_text) for chunk in stored))
    purge_is_due(connection)
    journal.condemn(connection, document_id)
    connection.execute("DELETE FROM chunks WHERE document_id = ?", [document_id])


def purge_is_due(connection: sqlite3.Connection) -> None:
    """Text was deleted: the next purge takes its traces out of the files."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, '1')", [PURGE_DUE])


def columns(source: SourceFile) -> dict[str, object]:
    """Values by column name."""
    return {
        "name": source.name,
        "origin": source.origin,
        "bytes": source.bytes,
        "modified_ns": source.modified_ns,
        "sha256": source.sha256,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
