"""The catalog: documents, their text and chunks, and the keyword index, in one SQLite file. The source of truth.

What stands here is visible; what does not is not. A document keeps its committed version, searchable, while its state
says how far the next one is; only `commit` and `reject` change what is known of its file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest import journal, lexical, lexicon, schema, trouble
from ingest.database import Database
from ingest.derived import DerivedTexts
from ingest.errors import UnknownDocument
from ingest.findable import check_keywords
from ingest.journal import Journal
from ingest.rows import chunk_row, pack_layout, record_of, stored_chunk_of, unpack_layout
from ingest.statements import CHUNK, PURGE_DUE, columns, delete_text, queue, settle
from ingest.types import Chunk, DocumentRecord, DocumentState, ParsedDocument, StoredChunk

# What repeats another is said when it is asked for: the other may be gone by then.
_RECORD = """SELECT name, state, reason, bytes, pages, added_at,
    (SELECT count(*) FROM chunks WHERE document_id = documents.id),
    (SELECT min(name) FROM documents AS first WHERE first.sha256 = documents.sha256 AND first.id < documents.id
        AND first.state = 'ready' AND documents.state = 'ready') FROM documents"""
_SOURCE = "name, bytes, modified_ns, sha256, origin"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What is known of a file without reading it as a document."""

    name: str  # document name
    bytes: int
    modified_ns: int
    sha256: str | None = None  # None until the file was read
    origin: str | None = None  # the file it was copied from, as an absolute path; None when put here by hand


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """A document as another generation takes it over."""

    source: SourceFile
    state: DocumentState
    reason: str | None
    added_at: str
    is_searchable: bool  # a version of it is committed


class Catalog:
    """One SQLite file. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Open or create the catalog; raises IndexUnusable when that cannot be done."""
        with trouble.named(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        self._database = Database(path, prepare=schema.prepare)
        self.journal = Journal(self._database)
        self.derived = DerivedTexts(self._database)

    def close(self) -> None:
        """Let go of the file; nobody may be reading."""
        self._database.close()

    # --- meta ---------------------------------------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """A value kept beside the documents, such as the fingerprint; None when it was never set."""
        rows = self._database.rows("SELECT value FROM meta WHERE key = ?", [key])
        return str(rows[0][0]) if rows else None

    def set_meta(self, key: str, value: str) -> None:
        """Keep `value` under `key`."""
        self._database.rows("INSERT OR REPLACE INTO meta VALUES (?, ?)", [key, value])

    # --- reading ------------------------------------------------------------------------------------------------------

    def records(self) -> list[DocumentRecord]:
        """Every document, by name."""
        return [record_of(row) for row in self._database.rows(f"{_RECORD} ORDER BY name")]

    def record(self, name: str) -> DocumentRecord | None:
        """One document; None when there is none of this name."""
        return next((record_of(row) for row in self._database.rows(f"{_RECORD} WHERE name = ?", [name])), None)

    def sources(self) -> dict[str, tuple[SourceFile, DocumentState]]:
        """Every document's source file as its version was made from it, and the document's state, by name."""
        rows = self._database.rows(f"SELECT {_SOURCE}, state FROM documents")
        return {row[0]: (SourceFile(*row[:5]), DocumentState(row[5])) for row in rows}

    def facts(self) -> list[DocumentFacts]:
        """What is known of every document but its text, by name."""
        sql = f"SELECT {_SOURCE}, state, reason, added_at, text IS NOT NULL FROM documents ORDER BY name"
        return [
            DocumentFacts(SourceFile(*source), DocumentState(state), reason, added_at, bool(searchable))
            for *source, state, reason, added_at, searchable in self._database.rows(sql)
        ]

    def parsed(self, name: str) -> ParsedDocument | None:
        """The committed version of a document as its parser read it; None where that was not kept."""
        sql = "SELECT text, layout, pages FROM documents WHERE name = ? AND text IS NOT NULL AND layout IS NOT NULL"
        return next((unpack_layout(*row) for row in self._database.rows(sql, [name])), None)

    def draft(self, name: str, sha256: str, *, parser: str) -> ParsedDocument | None:
        """What this parser once read from a file of this content for this document, if that was kept."""
        rows = self._database.rows(
            """SELECT drafts.text, drafts.layout, drafts.pages FROM drafts JOIN documents ON documents.id = document_id
               WHERE name = ? AND drafts.sha256 = ? AND parser = ?""",
            [name, sha256, parser],
        )
        return next((unpack_layout(*row) for row in rows), None)

    def text(self, name: str) -> str:
        """The stored text of a document; raises UnknownDocument when no version of it is committed."""
        for (text,) in self._database.rows("SELECT text FROM documents WHERE name = ? AND text IS NOT NULL", [name]):
            return str(text)
        raise UnknownDocument(f"There is no searchable document named {name!r}. `docent list` shows what there is.")

    def first_named(self, sha256: str) -> str | None:
        """The oldest searchable document with this content."""
        sql = "SELECT name FROM documents WHERE sha256 = ? AND state = 'ready' ORDER BY id LIMIT 1"
        return next((str(name) for (name,) in self._database.rows(sql, [sha256])), None)

    def chunks(self, ids: Sequence[int]) -> dict[int, StoredChunk]:
        """The committed chunks among `ids`, by id."""
        rows = self._database.rows(f"{CHUNK} WHERE chunks.id IN (SELECT value FROM json_each(?))", [json.dumps(ids)])
        return {row[0]: stored_chunk_of(row) for row in rows}

    def has_chunks(self) -> bool:
        """Whether anything is searchable."""
        return bool(self._database.rows("SELECT 1 FROM chunks LIMIT 1"))

    def chunk_ids(self, documents: Sequence[str] | None = None) -> list[int]:
        """Ids of all committed chunks, or of those in these documents."""
        scope = "" if documents is None else "WHERE documents.name IN (SELECT value FROM json_each(?))"
        sql = f"SELECT chunks.id FROM chunks JOIN documents ON documents.id = document_id {scope} ORDER BY chunks.id"
        return [row[0] for row in self._database.rows(sql, [] if documents is None else [json.dumps(documents)])]

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
        return [row[0] for row in self._database.rows(sql, [*values, count])]

    def keyword_scorer(self, question: str) -> lexical.BilingualScorer:
        """A scorer for a question over the whole collection."""
        terms = lexical.query_terms(question)
        translations = lexicon.load().translations(terms)
        others = {other for found in translations.values() for other in found}
        with self._database.connected() as connection:
            ((chunks, mean),) = connection.execute("SELECT count(*), coalesce(avg(terms), 0) FROM chunks")
            frequencies = lexical.document_frequencies(connection, [*terms, *others])
        own = lexical.KeywordScorer.of({t: frequencies[t] for t in terms}, chunks=chunks, mean_length=mean)
        across = lexical.KeywordScorer.across(frequencies, translations, terms=terms, chunks=chunks, mean_length=mean)
        return lexical.BilingualScorer(lexical.script_of(question), own, across)

    def keyword_ids(self) -> set[int]:
        """Every chunk id that the keyword index holds."""
        return {row[0] for row in self._database.rows("SELECT id FROM keywords_docsize")}

    # --- a document on its way in -------------------------------------------------------------------------------------

    def queue(self, sources: Iterable[SourceFile]) -> None:
        """Let documents wait for their turn, adding those that are new. A committed version stays as it is."""
        with self._database.transaction() as connection:
            queue(connection, sources)

    def enter(self, names: Sequence[str], state: DocumentState, reason: str | None = None) -> None:
        """Say where documents are; a state that the power takes away is made again at the next start."""
        with self._database.transaction(durable=state.is_final) as connection:
            connection.executemany(
                "UPDATE documents SET state = ?, reason = ? WHERE name = ?", [(state, reason, name) for name in names]
            )

    def requeue(self) -> None:
        """Let every document that is on its way wait for its turn again."""
        on_the_way = (DocumentState.PARSING, DocumentState.SPLITTING, DocumentState.EMBEDDING)
        self._database.rows(
            "UPDATE documents SET state = ? WHERE state IN (?, ?, ?)", [DocumentState.QUEUED, *on_the_way]
        )

    def keep_draft(self, source: SourceFile, document: ParsedDocument, *, parser: str) -> None:
        """Keep what was read of a version that is not committed yet."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO drafts SELECT id, ?, ?, ?, ?, ? FROM documents WHERE name = ?",
                [source.sha256, parser, document.text, pack_layout(document), document.page_count, source.name],
            )

    def commit(self, source: SourceFile, document: ParsedDocument, chunks: Sequence[Chunk], ids: range) -> None:
        """Make a document's new version visible and its old one invisible, in one transaction.

        `ids` come from the journal and their vectors are already stored. Raises DocumentError, and changes nothing,
        when the keyword index does not find the new version.
        """
        rows = [(id_, chunk, chunk.searchable_text) for id_, chunk in zip(ids, chunks, strict=True)]
        with self._database.transaction() as connection:
            document_id = settle(connection, source, DocumentState.READY, " ".join(document.notices) or None)
            connection.execute(
                "UPDATE documents SET text = ?, layout = ?, pages = ? WHERE id = ?",
                [document.text, pack_layout(document), document.page_count, document_id],
            )
            connection.execute("DELETE FROM drafts WHERE document_id = ?", [document_id])
            connection.executemany(
                "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (chunk_row(id_, document_id, chunk, len(lexical.index_terms(text))) for id_, chunk, text in rows),
            )
            lexical.add_terms(connection, ((id_, text) for id_, _, text in rows))
            journal.strike_out(connection, ids)
            for id_, _, text in rows[:1]:
                check_keywords(connection, id_, text)

    def reject(self, source: SourceFile, state: DocumentState, reason: str) -> None:
        """Set a final state without text: the file as it is now has nothing searchable, so its old version goes.

        What was read of this very content stays as its draft.
        """
        with self._database.transaction() as connection:
            document_id = settle(connection, source, state, reason)
            connection.execute(
                "UPDATE documents SET text = NULL, layout = NULL, pages = NULL WHERE id = ?", [document_id]
            )

    # --- other changes ------------------------------------------------------------------------------------------------

    def touch(self, sources: Sequence[SourceFile]) -> None:
        """Remember new time stamps of files whose content is unchanged."""
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE documents SET modified_ns = ? WHERE name = ?", [(s.modified_ns, s.name) for s in sources]
            )

    def rename(self, files: Mapping[str, SourceFile]) -> None:
        """Give documents, by their old names, the names, time stamps and origins of these files."""
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE documents SET name = :name, modified_ns = :modified_ns, origin = :origin WHERE name = :old",
                [{**columns(new), "old": old} for old, new in files.items()],
            )

    def adopt(self, documents: Iterable[DocumentFacts]) -> None:
        """Take over what another generation knows of documents, all but their text."""
        with self._database.transaction() as connection:
            for facts in documents:
                connection.execute(
                    """INSERT INTO documents (name, origin, state, reason, bytes, modified_ns, sha256, added_at)
                       VALUES (:name, :origin, :state, :reason, :bytes, :modified_ns, :sha256, :added_at)""",
                    {
                        **columns(facts.source),
                        "state": facts.state,
                        "reason": facts.reason,
                        "added_at": facts.added_at,
                    },
                )

    def remove(self, names: Iterable[str]) -> None:
        """Forget documents wholly; raises UnknownDocument, and removes none, when one is not there."""
        with self._database.transaction() as connection:
            for name in names:
                found = connection.execute("SELECT id FROM documents WHERE name = ?", [name]).fetchone()
                if found is None:
                    raise UnknownDocument(f"There is no document named {name!r}. `docent list` shows what there is.")
                delete_text(connection, found[0])
                connection.execute("DELETE FROM documents WHERE id = ?", found)

    def check(self) -> None:
        """Read all of the file; raises IndexDamaged when SQLite finds anything wrong with it."""
        self._database.check()

    def rebuild_keywords(self) -> None:
        """Make the keyword index anew from the stored chunks."""
        with self._database.transaction() as connection:
            connection.execute("INSERT INTO keywords(keywords) VALUES ('delete-all')")
            stored = (stored_chunk_of(row) for row in connection.execute(CHUNK))
            lexical.add_terms(connection, ((chunk.id, chunk.chunk.searchable_text) for chunk in stored))

    def purge(self) -> None:
        """Leave nothing of deleted text in the files; after a deletion this rewrites the keyword index."""
        if self.meta(PURGE_DUE) is None:
            return
        # Merging rewrites the segments that still hold deleted terms; the checkpoint empties the write-ahead log.
        self._database.rows("INSERT INTO keywords(keywords) VALUES ('optimize')")
        ((is_blocked, _, _),) = self._database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        if not is_blocked:  # by a reader: then the log still holds the text, and the next purge tries again
            self._database.rows("DELETE FROM meta WHERE key = ?", [PURGE_DUE])
