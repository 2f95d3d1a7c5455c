"""Configurations to compare: KEY=VALUE, one switch at a time, one way of searching alone. Knows settings by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.evaluate.ask import DEPTH, Asked
from app.evaluate.collection import Collection
from app.evaluate.spans import coverage
from app.settings import AppSettings
from ingest.errors import SettingsError
from ingest.generation import Generation
from ingest.lexical import query_terms
from ingest.nearness import similarities
from ingest.settings import IngestSettings
from ingest.types import FloatVector

# Where things are and who may see them says nothing of how well questions are answered.
_NOT_COMPARED = {"data_dir", "collection", "host", "port", "llm_key", "share_conversations"}
_COMPARED = AppSettings.model_fields.keys() - _NOT_COMPARED
_STEPS = ("top_k=3", "top_k=12", "threshold=0", "diversity=0.3")
KEYWORDS, VECTORS = "keywords alone", "vectors alone"


@dataclass(frozen=True, slots=True)
class Variant:
    """Another configuration."""

    name: str
    settings: AppSettings


def variant(changes: str, settings: AppSettings) -> Variant:
    """The settings with `changes`, such as "top_k=3,threshold=0.2"; raises SettingsError."""
    values: dict[str, object] = {}
    for change in changes.split(","):
        name, equals, value = (part.strip() for part in change.partition("="))
        name = name.lower().replace("-", "_")
        if not equals or name not in _COMPARED:
            raise SettingsError(f"{change!r} is not KEY=VALUE; KEY is one of {', '.join(sorted(_COMPARED))}.")
        values[name] = value
    return Variant(changes, AppSettings.from_mapping({**dict(settings), **values}))


def ablations(settings: AppSettings) -> list[Variant]:
    """One switch at a time: those of answering are turned over, and numbers take a step each way."""
    switches = [
        f"{name}={str(not getattr(settings, name)).lower()}"
        for name, field in AppSettings.model_fields.items()
        if field.annotation is bool and name in _COMPARED - IngestSettings.model_fields.keys()
    ]
    variants = [variant(change, settings) for change in (*switches, *_STEPS)]
    return [other for other in variants if other.settings != settings]


def searched_alone(collection: Collection, asked: Sequence[Asked], way: str) -> list[Asked]:
    """The same questions with what one of the two searches finds; their answers are as they were."""
    search: Callable[[Generation, str, FloatVector], Sequence[int]] = _SEARCHES[way]
    queries = collection.engine.serving_encoder().encode_queries([item.question.text for item in asked])
    found = []
    with collection.engine.knowledge_base.reading() as generation:
        for item, query in zip(asked, queries, strict=True):
            ids = search(generation, item.question.text, query)
            chunks = generation.catalog.chunks(ids)
            spans = [collection.place(c.document, c.chunk.start, c.chunk.end) for c in (chunks[i] for i in ids)]
            covered = coverage(item.question.evidence, spans, collection.text) if item.coverage else None
            found.append(replace(item, found=tuple(spans), coverage=covered))
    return found


def _keywords(generation: Generation, question: str, query: FloatVector) -> Sequence[int]:
    return generation.catalog.keyword_candidates(query_terms(question), count=DEPTH)


def _vectors(generation: Generation, question: str, query: FloatVector) -> Sequence[int]:
    return list(similarities(generation, query, also=(), count=DEPTH))


_SEARCHES = {KEYWORDS: _keywords, VECTORS: _vectors}
