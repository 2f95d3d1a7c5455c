"""The catalog's tables. Knows how they look today and how to bring older ones there; knows no document."""

from __future__ import annotations

import sqlite3

from ingest import derived, lexical
from ingest.errors import IndexMismatch

VERSION = 3  # kept in the file as user_version; files from before there was a number say 0

_TABLES = f"""
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, origin TEXT, state TEXT NOT NULL, reason TEXT,
    bytes INTEGER NOT NULL, modified_ns INTEGER NOT NULL, sha256 TEXT, pages INTEGER, added_at TEXT NOT NULL,
    text TEXT,   -- of the committed version; NULL until there is one
    layout BLOB  -- its elements and notices, see ingest.rows; NULL in documents from before they were kept
);
CREATE INDEX IF NOT EXISTS documents_by_sha256 ON documents (sha256);
CREATE TABLE IF NOT EXISTS chunks (
    id INTEGER PRIMARY KEY, document_id INTEGER NOT NULL REFERENCES documents(id), ordinal INTEGER NOT NULL,
    text TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, page INTEGER, heading_path TEXT NOT NULL,
    terms INTEGER NOT NULL, UNIQUE (document_id, ordinal)
);
-- Each search takes their mean: of 100,000 in 4 ms, and without this index, with all texts to pass over, in 22.
CREATE INDEX IF NOT EXISTS chunks_by_terms ON chunks (terms);
CREATE TABLE IF NOT EXISTS vectors_to_delete (first_id INTEGER PRIMARY KEY, last_id INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS drafts (  -- versions that were parsed and not committed: a retry goes on from here
    document_id INTEGER PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE, sha256 TEXT NOT NULL,
    parser TEXT NOT NULL, text TEXT NOT NULL, layout BLOB NOT NULL, pages INTEGER
);
{lexical.SCHEMA.strip()}
{derived.SCHEMA.strip()}
"""


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables, or change those of an older Docent; raises IndexMismatch for those of a newer one."""
    if _version(connection) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    found = _version(connection)  # again, now that nobody else can change it
    if found > VERSION:
        raise IndexMismatch(
            f"The catalog was made by a newer Docent (its version is {found}, this Docent knows {VERSION}). "
            f"Update Docent, or run `docent rebuild` to build the index anew from your files."
        )
    if found < VERSION and _is_from_before_layouts(connection):
        connection.execute("ALTER TABLE documents ADD COLUMN layout BLOB")
    for statement in _TABLES.split(";\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version={VERSION}")
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _is_from_before_layouts(connection: sqlite3.Connection) -> bool:
    columns = [row[1] for row in connection.execute("PRAGMA table_info(documents)")]
    return bool(columns) and "layout" not in columns
