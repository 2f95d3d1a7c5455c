"""The tables of conversations and what their rows mean. Knows SQL and values; knows no owner and no rule."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from app.conversations.kept import Asked, KeptExchange, pack_answer, places, unpack_answer, unpack_feedback
from app.types import Answer
from ingest.errors import IndexMismatch

VERSION = 1  # kept in the file as user_version

_TABLES = """
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, updated_at TEXT NOT NULL
);
CREATE INDEX conversations_by_owner ON conversations (owner, updated_at);
CREATE TABLE exchanges (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE, asked_at TEXT NOT NULL,
    collection TEXT NOT NULL, question TEXT NOT NULL, model TEXT NOT NULL, scope TEXT NOT NULL,
    answer TEXT,   -- JSON; NULL where there is none
    said TEXT,     -- its words, to search in
    problem TEXT,  -- why there is no answer
    verdict TEXT, feedback TEXT
);
CREATE INDEX exchanges_by_conversation ON exchanges (conversation_id);
CREATE TABLE mentions (  -- the documents whose text an exchange holds
    exchange_id INTEGER NOT NULL REFERENCES exchanges(id) ON DELETE CASCADE, document TEXT NOT NULL,
    PRIMARY KEY (document, exchange_id)
) WITHOUT ROWID;
CREATE INDEX mentions_by_exchange ON mentions (exchange_id);
"""
EXCHANGE = """SELECT exchanges.id, question, collection, model, scope, asked_at, answer, problem, feedback,
    conversation_id FROM exchanges JOIN conversations ON conversations.id = conversation_id"""


def prepare(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    ((found,),) = connection.execute("PRAGMA user_version")
    if found > VERSION:
        raise IndexMismatch(
            f"The conversations were kept by a newer Docent (its version is {found}, this one knows {VERSION}). "
            f"Update Docent, or move the file away to begin anew."
        )
    if found < VERSION:
        for statement in _TABLES.split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={VERSION}")
    connection.execute("COMMIT")


def write_answer(connection: sqlite3.Connection, exchange: int, answer: Answer) -> None:
    changed = connection.execute(
        "UPDATE exchanges SET answer = ?, said = ? WHERE id = ?",
        [pack_answer(answer), "".join(s.separator + s.text for s in answer.sentences), exchange],
    ).rowcount
    if changed:
        connection.execute("DELETE FROM mentions WHERE exchange_id = ?", [exchange])
        names = {place.document for place in places(answer)}
        connection.executemany(
            "INSERT INTO mentions (exchange_id, document) VALUES (?, ?)", [(exchange, n) for n in names]
        )


def exchange_of(row: Sequence[Any]) -> KeptExchange:
    id_, question, collection, model, scope, asked_at, answer, problem, feedback, _ = row
    return KeptExchange(
        id_,
        Asked(question, collection, model, tuple(json.loads(scope))),
        asked_at,
        None if answer is None else unpack_answer(answer),
        problem,
        None if feedback is None else unpack_feedback(feedback),
    )
