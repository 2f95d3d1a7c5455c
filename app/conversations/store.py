"""Conversations on disk: kept as they happen, listed, searched, rated, and rid of the text of documents that go.

One SQLite file beside the documents. Every conversation has an owner, a secret of one browser; where conversations are
shared, everybody is shown all of them. A conversation that is not one's own is as good as not there.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import Lock

from app.conversations.forgetting import forget
from app.conversations.kept import Asked, Feedback, KeptExchange, Verdict, pack_feedback
from app.conversations.renaming import rename
from app.conversations.rows import EXCHANGE, exchange_of, prepare, write_answer
from app.types import Answer
from ingest.database import Database
from ingest.errors import DocentError, IndexDamaged

FILE = "conversations.sqlite3"  # in the data directory
TITLE_CHARACTERS = 80
LISTED = 500  # conversations at once, newest first; older ones are found by searching


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """One conversation as a list shows it."""

    id: str
    title: str
    updated_at: str  # ISO 8601, UTC


@dataclass(frozen=True, slots=True)
class RatedExchange:
    """An exchange with a verdict, and the conversation it is part of."""

    conversation: str
    exchange: KeptExchange


class Conversations:
    """All conversations of one data directory. Nothing is opened before the first use. Safe to call from any thread."""

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        self._path = path
        self._shared = shared
        self._opening = Lock()

    def close(self) -> None:
        """Let go of the file."""
        with self._opening:
            if "_opened" in self.__dict__:
                self._opened.close()
                del self._opened

    @property
    def _database(self) -> Database:
        with self._opening:
            return self._opened

    @cached_property
    def _opened(self) -> Database:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return Database(self._path, prepare=prepare)
        except IndexDamaged as error:
            raise DocentError(
                f"The conversations in {self._path} cannot be read. Move the file away, and Docent begins a new one."
            ) from error

    # --- as it happens ------------------------------------------------------------------------------------------------

    def begin(
        self, owner: str, conversation: str | None, asked: Asked, *, instead_of: int | None = None
    ) -> tuple[str, int]:
        """Keep a question, in a new conversation where none is given or it is gone; returns conversation and exchange.

        `instead_of`: the exchange of the conversation that this one replaces.
        """
        now = _now()
        with self._database.transaction(durable=False) as connection:
            if conversation is None or not self._touch(connection, owner, conversation, now):
                conversation = secrets.token_hex(16)
                values = [conversation, owner, title_of(asked.question), now]
                connection.execute("INSERT INTO conversations VALUES (?, ?, ?, ?)", values)
            connection.execute("DELETE FROM exchanges WHERE id = ? AND conversation_id = ?", [instead_of, conversation])
            cursor = connection.execute(
                """INSERT INTO exchanges (conversation_id, asked_at, collection, question, model, scope)
                   VALUES (?, ?, ?, ?, ?, ?)""",
                [conversation, now, asked.collection, asked.question, asked.model, json.dumps(asked.scope)],
            )
            return conversation, int(cursor.lastrowid or 0)

    def finish(
        self, exchange: int, *, answer: Answer | None, problem: str | None = None, instead_of: int | None = None
    ) -> None:
        """Keep what became of a question; a no-op when its conversation was deleted meanwhile."""
        with self._database.transaction(durable=False) as connection:
            connection.execute("UPDATE exchanges SET problem = ? WHERE id = ?", [problem, exchange])
            if answer is not None:
                write_answer(connection, exchange, answer)
            connection.execute("DELETE FROM exchanges WHERE id = ?", [instead_of])

    def _touch(self, connection: sqlite3.Connection, owner: str, conversation: str, now: str) -> bool:
        sql = "UPDATE conversations SET updated_at = ? WHERE id = ? AND (? OR owner = ?)"
        return bool(connection.execute(sql, [now, conversation, self._shared, owner]).rowcount)

    # --- reading ------------------------------------------------------------------------------------------------------

    def listed(self, owner: str, query: str = "") -> list[ConversationRecord]:
        """The conversations of `owner`, newest first, in whose title, questions or answers each word of `query` is."""
        rows = self._database.rows(
            r"""SELECT id, title, updated_at FROM conversations
                WHERE (:shared OR owner = :owner) AND NOT EXISTS (
                    SELECT 1 FROM json_each(:words) AS word
                    WHERE title NOT LIKE word.value ESCAPE '\' AND NOT EXISTS (
                        SELECT 1 FROM exchanges WHERE conversation_id = conversations.id
                        AND (question LIKE word.value ESCAPE '\' OR said LIKE word.value ESCAPE '\')))
                ORDER BY updated_at DESC, rowid DESC LIMIT :count""",
            {"shared": self._shared, "owner": owner, "words": json.dumps(_patterns(query)), "count": LISTED},
        )
        return [ConversationRecord(*row) for row in rows]

    def title(self, owner: str, conversation: str) -> str:
        """The title of a conversation; raises DocentError when it is not there."""
        sql = "SELECT title FROM conversations WHERE id = ? AND (? OR owner = ?)"
        for (title,) in self._database.rows(sql, [conversation, self._shared, owner]):
            return str(title)
        raise _missing()

    def collection(self, owner: str, conversation: str) -> str:
        """The collection that was asked last in a conversation; raises DocentError when that is not there."""
        return self.exchanges(owner, conversation)[-1].asked.collection

    def exchanges(self, owner: str, conversation: str) -> list[KeptExchange]:
        """What was asked and answered, oldest first; raises DocentError when the conversation is not there."""
        rows = self._database.rows(
            f"{EXCHANGE} WHERE conversation_id = ? AND (? OR owner = ?) ORDER BY exchanges.id",
            [conversation, self._shared, owner],
        )
        if not rows:
            raise _missing()
        return [exchange_of(row) for row in rows]

    # --- changes ------------------------------------------------------------------------------------------------------

    def rename(self, owner: str, conversation: str, title: str) -> None:
        """Give a conversation another title; an empty one changes nothing."""
        if words := title_of(title):
            sql = "UPDATE conversations SET title = ? WHERE id = ? AND (? OR owner = ?)"
            self._database.rows(sql, [words, conversation, self._shared, owner])

    def delete(self, owner: str, conversation: str) -> None:
        """Delete a conversation for good; a no-op when it is not there."""
        with self._database.transaction() as connection:
            sql = "DELETE FROM conversations WHERE id = ? AND (? OR owner = ?)"
            connection.execute(sql, [conversation, self._shared, owner])
        self._empty_log()

    def rename_collection(self, before: str, after: str) -> None:
        """What was asked of a collection was asked of that of its new name."""
        if self._path.exists():
            self._database.rows("UPDATE exchanges SET collection = ? WHERE collection = ?", [after, before])

    def rename_documents(self, collection: str, names: Mapping[str, str]) -> None:
        """What was quoted of documents that were renamed is quoted of their new names; `names` by the old ones."""
        if names and self._path.exists():
            rename(self._database, collection, names)

    # --- feedback -----------------------------------------------------------------------------------------------------

    def rate(self, owner: str, exchange: int, feedback: Feedback | None) -> None:
        """Keep a verdict on an answer in the place of an earlier one; None takes it back."""
        verdict, packed = (feedback.verdict, pack_feedback(feedback)) if feedback else (None, None)
        with self._database.transaction(durable=False) as connection:
            changed = connection.execute(
                """UPDATE exchanges SET verdict = ?, feedback = ? WHERE id = ? AND conversation_id IN
                   (SELECT id FROM conversations WHERE ? OR owner = ?)""",
                [verdict, packed, exchange, self._shared, owner],
            ).rowcount
            if not changed:
                raise _missing()

    def rated(self, owner: str, verdict: Verdict | None = None, query: str = "") -> list[RatedExchange]:
        """The exchanges with a verdict, or with this one, newest first, each of which holds each word of `query`."""
        rows = self._database.rows(
            f"""{EXCHANGE} WHERE verdict IS NOT NULL AND (:verdict IS NULL OR verdict = :verdict)
                AND (:shared OR owner = :owner) ORDER BY exchanges.id DESC""",
            {"verdict": verdict, "shared": self._shared, "owner": owner},
        )
        words = query.casefold().split()
        rated = (RatedExchange(row[9], exchange_of(row)) for row in rows)
        return [one for one in rated if all(word in _read(one.exchange).casefold() for word in words)]

    # --- documents that go --------------------------------------------------------------------------------------------

    def forget_gone(
        self,
        collection: str,
        stored_text: Callable[[str], str],
        documents: Collection[str] | None = None,
        *,
        exchange: int | None = None,
    ) -> None:
        """Keep no text of documents that is not theirs any more: they were removed, or replaced by another version.

        Looks at everything that was kept, or at these documents, or at one exchange. `stored_text` raises
        UnknownDocument for a document that is not there.
        """
        if not self._path.exists():
            return
        found = forget(self._database, collection, stored_text, documents, exchange)
        if found or exchange is None:
            self._empty_log()

    def _empty_log(self) -> None:
        # Deleted text is overwritten in the file itself (secure_delete), and the log must not keep it either.
        self._database.rows("PRAGMA wal_checkpoint(TRUNCATE)")


def title_of(question: str) -> str:
    """A question as a title: one line, not too long."""
    words = " ".join(question.split())
    return words if len(words) <= TITLE_CHARACTERS else f"{words[: TITLE_CHARACTERS - 1].rstrip()}…"


def _read(exchange: KeptExchange) -> str:
    """The words of an exchange, to search in."""
    said = exchange.answer.text if exchange.answer else ""
    return "\n".join((exchange.asked.question, said, exchange.feedback.note if exchange.feedback else ""))


def _patterns(query: str) -> list[str]:
    """What LIKE is to find, one pattern for each word; characters that mean something to LIKE stand for themselves."""
    escaped = query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return [f"%{word}%" for word in escaped.split()]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _missing() -> DocentError:
    return DocentError("This conversation is not here any more; it was deleted. Begin a new one.")
