"""The users' own words for documents, kept beside the index: building that anew leaves them as they are."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from ingest.database import Database
from ingest.file_names import shown_name

MOST_CHARACTERS = 40  # of one tag


def clean_tag(typed: str) -> str:
    """What was typed as a tag: one line, no spare spaces, no longer than fits on a chip; empty when it is none."""
    return shown_name(" ".join(typed.split()))[:MOST_CHARACTERS].rstrip()


class Tags:
    """The tags of one collection's documents. Safe to use from any thread."""

    def __init__(self, path: Path) -> None:
        """Nothing is opened until tags are asked for."""
        self._path = path
        self._lock = threading.Lock()

    def all(self) -> Mapping[str, tuple[str, ...]]:
        """Every tagged document's tags, by name, each in alphabetical order. Cheap."""
        return dict(self._tags)

    def add(self, names: Sequence[str], tag: str) -> None:
        """Tag documents, once."""
        self._change("INSERT OR IGNORE INTO tags VALUES (?, ?)", [(name, tag) for name in names])

    def drop(self, names: Sequence[str], tag: str) -> None:
        """Take a tag off documents."""
        self._change("DELETE FROM tags WHERE document = ? AND tag = ?", [(name, tag) for name in names])

    def forget(self, names: Collection[str]) -> None:
        """Delete all tags of documents, as when they are removed."""
        if not self._tags.keys().isdisjoint(names):
            self._change("DELETE FROM tags WHERE document = ?", [(name,) for name in names])

    def rename(self, names: Mapping[str, str]) -> None:
        """Give the tags of documents, by their old names, to their new names."""
        if not self._tags.keys().isdisjoint(names):
            self._change(
                "UPDATE OR REPLACE tags SET document = ? WHERE document = ?", [(n, o) for o, n in names.items()]
            )

    def close(self) -> None:
        """Let go of the file."""
        if "_database" in self.__dict__:
            self._database.close()

    @cached_property
    def _database(self) -> Database:
        return Database(self._path, prepare=_prepare)

    @cached_property
    def _tags(self) -> dict[str, tuple[str, ...]]:
        return self._read()

    def _read(self) -> dict[str, tuple[str, ...]]:
        tags: dict[str, tuple[str, ...]] = {}
        for document, tag in self._database.rows("SELECT document, tag FROM tags ORDER BY document, tag"):
            tags[document] = (*tags.get(document, ()), tag)
        return tags

    def _change(self, sql: str, rows: Sequence[tuple[str, ...]]) -> None:
        with self._lock:
            with self._database.transaction() as connection:
                connection.executemany(sql, rows)
            self._tags = self._read()


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS tags (document TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (document, tag))"
    )
