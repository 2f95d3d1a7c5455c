"""What stops half way, by a kill or by the disk, is told in one error and finished by the next run."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from ingest import database, files
from ingest.errors import DocentError
from ingest.generation import CATALOG_FILE
from ingest.knowledge_base import KnowledgeBase
from ingest.pipeline import Pipeline
from ingest.types import Progress
from tests.ingest.fakes import write
from tests.ingest.killing import PRELOADED
from tests.ingest.test_pipeline import APPLES, PEARS, PLUMS, assert_consistent, found, states, sync
from tests.ingest.whole import knowledge_base_in, pipeline_of

NOBODY = 65534  # the user that may do nothing: to root no file is closed
LONG = "\n\n".join(f"Article {n}: it is kept for {n} days." for n in range(600))


class Killed(BaseException):
    """The process is gone."""


def ignore(progress: Progress) -> None:
    """Nobody watches."""


def serving_folder(base: KnowledgeBase) -> Path:
    return base.storage.folder(str(base.storage.current()))


# --- half way ---------------------------------------------------------------------------------------------------------


def test_rename_that_was_killed_leaves_no_copy_under_the_old_name(
    pipeline: Pipeline, knowledge_base: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = write(tmp_path / "outside", apples=APPLES)
    sync(pipeline, tmp_path / "outside")
    path.rename(path.with_name("red.txt"))

    def killed(documents: Path, names: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(files, "discard", killed)
        with pytest.raises(Killed):
            sync(pipeline, tmp_path / "outside")
    sync(pipeline, tmp_path / "outside")
    sync(pipeline)
    assert [file.name for file in knowledge_base.storage.documents.iterdir()] == ["red.txt"]
    assert set(states(knowledge_base)) == {"red.txt"}


def test_generation_that_a_killed_rebuild_left_is_swept_when_the_next_process_opens_the_index(
    pipeline: Pipeline, knowledge_base: KnowledgeBase
) -> None:
    write(knowledge_base.storage.documents, apples=APPLES)
    sync(pipeline)
    knowledge_base.close()
    left = knowledge_base.storage.folder(knowledge_base.storage.new_generation())
    shutil.copytree(serving_folder(knowledge_base), left)
    assert set(states(knowledge_base)) == {"apples.txt"}
    assert not left.exists()


def test_purge_that_a_reader_holds_up_is_made_up_for_by_the_next(
    pipeline: Pipeline, knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(knowledge_base.storage.documents, secret="Xylophone quetzal.", apples=APPLES)
    sync(pipeline)
    knowledge_base.close()
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    folder = serving_folder(knowledge_base)
    reader = sqlite3.connect(folder / CATALOG_FILE, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM chunks").fetchall()
    pipeline.remove(["secret.txt"])
    reader.execute("ROLLBACK")
    sync(pipeline)
    held = {path.name for path in folder.rglob("*") if path.is_file() and b"quetzal" in path.read_bytes().lower()}
    reader.close()
    assert held == set()


# --- the disk ---------------------------------------------------------------------------------------------------------


def sync_confined(data_dir: Path, confine: Callable[[], object], channel: Connection) -> None:
    """Sync in a process that may not do everything; sends what came of it."""
    confine()
    try:
        pipeline_of(knowledge_base_in(data_dir)).sync(report=ignore)
        channel.send("nothing")
    except DocentError as error:
        channel.send(str(error))
    except BaseException as error:
        channel.send(f"{type(error).__name__}: {error}")
        raise


def told(data_dir: Path, confine: Callable[[], object]) -> str:
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(PRELOADED)
    ours, theirs = processes.Pipe()
    process = processes.Process(target=sync_confined, args=(data_dir, confine, theirs))
    process.start()
    theirs.close()
    try:
        return str(ours.recv())
    finally:
        process.join()
        ours.close()


@pytest.mark.parametrize("bytes_", [10_000, 150_000, 200_000, 250_000])
def test_full_disk_is_told_loses_nothing_and_the_next_sync_goes_on(tmp_path: Path, bytes_: int) -> None:
    base = knowledge_base_in(tmp_path / "data")
    write(base.storage.documents, apples=APPLES)
    pipeline_of(base).sync(report=ignore)
    base.close()
    write(base.storage.documents, long=LONG, pears=PEARS)
    error = told(base.storage.root, partial(resource.setrlimit, resource.RLIMIT_FSIZE, (bytes_, bytes_)))
    assert "full or failing" in error, error
    assert "Free some space" in error
    base = knowledge_base_in(tmp_path / "data")
    assert found(base, "red") >= {"apples.txt"}
    pipeline_of(base).sync(report=ignore)
    assert set(states(base).values()) == {"ready"}
    assert_consistent(base)
    base.close()


def test_folder_that_may_not_be_written_to_is_named_with_the_way_out() -> None:
    with tempfile.TemporaryDirectory() as folder:  # not tmp_path, which is closed to other users
        Path(folder).chmod(0o755)
        base = knowledge_base_in(Path(folder) / "data")
        write(base.storage.documents, apples=APPLES)
        pipeline_of(base).sync(report=ignore)
        base.close()
        write(base.storage.documents, pears=PEARS)
        base.storage.index.chmod(0o555)
        (base.storage.index / "writer.lock").chmod(0o444)
        error = told(base.storage.root, partial(os.setuid, NOBODY) if os.getuid() == 0 else os.getuid)
        assert "index cannot be written" in error, error
        assert "--data-dir" in error
        base.storage.index.chmod(0o755)
        (base.storage.index / "writer.lock").chmod(0o644)
        pipeline_of(base).sync(report=ignore)
        assert set(states(base).values()) == {"ready"}
        base.close()


def test_index_whose_vectors_lack_their_database_is_mended(pipeline: Pipeline, knowledge_base: KnowledgeBase) -> None:
    write(knowledge_base.storage.documents, apples=APPLES, plums=PLUMS)
    sync(pipeline)
    knowledge_base.close()
    (serving_folder(knowledge_base) / "vectors" / "chroma.sqlite3").unlink()
    pipeline.repair(report=ignore)
    assert_consistent(knowledge_base)
    assert found(knowledge_base, "red") == {"apples.txt"}
