"""Names and places of files: what becomes a document, what it is called, and what is refused."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingest import files
from ingest.errors import DocentError, SettingsError
from ingest.file_names import decode_name, document_name, name_fault

COMPOSED, DECOMPOSED = "caf\u00e9.txt", "cafe\u0301.txt"
ODD_NAMES = [
    "<img src=x onerror=alert(1)>.txt",
    "报告 “终稿”.txt",
    "emoji \U0001f600\u200d\U0001f4bb.txt",
    "-rf; $(reboot) `x` 'y' \"z\".txt",
    "trailing dot..",
    "x" * 251 + ".txt",
    "长" * 83 + "ab.txt",
]


def named(folder: Path, name: str | bytes, text: str = "Text.") -> Path:
    path = folder / os.fsdecode(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def found(root: Path) -> list[str]:
    return [name for name, _ in files.discover(root)]


# --- discover ---------------------------------------------------------------------------------------------------------


def test_hidden_files_and_links_are_passed_over(tmp_path: Path) -> None:
    root = tmp_path / "documents"
    named(root, "b/a.txt")
    for name in (".hidden.txt", ".git/config.txt"):
        named(root, name)
    named(tmp_path, "outside/secret.txt")
    (root / "link.txt").symlink_to(tmp_path / "outside/secret.txt")
    (root / "folder").symlink_to(tmp_path / "outside", target_is_directory=True)
    os.mkfifo(root / "pipe.txt")
    assert found(root) == ["b/a.txt"]


def test_a_name_that_the_catalog_cannot_hold_is_mended_on_disk(tmp_path: Path) -> None:
    named(tmp_path, "报告/第三季度.txt".encode("gbk"))
    named(tmp_path, "two\nlines\x1b[31m.txt")
    assert found(tmp_path) == ["two_lines_[31m.txt", "报告/第三季度.txt"]
    assert found(tmp_path) == ["two_lines_[31m.txt", "报告/第三季度.txt"]
    assert sorted(os.listdir(tmp_path)) == ["two_lines_[31m.txt", "报告"]


def test_mending_a_name_overwrites_no_other_file(tmp_path: Path) -> None:
    named(tmp_path, "a\x01.txt", "one")
    named(tmp_path, "a\x02.txt", "two")
    named(tmp_path, "a_.txt", "three")
    assert len(found(tmp_path)) == 3
    assert sorted(path.read_text() for path in tmp_path.iterdir()) == ["one", "three", "two"]


def test_a_file_that_cannot_be_renamed_is_passed_over_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    named(tmp_path, "a\x01.txt")
    named(tmp_path, "b.txt")
    monkeypatch.setattr(Path, "rename", refuse)
    with caplog.at_level(logging.WARNING):
        assert found(tmp_path) == ["b.txt"]
    assert "cannot be renamed" in caplog.text


# --- incoming ---------------------------------------------------------------------------------------------------------


def incoming(*paths: Path) -> dict[str, Path]:
    return {item.name: item.path for item in files.incoming(paths)}


def test_a_file_is_called_by_its_name_and_a_folders_file_by_its_place_in_it(tmp_path: Path) -> None:
    one, two = named(tmp_path, "one/a.txt"), named(tmp_path, "two/b/c.txt")
    assert incoming(one, tmp_path / "two") == {"a.txt": one, "b/c.txt": two}


def test_names_that_differ_only_in_how_they_are_composed_are_one_document(tmp_path: Path) -> None:
    assert incoming(named(tmp_path / "mac", DECOMPOSED)) == {COMPOSED: tmp_path / "mac" / DECOMPOSED}
    named(tmp_path / "mac", COMPOSED)
    with pytest.raises(SettingsError, match=r"Both .* would become the document 'café.txt'"):
        incoming(tmp_path / "mac")


def test_names_in_another_encoding_come_in_readable_and_leave_the_source_alone(tmp_path: Path) -> None:
    source = named(tmp_path / "from", "第三季度.txt".encode("gbk"))
    assert incoming(tmp_path / "from") == {"第三季度.txt": source}
    assert source.is_file()
    assert files.describe("a", source, origin=source).origin.encode()  # type: ignore[union-attr]


def test_a_link_is_followed_only_where_it_is_given_itself(tmp_path: Path) -> None:
    target = named(tmp_path / "a", "target.txt")
    (tmp_path / "link.txt").symlink_to(target)
    assert incoming(tmp_path / "link.txt") == {"link.txt": target}
    (tmp_path / "b").mkdir()
    (tmp_path / "b/link.txt").symlink_to(target)
    assert incoming(tmp_path / "b") == {}


def test_what_is_no_file_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SettingsError, match="neither a file nor a folder"):
        incoming(tmp_path / "pipe")
    with pytest.raises(SettingsError, match="no file or folder"):
        incoming(tmp_path / "nothing")


# --- store ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_that_can_be_shown_is_stored_and_found(tmp_path: Path, name: str) -> None:
    documents = tmp_path / "documents"
    stored = files.store(named(tmp_path, "source.txt"), documents, name)
    assert stored.read_text() == "Text."
    assert found(documents) == [name]
    assert os.listdir(documents) == [name]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../a.txt", "leads out of the documents folder"),
        ("/etc/a.txt", "leads out"),
        ("a/../../b.txt", "leads out"),
        ("", "leads out"),
        (".", "leads out"),
        ("a//b.txt", "leads out"),
        ("a\nb.txt", "cannot be shown"),
        ("a\x00b.txt", "cannot be shown"),
        ("a\udce9.txt", "cannot be shown"),
        ("\u202etxt.exe", "cannot be shown"),
        (".hidden.txt", "hidden file"),
        ("x" * 256, "has 256 bytes; the limit is 255"),
        ("长" * 86, "has 258 bytes; the limit is 255"),
    ],
)
def test_any_other_name_is_refused_and_nothing_is_written(tmp_path: Path, name: str, message: str) -> None:
    source = named(tmp_path / "source", "a.txt")
    with pytest.raises(DocentError, match=message) as refused:
        files.store(source, tmp_path / "documents", name)
    assert str(refused.value).isprintable()
    assert not (tmp_path / "documents").exists()


@pytest.mark.parametrize("name", ["a.", "a ", "CON", "nul.txt", "a:b.txt", "what?.txt", "C:/a.txt", "a\\b.txt"])
def test_names_that_windows_would_change_are_refused_there_only(name: str) -> None:
    assert name_fault(name, windows=True)
    assert name_fault(name, windows=False) is None


def test_a_link_is_not_stored_and_none_is_written_through(tmp_path: Path) -> None:
    secret = named(tmp_path, "secret.txt", "secret")
    documents = tmp_path / "documents"
    documents.mkdir()
    (tmp_path / "link.txt").symlink_to(secret)
    with pytest.raises(DocentError, match="is a link"):
        files.store(tmp_path / "link.txt", documents, "a.txt")
    (documents / "a.txt").symlink_to(secret)
    files.store(named(tmp_path, "new.txt", "new"), documents, "a.txt")
    assert secret.read_text() == "secret"
    assert not (documents / "a.txt").is_symlink()
    (documents / "out").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(DocentError, match="leads out"):
        files.store(tmp_path / "new.txt", documents, "out/b.txt")


def test_what_the_file_system_refuses_is_told(tmp_path: Path) -> None:
    source = named(tmp_path, "source.txt")
    documents = tmp_path / "documents"
    files.store(source, documents, "a")
    with pytest.raises(DocentError, match=r"'a/b.txt' cannot be stored in .*"):
        files.store(source, documents, "a/b.txt")
    assert found(documents) == ["a"]


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (DECOMPOSED, COMPOSED),
        (".notes.txt", "notes.txt"),
        ("a/.b/c.txt", "a/b/c.txt"),
        ("...", "_"),
        ("a\tb.txt", "a_b.txt"),
        (os.fsdecode("文档.txt".encode("gbk")), "文档.txt"),
        (os.fsdecode("Grüße.txt".encode("cp437")), "Grüße.txt"),
    ],
)
def test_every_file_name_has_a_document_name(path: str, name: str) -> None:
    assert document_name(path) == name


@pytest.mark.parametrize("raw", ["长".encode("gbk") * 120 + b".txt", ("e\u0301" * 85).encode(), b"\xff" * 255])
def test_every_document_name_can_be_stored(raw: bytes) -> None:
    assert name_fault(document_name(os.fsdecode(raw)), windows=False) is None


def test_a_name_that_grows_when_decoded_keeps_its_suffix_and_stays_apart() -> None:
    names = [document_name(os.fsdecode(f"{'长' * 120}{end}.txt".encode("gbk"))) for end in "12"]
    assert names[0] != names[1]
    assert all(name.endswith(".txt") and len(name.encode()) <= 255 for name in names)


def test_decoding_prefers_utf_8() -> None:
    assert decode_name("文档.txt".encode()) == "文档.txt"


# --- discard ----------------------------------------------------------------------------------------------------------


def test_what_a_killed_process_had_begun_to_copy_is_swept_and_a_copy_under_way_is_not(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    names = [f"sub/.incoming-{gone.pid}-ab", ".incoming-of-an-older-docent", f".incoming-{os.getpid()}-ab", "sub/a.txt"]
    (tmp_path / "sub").mkdir()
    for name in names:
        (tmp_path / name).touch()
    files.sweep(tmp_path)
    assert [name for name in names if (tmp_path / name).exists()] == names[2:]


def test_discarding_a_file_takes_the_folders_that_it_leaves_empty(tmp_path: Path) -> None:
    named(tmp_path, "a/b/c.txt")
    named(tmp_path, "a/d.txt")
    files.discard(tmp_path, ["a/b/c.txt"])
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "d.txt"]
