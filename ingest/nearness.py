"""How near chunks are to a question by meaning: by their own vector, or by one of a text that points at them."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.derived import MOST_TEXTS
from ingest.generation import Generation
from ingest.types import DerivedKind, FloatVector

_VECTORS = 1 + MOST_TEXTS * len(DerivedKind)  # of one chunk, at most


def similarities(
    generation: Generation, query: FloatVector, *, also: Sequence[int], count: int, documents: Sequence[str] = ()
) -> dict[int, float]:
    """Cosine similarity by chunk id, of the `count` nearest chunks and of those in `also`: that of its best vector.

    The nearest come first, most similar first. They are only of `documents`, where given; those in `also` may be any.
    """
    derived = generation.catalog.derived
    among = generation.catalog.chunk_ids(documents) if documents else None
    if among is not None:
        among += derived.pointing_at(among)
    asked = count * _VECTORS if derived.exist() else count
    near = generation.vectors.nearest(query, count=asked, among=among)
    chunk_of = derived.chunks_of([id_ for id_, _ in near])
    best: dict[int, float] = {}
    for id_, similarity in near:  # most similar first
        if len(best) < count:
            best.setdefault(chunk_of.get(id_, id_), similarity)
    others = [id_ for id_ in also if id_ not in best]
    chunk_of = {id_: id_ for id_ in others} | derived.pointing_at(others)
    for id_, vector in generation.vectors.get(list(chunk_of)).items():
        best[chunk_of[id_]] = max(best.get(chunk_of[id_], -1.0), float(vector @ query))
    return best
