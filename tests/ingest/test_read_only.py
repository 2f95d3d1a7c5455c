"""A collection that may not be written is read all the same, and whoever would change it is told why that cannot be."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from ingest.errors import IndexUnusable
from ingest.generation import CATALOG_FILE
from ingest.knowledge_base import KnowledgeBase
from ingest.pipeline import Pipeline
from ingest.trouble import named
from tests.ingest.fakes import write
from tests.ingest.test_pipeline import APPLES, PEARS, sync
from tests.read_only import docent, read_only


def told(*arguments: object) -> str:
    """What a command says that succeeds."""
    done = docent(*arguments, module="ingest")
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def data(pipeline: Pipeline, knowledge_base: KnowledgeBase, documents: Path) -> Iterator[Path]:
    write(documents, apples=APPLES, pears=PEARS)
    sync(pipeline)
    knowledge_base.close()
    root = knowledge_base.storage.root
    with read_only(root):
        yield root


def catalog_of(data: Path) -> Path:
    return next(data.glob(f"index/*/{CATALOG_FILE}"))


def test_documents_are_listed_and_checked_and_nothing_is_changed(data: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*")}
    listed = json.loads(told("list", "--json", "--data-dir", data))
    assert [row["document"] for row in listed] == ["apples.txt", "pears.txt"]
    assert "agree" in told("verify", "--data-dir", data)
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*")} == before


def test_changes_that_only_the_write_ahead_log_holds_are_read(data: Path) -> None:
    """As when the disk was taken away from a Docent that ran, or when one runs that writes to it elsewhere."""
    catalog = catalog_of(data)
    for place in (catalog, catalog.parent):
        place.chmod(0o755)
    with closing(sqlite3.connect(catalog, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("PRAGMA wal_autocheckpoint=0")
        writer.execute("UPDATE documents SET reason = 'Only the log holds it.' WHERE name = 'apples.txt'")
        with read_only(catalog.parent):
            assert "Only the log holds it." in told("list", "--data-dir", data)


def test_folder_that_holds_no_index_is_listed_as_empty(tmp_path: Path) -> None:
    with read_only(tmp_path):
        assert told("list", "--data-dir", tmp_path) == ""


@pytest.mark.parametrize("arguments", [["sync"], ["rebuild"], ["remove", "apples.txt"], ["verify", "--repair"]])
def test_command_that_has_to_write_says_so_in_one_line_and_what_to_do(arguments: list[str], data: Path) -> None:
    done = docent(*arguments, "--data-dir", data, module="ingest")
    assert done.returncode == 1
    assert "index cannot be written" in done.stderr
    assert "--data-dir" in done.stderr
    assert done.stderr.count("\n") == 1


def test_disk_that_is_read_only_is_told_from_a_right_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_flag=os.ST_RDONLY))
    with pytest.raises(IndexUnusable, match=r"its disk is read-only.*make the disk writable, or copy"), named(tmp_path):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))
