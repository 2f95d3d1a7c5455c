"""Damage to the parts of an index: it is told, and mended from the stored text or else from the files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.catalog import Catalog
from ingest.errors import DocumentError, IndexDamaged
from ingest.generation import CATALOG_FILE
from ingest.knowledge_base import KnowledgeBase
from ingest.parse.isolated import ParserProcess
from ingest.pipeline import Pipeline
from ingest.types import DocumentState
from tests.ingest.fakes import ignore, write
from tests.ingest.test_pipeline import APPLES, PEARS, assert_consistent, found, states, sync


def folder(base: KnowledgeBase) -> Path:
    current = base.storage.current()
    assert current is not None
    return base.storage.folder(current)


@pytest.fixture
def closed(pipeline: Pipeline, knowledge_base: KnowledgeBase, documents: Path) -> KnowledgeBase:
    """Two documents, and nobody has their files open."""
    write(documents, apples=APPLES, pears=PEARS)
    sync(pipeline)
    knowledge_base.close()
    return knowledge_base


def test_deleted_vectors_are_made_again_from_the_stored_text(
    closed: KnowledgeBase, pipeline: Pipeline, no_parsing: Callable[[], None]
) -> None:
    shutil.rmtree(folder(closed) / "vectors")
    with closed.reading() as generation:
        assert generation.faults() == ["the vector index lacks 2 of the catalog's 2 chunks"]
    no_parsing()
    pipeline.repair(report=ignore)
    assert_consistent(closed)
    assert found(closed, "red") == {"apples.txt"}


def test_damaged_vectors_are_told_and_made_again_from_the_stored_text(
    closed: KnowledgeBase, pipeline: Pipeline, no_parsing: Callable[[], None]
) -> None:
    (folder(closed) / "vectors" / "chroma.sqlite3").write_bytes(b"This was a database once. " * 1000)
    assert set(states(closed)) == {"apples.txt", "pears.txt"}, "what needs only the catalog goes on"
    with closed.reading() as generation:
        (fault,) = generation.faults()
        assert "cannot be used" in fault
    no_parsing()
    pipeline.repair(report=ignore)
    assert_consistent(closed)
    assert found(closed, "red") == {"apples.txt"}


def test_damaged_catalog_is_built_again_from_the_files(closed: KnowledgeBase, pipeline: Pipeline) -> None:
    damaged = folder(closed)
    (damaged / CATALOG_FILE).write_bytes(b"This was a database once. " * 1000)
    with pytest.raises(IndexDamaged, match="docent rebuild"):
        closed.records()
    pipeline.repair(report=ignore)
    assert_consistent(closed)
    assert found(closed, "red") == {"apples.txt"}
    assert not damaged.exists()


def test_catalog_with_a_damaged_page_is_built_again_from_the_files(closed: KnowledgeBase, pipeline: Pipeline) -> None:
    path = folder(closed) / CATALOG_FILE
    with path.open("r+b") as file:
        for page in range(2, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 64)
    pipeline.repair(report=ignore)
    assert_consistent(closed)
    assert found(closed, "red") == {"apples.txt"}


def test_document_whose_stored_text_was_changed_is_read_again(closed: KnowledgeBase, pipeline: Pipeline) -> None:
    catalog = Catalog(folder(closed) / CATALOG_FILE)
    with catalog._database.transaction() as connection:
        connection.execute("UPDATE documents SET text = 'x' WHERE name = 'apples.txt'")
    catalog.close()
    pipeline.repair(report=ignore)
    assert_consistent(closed)
    assert closed.text("apples.txt") == APPLES


def test_read_errors_of_one_file_cost_only_it(
    pipeline: Pipeline, knowledge_base: KnowledgeBase, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(documents, apples=APPLES, pears=PEARS)
    start = ParserProcess.start

    def failing(self: ParserProcess, path: Path) -> object:
        if path.name == "apples.txt":
            raise DocumentError("It cannot be read.")
        return start(self, path)

    monkeypatch.setattr(ParserProcess, "start", failing)
    sync(pipeline)
    assert states(knowledge_base) == {"apples.txt": DocumentState.FAILED, "pears.txt": DocumentState.READY}
