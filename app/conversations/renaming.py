"""Have kept conversations follow documents to their new names. Knows where a name stands; their words stay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app.conversations.kept import pack_answer, pack_feedback, unpack_answer, unpack_feedback
from app.conversations.rows import EXCHANGE, exchange_of, write_answer
from ingest.database import Database


def rename(database: Database, collection: str, names: Mapping[str, str]) -> None:
    """Call documents of a collection by their new names; `names` are those by the old ones. Two may change places."""
    about = """collection = :collection AND (
        exchanges.id IN (SELECT exchange_id FROM mentions WHERE document IN (SELECT value FROM json_each(:old)))
        OR EXISTS (SELECT 1 FROM json_each(scope) WHERE value IN (SELECT value FROM json_each(:old))))"""
    with database.transaction() as connection:
        found = connection.execute(f"{EXCHANGE} WHERE {about}", {"collection": collection, "old": json.dumps([*names])})
        for kept in map(exchange_of, found.fetchall()):
            if kept.answer is not None:
                write_answer(connection, kept.id, unpack_answer(_renamed(pack_answer(kept.answer), names)))
            feedback = kept.feedback and pack_feedback(unpack_feedback(_renamed(pack_feedback(kept.feedback), names)))
            scope = json.dumps([names.get(name, name) for name in kept.asked.scope])
            connection.execute("UPDATE exchanges SET feedback = ?, scope = ? WHERE id = ?", [feedback, scope, kept.id])


def _renamed(packed: str, names: Mapping[str, str]) -> str:
    return json.dumps(_with_names(json.loads(packed), names))


def _with_names(value: Any, names: Mapping[str, str]) -> Any:
    # By their shape, as in kept.places: so that what a later version adds to an answer is not overlooked.
    if isinstance(value, list):
        return [_with_names(item, names) for item in value]
    if isinstance(value, dict):
        return {
            key: names.get(part, part) if key == "document" and isinstance(part, str) else _with_names(part, names)
            for key, part in value.items()
        }
    return value
