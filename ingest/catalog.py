"""The catalog: documents, their text and chunks, and the keyword index, in one SQLite file. The source of truth.

What stands here is visible; what does not is not. Vectors live elsewhere and cannot join a SQLite transaction, so the
catalog keeps a journal of chunk ids whose vectors must not exist: ids handed out but not yet committed, and ids of
chunks already deleted. Whoever opens the index for writing deletes the vectors of the journal's ids first.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from ingest import lexical
from ingest.errors import IndexDamaged, UnknownDocument
from ingest.types import Chunk, DocumentRecord, DocumentState, ParsedDocument, StoredChunk

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, origin TEXT, state TEXT NOT NULL, reason TEXT,
    bytes INTEGER NOT NULL, modified_ns INTEGER NOT NULL, sha256 TEXT, pages INTEGER, added_at TEXT NOT NULL,
    text TEXT  -- of the committed version; NULL until there is one
);
CREATE TABLE IF NOT EXISTS chunks (
    id INTEGER PRIMARY KEY, document_id INTEGER NOT NULL REFERENCES documents(id), ordinal INTEGER NOT NULL,
    text TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, page INTEGER, heading_path TEXT NOT NULL,
    terms INTEGER NOT NULL, UNIQUE (document_id, ordinal)
);
CREATE TABLE IF NOT EXISTS vectors_to_delete (first_id INTEGER PRIMARY KEY, last_id INTEGER NOT NULL);
{lexical.SCHEMA}
"""
_PURGE_DUE = "purge_due"  # meta key: text was deleted and its traces are still in the files
_RECORD = """SELECT name, state, reason, bytes, pages, added_at,
    (SELECT count(*) FROM chunks WHERE document_id = documents.id) FROM documents"""
_CHUNK = """SELECT chunks.id, documents.name, ordinal, chunks.text, start, end, page, heading_path
    FROM chunks JOIN documents ON documents.id = document_id"""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What is known of a file without reading it as a document."""

    name: str  # document name
    bytes: int
    modified_ns: int
    sha256: str | None = None  # None until the file was read
    origin: str | None = None  # the file it was copied from, as an absolute path; None when put here by hand


class Catalog:
    """One SQLite file. Safe to use from several threads: each has its own connection."""

    def __init__(self, path: Path) -> None:
        """Open or create the catalog; raises IndexDamaged when the file is no readable catalog."""
        self._path = path
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self._connected() as connection:
                connection.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            raise IndexDamaged(
                f"The catalog {path} cannot be read: {error}. Run `make rebuild` to build it anew from your files."
            ) from error

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        # A pool and not one connection a thread: answering runs in threads that come and go.
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
            # Deleted text is overwritten, so that nothing of it can be read from the file.
            connection.executescript(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON;"
            )
        try:
            yield connection
        finally:
            self._idle.put(connection)

    def _rows(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[Any]:
        with self._connected() as connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close all connections; nobody may be reading."""
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    def backup(self, target: Path) -> None:
        """Write a consistent copy of the catalog to `target`."""
        with self._connected() as connection, closing(sqlite3.connect(target)) as copy:
            connection.backup(copy)

    # --- meta ---------------------------------------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """A value kept beside the documents, such as the fingerprint; None when it was never set."""
        return next((str(value) for (value,) in self._rows("SELECT value FROM meta WHERE key = ?", [key])), None)

    def set_meta(self, key: str, value: str) -> None:
        """Keep `value` under `key`."""
        self._rows("INSERT OR REPLACE INTO meta VALUES (?, ?)", [key, value])

    # --- reading ------------------------------------------------------------------------------------------------------

    def records(self) -> list[DocumentRecord]:
        """Every document, by name."""
        return [_record(row) for row in self._rows(f"{_RECORD} ORDER BY name")]

    def record(self, name: str) -> DocumentRecord | None:
        """One document; None when there is none of this name."""
        return next((_record(row) for row in self._rows(f"{_RECORD} WHERE name = ?", [name])), None)

    def sources(self) -> dict[str, tuple[SourceFile, DocumentState]]:
        """Every document's source file as it was last seen, and the document's state, by name."""
        rows = self._rows("SELECT name, bytes, modified_ns, sha256, origin, state FROM documents")
        return {row[0]: (SourceFile(*row[:5]), DocumentState(row[5])) for row in rows}

    def text(self, name: str) -> str:
        """The stored text of a document; raises UnknownDocument when no version of it is committed."""
        for (text,) in self._rows("SELECT text FROM documents WHERE name = ? AND text IS NOT NULL", [name]):
            return str(text)
        raise UnknownDocument(f"There is no searchable document named {name!r}. `docent list` shows what there is.")

    def chunks(self, ids: Sequence[int]) -> dict[int, StoredChunk]:
        """The committed chunks among `ids`, by id."""
        rows = self._rows(f"{_CHUNK} WHERE chunks.id IN (SELECT value FROM json_each(?))", [json.dumps(ids)])
        return {row[0]: _stored_chunk(row) for row in rows}

    def chunk_ids(self, documents: Sequence[str] | None = None) -> list[int]:
        """Ids of all committed chunks, or of those in these documents."""
        scope = "" if documents is None else "WHERE documents.name IN (SELECT value FROM json_each(?))"
        sql = f"SELECT chunks.id FROM chunks JOIN documents ON documents.id = document_id {scope} ORDER BY chunks.id"
        return [row[0] for row in self._rows(sql, [] if documents is None else [json.dumps(documents)])]

    def keyword_candidates(
        self, terms: Sequence[str], *, count: int, documents: Sequence[str] | None = None
    ) -> list[int]:
        """Ids of up to `count` chunks that hold any of the terms, best BM25 first."""
        if not terms:
            return []
        scope = ""
        values: list[object] = [lexical.match_expression(terms)]
        if documents is not None:
            scope = """AND rowid IN (SELECT chunks.id FROM chunks JOIN documents ON documents.id = document_id
                       WHERE documents.name IN (SELECT value FROM json_each(?)))"""
            values.append(json.dumps(documents))
        sql = f"SELECT rowid FROM keywords WHERE keywords MATCH ? {scope} ORDER BY bm25(keywords), rowid LIMIT ?"
        return [row[0] for row in self._rows(sql, [*values, count])]

    def keyword_scorer(self, terms: Sequence[str]) -> lexical.KeywordScorer:
        """A scorer for these terms over the whole collection."""
        ((chunks, mean),) = self._rows("SELECT count(*), coalesce(avg(terms), 0) FROM chunks")
        with self._connected() as connection:
            frequencies = lexical.document_frequencies(connection, terms)
        return lexical.KeywordScorer.of(frequencies, chunks=chunks, mean_length=mean)

    def keyword_ids(self) -> set[int]:
        """Every chunk id that the keyword index holds."""
        return {row[0] for row in self._rows("SELECT id FROM keywords_docsize")}

    # --- writing ------------------------------------------------------------------------------------------------------

    def note(self, source: SourceFile, state: DocumentState, reason: str | None = None) -> None:
        """Set the state of a document, adding it when it is new. A committed version stays searchable."""
        with self._transaction() as connection:
            _note(connection, source, state, reason)

    def touch(self, source: SourceFile) -> None:
        """Remember a new time stamp of a file whose content is unchanged."""
        self._rows("UPDATE documents SET modified_ns = ? WHERE name = ?", [source.modified_ns, source.name])

    def rebuild_keywords(self) -> None:
        """Make the keyword index anew from the stored chunks."""
        with self._transaction() as connection:
            connection.execute("INSERT INTO keywords(keywords) VALUES ('delete-all')")
            stored = (_stored_chunk(row) for row in connection.execute(_CHUNK))
            lexical.add_terms(connection, ((chunk.id, chunk.chunk.searchable_text) for chunk in stored))

    def reserve_ids(self, count: int) -> range:
        """Chunk ids never used before, journalled until `commit` or the next `garbage_collected`."""
        with self._transaction() as connection:
            ((first,),) = connection.execute("SELECT coalesce((SELECT value FROM meta WHERE key = 'next_chunk_id'), 1)")
            first = int(first)
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('next_chunk_id', ?)", [str(first + count)])
            if count:
                connection.execute("INSERT INTO vectors_to_delete VALUES (?, ?)", [first, first + count - 1])
        return range(first, first + count)

    def commit(self, source: SourceFile, document: ParsedDocument, chunks: Sequence[Chunk], ids: range) -> None:
        """Make a document's new version visible and its old one invisible, in one transaction.

        `ids` come from `reserve_ids(len(chunks))` and their vectors are already stored.
        """
        rows = [(id_, chunk, chunk.searchable_text) for id_, chunk in zip(ids, chunks, strict=True)]
        with self._transaction() as connection:
            self._delete_chunks(connection, source.name)
            _note(connection, source, DocumentState.READY)
            connection.execute(
                "UPDATE documents SET text = ?, pages = ? WHERE name = ?",
                [document.text, document.page_count, source.name],
            )
            (document_id,) = connection.execute("SELECT id FROM documents WHERE name = ?", [source.name]).fetchone()
            connection.executemany(
                "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (_chunk_row(id_, document_id, chunk, len(lexical.index_terms(text))) for id_, chunk, text in rows),
            )
            lexical.add_terms(connection, ((id_, text) for id_, _, text in rows))
            connection.execute("DELETE FROM vectors_to_delete WHERE first_id = ?", [ids.start])

    def reject(self, source: SourceFile, state: DocumentState, reason: str) -> None:
        """Set a final state without text: the file as it is now has nothing searchable, so its old version goes."""
        with self._transaction() as connection:
            self._delete_chunks(connection, source.name)
            _note(connection, source, state, reason)
            connection.execute("UPDATE documents SET text = NULL, pages = NULL WHERE name = ?", [source.name])

    def remove(self, names: Iterable[str]) -> None:
        """Forget documents wholly; raises UnknownDocument, and removes none, when one is not there."""
        with self._transaction() as connection:
            for name in names:
                self._delete_chunks(connection, name)
                if not connection.execute("DELETE FROM documents WHERE name = ?", [name]).rowcount:
                    raise UnknownDocument(f"There is no document named {name!r}. `docent list` shows what there is.")

    def _delete_chunks(self, connection: sqlite3.Connection, name: str) -> None:
        where = "document_id = (SELECT id FROM documents WHERE name = ?)"
        stored = [_stored_chunk(row) for row in connection.execute(f"{_CHUNK} WHERE documents.name = ?", [name])]
        if not stored:
            return
        lexical.remove_terms(connection, ((chunk.id, chunk.chunk.searchable_text) for chunk in stored))
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, '1')", [_PURGE_DUE])
        connection.execute(f"INSERT INTO vectors_to_delete SELECT min(id), max(id) FROM chunks WHERE {where}", [name])
        connection.execute(f"DELETE FROM chunks WHERE {where}", [name])

    def garbage(self) -> list[range]:
        """Ranges of chunk ids whose vectors must not exist. Only the writer may act on them."""
        rows = self._rows("SELECT first_id, last_id FROM vectors_to_delete ORDER BY first_id")
        return [range(first, last + 1) for first, last in rows]

    def garbage_collected(self, ids: range) -> None:
        """The vectors of this range are gone."""
        self._rows("DELETE FROM vectors_to_delete WHERE first_id = ?", [ids.start])

    def purge(self) -> None:
        """Leave nothing of deleted text in the files; after a deletion this rewrites the keyword index."""
        if self.meta(_PURGE_DUE) is None:
            return
        # Merging rewrites the segments that still hold deleted terms; the checkpoint empties the write-ahead log.
        self._rows("INSERT INTO keywords(keywords) VALUES ('optimize')")
        self._rows("DELETE FROM meta WHERE key = ?", [_PURGE_DUE])
        self._rows("PRAGMA wal_checkpoint(TRUNCATE)")


def _note(connection: sqlite3.Connection, source: SourceFile, state: DocumentState, reason: str | None = None) -> None:
    connection.execute(
        """INSERT INTO documents(name, origin, state, reason, bytes, modified_ns, sha256, added_at)
           VALUES (:name, :origin, :state, :reason, :bytes, :modified_ns, :sha256, :now)
           ON CONFLICT(name) DO UPDATE SET origin = coalesce(:origin, origin), state = :state, reason = :reason,
               bytes = :bytes, modified_ns = :modified_ns, sha256 = coalesce(:sha256, sha256)""",
        {**_columns(source), "state": state, "reason": reason, "now": _now()},
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _columns(source: SourceFile) -> dict[str, object]:
    return {
        "name": source.name,
        "origin": source.origin,
        "bytes": source.bytes,
        "modified_ns": source.modified_ns,
        "sha256": source.sha256,
    }


def _record(row: tuple[str, str, str | None, int, int | None, str, int]) -> DocumentRecord:
    name, state, reason, size, pages, added_at, chunks = row
    return DocumentRecord(name, DocumentState(state), reason, size, pages, chunks, added_at)


def _stored_chunk(row: tuple[int, str, int, str, int, int, int | None, str]) -> StoredChunk:
    id_, document, ordinal, text, start, end, page, heading_path = row
    return StoredChunk(id_, document, Chunk(ordinal, text, start, end, page, tuple(json.loads(heading_path))))


def _chunk_row(id_: int, document_id: int, chunk: Chunk, terms: int) -> tuple[object, ...]:
    path = json.dumps(chunk.heading_path, ensure_ascii=False)
    return (id_, document_id, chunk.ordinal, chunk.text, chunk.start, chunk.end, chunk.page, path, terms)
