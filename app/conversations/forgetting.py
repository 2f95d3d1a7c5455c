"""Take the text of documents that are gone out of kept conversations. Knows what is held; deletes no conversation."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache, partial

from app.conversations.kept import Evidence, feedback_without, pack_feedback, places, retraced, without
from app.conversations.rows import EXCHANGE, exchange_of, write_answer
from ingest.database import Database
from ingest.errors import UnknownDocument

_EXCHANGES = 64  # whose passages are kept in mind while documents are gone through: one mentions several


def forget(
    database: Database,
    collection: str,
    stored_text: Callable[[str], str],
    documents: Collection[str] | None,
    exchange: int | None,
) -> bool:
    """Forget what documents of a collection no longer say; whether there was anything.

    Looks at everything, or at these documents, or at one exchange. A document is gone from an exchange as a whole
    where any passage of it is not in the stored text letter for letter.
    """
    held = lru_cache(_EXCHANGES)(partial(_places, database))
    found = False
    for document, exchanges in _mentioned(database, collection, documents, exchange).items():
        text = _text(stored_text, document)
        stale = [id_ for id_ in exchanges if text is None or _differ(held(id_), document, text)]
        if stale:
            found = True
            with database.transaction() as connection:
                for id_ in stale:
                    _forget(connection, id_, document)
    return found


def _mentioned(
    database: Database, collection: str, documents: Collection[str] | None, exchange: int | None
) -> dict[str, list[int]]:
    rows = database.rows(
        """SELECT document, exchange_id FROM mentions JOIN exchanges ON exchanges.id = exchange_id
           WHERE collection = :collection AND (:exchange IS NULL OR exchange_id = :exchange)
           AND (:documents IS NULL OR document IN (SELECT value FROM json_each(:documents)))""",
        {
            "collection": collection,
            "exchange": exchange,
            "documents": None if documents is None else json.dumps(list(documents)),
        },
    )
    found: dict[str, list[int]] = {}
    for document, id_ in rows:
        found.setdefault(document, []).append(id_)
    return found


def _places(database: Database, exchange: int) -> list[Evidence]:
    kept = [exchange_of(row) for row in database.rows(f"{EXCHANGE} WHERE exchanges.id = ?", [exchange])]
    values = [value for one in kept for value in (one.answer, one.feedback) if value is not None]
    return [place for value in values for place in places(value)]


def _differ(held: Sequence[Evidence], document: str, text: str) -> bool:
    own = (place for place in held if place.document == document)
    return any(text[place.start : place.end] != place.text for place in own)


def _forget(connection: sqlite3.Connection, exchange: int, document: str) -> None:
    """Take the text of a document out of one exchange, and what may repeat it out of those that followed."""
    ((conversation,),) = connection.execute("SELECT conversation_id FROM exchanges WHERE id = ?", [exchange])
    following = f"{EXCHANGE} WHERE conversation_id = ? AND exchanges.id >= ?"
    for row in connection.execute(following, [conversation, exchange]).fetchall():
        kept = exchange_of(row)
        if kept.answer is not None:
            left = without(kept.answer, [document]) if kept.id == exchange else retraced(kept.answer)
            write_answer(connection, kept.id, left)
        if kept.id == exchange and kept.feedback is not None:
            packed = pack_feedback(feedback_without(kept.feedback, [document]))
            connection.execute("UPDATE exchanges SET feedback = ? WHERE id = ?", [packed, exchange])


def _text(stored_text: Callable[[str], str], document: str) -> str | None:
    try:
        return stored_text(document)
    except UnknownDocument:
        return None
