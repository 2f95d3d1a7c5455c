"""Check a collection against its files. Knows catalog, index and folder; changes nothing."""

from __future__ import annotations

from pathlib import Path

from ingest import files
from ingest.generation import Generation
from ingest.knowledge_base import KnowledgeBase


def faults(knowledge_base: KnowledgeBase) -> list[str]:
    """Where catalog, keyword index, vectors and files differ, a line each; raises IndexDamaged."""
    with knowledge_base.reading() as generation:
        return [*generation.faults(), *_file_faults(generation, knowledge_base.storage.documents)]


def _file_faults(generation: Generation, documents: Path) -> list[str]:
    here = {name for name, _ in files.discover(documents)} if documents.is_dir() else set()
    known = {record.name for record in generation.catalog.records()}
    return [
        *(f"{name!r} is in the catalog, and its file is missing" for name in sorted(known - here)),
        *(f"{name!r} is in the documents folder and not in the catalog" for name in sorted(here - known)),
    ]
