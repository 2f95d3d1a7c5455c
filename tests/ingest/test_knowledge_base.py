"""Generations, flips and locks, between threads and between processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.errors import IndexBusy, UnknownDocument
from ingest.generation import Generation
from ingest.knowledge_base import KnowledgeBase
from ingest.pipeline import Pipeline
from ingest.storage import Storage
from tests.ingest.fakes import write

ROOT = Path(__file__).parent.parent.parent

HOLD = """
import sys
from pathlib import Path
from ingest.storage import Storage
storage = Storage(Path(sys.argv[1]))
with getattr(storage, sys.argv[2])(*sys.argv[3:]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_elsewhere(base: KnowledgeBase, lock: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Another process holds a lock of this collection."""
    command = [sys.executable, "-c", HOLD, str(base.storage.root), lock, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_second_writer_is_told_who_writes(knowledge_base: KnowledgeBase) -> None:
    with (
        held_elsewhere(knowledge_base, "writing", "big sync") as process,
        pytest.raises(IndexBusy, match=rf"process {process.pid} \(big sync\)"),
        knowledge_base.writing("another sync"),
    ):
        pass


def test_lock_of_a_killed_writer_is_free_again(knowledge_base: KnowledgeBase) -> None:
    with held_elsewhere(knowledge_base, "writing", "doomed") as process:
        process.kill()
        process.wait()
        with knowledge_base.writing("next"):
            pass


def test_second_server_of_a_collection_is_refused(knowledge_base: KnowledgeBase) -> None:
    with (
        held_elsewhere(knowledge_base, "serving"),
        pytest.raises(IndexBusy, match="already serves"),
        knowledge_base.storage.serving(),
    ):
        pass


def test_sync_beside_a_server_goes_to_a_copy_and_flips(knowledge_base: KnowledgeBase, pipeline: Pipeline) -> None:
    write(knowledge_base.storage.documents, one="The first document.")
    pipeline.sync(report=lambda progress: None)
    before = knowledge_base.storage.current()
    assert before is not None
    with held_elsewhere(knowledge_base, "serving"):
        write(knowledge_base.storage.documents, two="The second document.")
        pipeline.sync(report=lambda progress: None)
        assert knowledge_base.storage.current() != before
        assert knowledge_base.storage.folder(before).exists(), "the server still has it open"
    assert [record.name for record in knowledge_base.records()] == ["one.txt", "two.txt"]
    with knowledge_base.reading() as generation:
        assert generation.faults() == []


def test_failed_change_beside_a_server_leaves_its_generation_serving(
    knowledge_base: KnowledgeBase, pipeline: Pipeline
) -> None:
    write(knowledge_base.storage.documents, one="The first document.")
    pipeline.sync(report=lambda progress: None)
    before = knowledge_base.storage.current()
    with held_elsewhere(knowledge_base, "serving"):
        with pytest.raises(UnknownDocument), knowledge_base.writing("doomed") as generation:
            _remove_two(generation, "one.txt", "there is no such document")
        assert knowledge_base.storage.current() == before
    assert [record.name for record in knowledge_base.records()] == ["one.txt"]


def _remove_two(generation: Generation, first: str, second: str) -> None:
    generation.remove([first])
    generation.remove([second])


def test_reader_keeps_its_generation_while_another_takes_over(
    knowledge_base: KnowledgeBase, pipeline: Pipeline
) -> None:
    write(knowledge_base.storage.documents, one="The first document.")
    pipeline.sync(report=lambda progress: None)
    with knowledge_base.reading() as old:
        pipeline.rebuild(report=lambda progress: None)
        with knowledge_base.reading() as new:
            assert new.name != old.name
        assert old.catalog.text("one.txt") == "The first document."
        assert len(old.vectors) == 1
    assert not knowledge_base.storage.folder(old.name).exists()


def test_collections_are_apart_and_their_names_are_no_paths(tmp_path: Path) -> None:
    names = ["default", "手册", "../../etc", "a/b", "a", "CON", "x" * 200]
    roots = {Storage(tmp_path, name).root for name in names}
    assert len(roots) == len(names)
    assert all(root.resolve().is_relative_to(tmp_path) for root in roots)


def test_first_start_is_said_once(knowledge_base: KnowledgeBase) -> None:
    assert [knowledge_base.storage.first_start() for _ in range(3)] == [True, False, False]
