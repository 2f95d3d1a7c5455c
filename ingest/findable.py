"""Ask the index for what was just put into it: "ready" is said only of a document that both searches find.

Knows both searches; changes nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import numpy as np

from ingest import lexical
from ingest.errors import DocumentError
from ingest.types import FloatVector
from ingest.vectors import VectorIndex

_TERMS = 40  # of a passage, enough to tell it from others; a query of hundreds costs more than it proves
_COUNTS = (10, 200)  # how many neighbours are asked for: few, and once more, if the graph's shortcuts led past it
ALIKE = 1 - 1e-3  # cosine similarity that stored vectors have, at least, to what they were made from


def check_keywords(connection: sqlite3.Connection, chunk_id: int, searchable_text: str) -> None:
    """Raise DocumentError when a search for all of a passage's terms misses it. One without any term is let pass."""
    terms = list(dict.fromkeys(lexical.index_terms(searchable_text)))[:_TERMS]
    if not terms:
        return
    wanted = " AND ".join(map(lexical.match_expression, zip(terms)))
    sql = "SELECT 1 FROM keywords WHERE keywords MATCH ? AND rowid = ?"
    if connection.execute(sql, [wanted, chunk_id]).fetchone() is None:
        raise not_found_by("keywords")


def missed_by_meaning(vectors: VectorIndex, passages: Mapping[int, FloatVector]) -> set[int]:
    """Those passages, by chunk id, whose own vector finds neither them nor as many others that are just as near."""
    missed = dict(passages)
    for count in _COUNTS:
        if missed:
            hits = vectors.nearest_to_each(np.stack(list(missed.values())), count=count)
            found = [id_ for id_, near in zip(missed, hits, strict=True) if _is_found(vectors, id_, near, count)]
            missed = {id_: vector for id_, vector in missed.items() if id_ not in found}
    return set(missed)


def _is_found(vectors: VectorIndex, chunk_id: int, near: Mapping[int, float], count: int) -> bool:
    if chunk_id in near:
        return near[chunk_id] >= ALIKE
    return len(near) == count and min(near.values()) >= ALIKE and chunk_id in vectors.get([chunk_id])


def not_found_by(search: str) -> DocumentError:
    """What to tell of a document that a search missed."""
    return DocumentError(
        f"A search by {search} did not find it after it was indexed, so it was taken out again. Retry; if that fails "
        f"too, run `docent verify --repair`."
    )
