"""Folders, collections and what a disk that refuses means, without any index in them."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.collections import collections, gone
from ingest.errors import DocentError, IndexBusy, IndexUnusable
from ingest.knowledge_base import KnowledgeBase
from ingest.storage import Storage, finish_deletion
from ingest.trouble import named
from tests.ingest.test_knowledge_base import held_elsewhere


def names(data_dir: Path) -> list[str]:
    return [collection.name for collection in collections(data_dir)]


def test_collections_are_listed_by_the_names_they_were_given(tmp_path: Path) -> None:
    given = ["手册", "../../etc", "a/b", "line\nbreak", os.fsdecode(b"caf\xe9")]
    for name in given:
        Storage(tmp_path, name).prepare()
        Storage(tmp_path, name).prepare()
    assert names(tmp_path) == ["default", *sorted(given)]


def test_collection_exists_from_its_first_use_on(tmp_path: Path) -> None:
    assert Storage(tmp_path).exists()
    assert not Storage(tmp_path, "new").exists()
    Storage(tmp_path, "new").prepare()
    assert Storage(tmp_path, "new").exists()


@pytest.mark.parametrize("name", ["default", "手册"])
def test_deleted_collection_leaves_nothing_and_the_others_alone(tmp_path: Path, name: str) -> None:
    for each in ("default", "手册", "other"):
        storage = Storage(tmp_path, each)
        storage.prepare()
        (storage.documents / "a.txt").write_text("text")
        KnowledgeBase(storage).records()
    deleted = Storage(tmp_path, name)
    deleted.delete()
    assert not deleted.documents.exists()
    assert not deleted.index.exists()
    assert all((Storage(tmp_path, each).documents / "a.txt").exists() for each in {"default", "手册", "other"} - {name})
    assert names(tmp_path) == ["default", *(each for each in ("other", "手册") if each != name)]


def test_deletion_that_is_cut_short_leaves_no_collection_and_its_name_to_another(tmp_path: Path) -> None:
    storage = Storage(tmp_path, "手册")
    storage.prepare()
    (storage.documents / "a.txt").write_text("text")
    with pytest.raises(KeyboardInterrupt):
        storage.delete(on_gone=_interrupted)
    assert names(tmp_path) == ["default"]
    another = Storage(tmp_path, "手册")
    another.prepare()
    assert not (another.documents / "a.txt").exists()
    ((folder, name),) = gone(tmp_path)
    assert (folder, name) == (storage.root, "手册")
    finish_deletion(folder)
    assert not folder.exists()
    assert names(tmp_path) == ["default", "手册"]


def _interrupted() -> None:
    raise KeyboardInterrupt


def test_served_collection_is_not_deleted(knowledge_base: KnowledgeBase) -> None:
    with held_elsewhere(knowledge_base, "serving"), pytest.raises(IndexBusy, match="Stop it first"):
        knowledge_base.storage.delete()
    assert knowledge_base.storage.documents.exists()


def test_renamed_collection_keeps_its_folder_and_leaves_its_old_name_to_another(tmp_path: Path) -> None:
    storage = Storage(tmp_path, "合同")
    storage.prepare()
    (storage.documents / "a.txt").write_text("text")
    (_, before) = collections(tmp_path)
    storage.rename(" <b>../Verträge</b>  2026 ")
    assert collections(tmp_path)[1:] == [replace(before, name="<b>../Verträge</b> 2026")]
    assert not Storage(tmp_path, "合同").exists()
    Storage(tmp_path, "合同").prepare()
    assert names(tmp_path) == ["default", "<b>../Verträge</b> 2026", "合同"]
    assert (Storage(tmp_path, "<b>../Verträge</b> 2026").documents / "a.txt").exists()
    assert not (Storage(tmp_path, "合同").documents / "a.txt").exists()


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("手册", "There is a collection '手册' already"),
        ("default", "There is a collection 'default' already"),
        (" \n ", "this one has 0"),
        ("x" * 201, "this one has 201"),
        ("a\x00b", "cannot be shown"),
        ("\ud800", "cannot be shown"),
    ],
)
def test_name_that_cannot_be_given_is_refused_with_the_reason(tmp_path: Path, typed: str, message: str) -> None:
    Storage(tmp_path, "手册").prepare()
    storage = Storage(tmp_path, "other")
    storage.prepare()
    with pytest.raises(DocentError, match=message):
        storage.rename(typed)
    assert names(tmp_path) == ["default", "other", "手册"]


def test_renamed_default_collection_goes_by_both_names_and_keeps_its_place(tmp_path: Path) -> None:
    Storage(tmp_path).rename("  Our\thandbook")
    for name in ("default", "Our handbook"):
        storage = Storage(tmp_path, name)
        assert (storage.id, storage.collection, storage.root) == ("default", "Our handbook", tmp_path)
    Storage(tmp_path, "other").prepare()
    for taken in ("default", "Our handbook"):
        with pytest.raises(DocentError, match=f"There is a collection '{taken}' already"):
            Storage(tmp_path, "other").rename(taken)
    assert names(tmp_path) == ["Our handbook", "other"]
    Storage(tmp_path).rename("default")
    assert names(tmp_path) == ["default", "other"]


def test_served_collection_is_not_renamed(tmp_path: Path) -> None:
    storage = Storage(tmp_path, "other")
    with held_elsewhere(KnowledgeBase(storage), "serving"), pytest.raises(IndexBusy, match="Stop it first"):
        storage.rename("another")


def test_data_directory_that_cannot_be_made_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(IndexUnusable, match=r"file/data cannot be written.*--data-dir"):
        Storage(tmp_path / "file" / "data").prepare()


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "full or failing.*Free some space"),
        (errno.EROFS, "cannot be written.*--data-dir"),
        (errno.EACCES, "cannot be written.*--data-dir"),
    ],
)
def test_what_the_disk_refuses_is_told_with_the_next_step(tmp_path: Path, number: int, message: str) -> None:
    with pytest.raises(IndexUnusable, match=message), named(tmp_path):
        raise OSError(number, os.strerror(number))


def test_other_errors_of_the_system_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), named(tmp_path):
        (tmp_path / "nothing").read_bytes()
