"""The command line of ingest as another program meets it: output, errors, exit status."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from ingest.__main__ import main

APPLES = "Apples are red. They keep for three weeks."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "apples.txt").write_text(APPLES)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nothing else")
    (folder / "picture.xyz").write_bytes(b"\x00")
    return folder


def listed(data: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    capsys.readouterr()
    assert main(["list", "--json", "--data-dir", str(data)]) == 0
    return {row["document"]: row for row in json.loads(capsys.readouterr().out)}


def test_sync_list_verify_remove(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    assert main(["sync", str(folder), "--data-dir", str(data)]) == 0
    output = capsys.readouterr()
    assert output.out == ""
    assert "1 indexed, 0 unchanged, 0 removed, 2 not readable." in output.err
    rows = listed(data, capsys)
    assert {name: row["state"] for name, row in rows.items()} == {
        "apples.txt": "ready",
        "broken.pdf": "failed",
        "picture.xyz": "unsupported",
    }
    assert set(rows["apples.txt"]) == {"document", "state", "reason", "bytes", "pages", "chunks", "added_at"}
    assert rows["apples.txt"]["bytes"] == len(APPLES)
    assert rows["broken.pdf"]["reason"]
    assert main(["verify", "--data-dir", str(data)]) == 0
    assert main(["remove", "apples.txt", "--data-dir", str(data)]) == 0
    assert "apples.txt" not in listed(data, capsys)


def test_verify_finds_a_missing_file_and_repair_settles_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    main(["sync", str(folder / "apples.txt"), "--data-dir", str(data)])
    (data / "documents" / "apples.txt").unlink()
    assert main(["verify", "--data-dir", str(data)]) == 1
    output = capsys.readouterr()
    assert "its file is missing" in output.out
    assert output.err.splitlines()[-1].startswith("docent: 1 differences found.")
    assert main(["verify", "--repair", "--data-dir", str(data)]) == 0
    assert listed(data, capsys) == {}


def test_collections_do_not_see_each_other(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    main(["sync", str(folder / "apples.txt"), "--data-dir", str(data), "--collection", "水果"])
    assert listed(data, capsys) == {}
    main(["list", "--json", "--data-dir", str(data), "--collection", "水果"])
    assert [row["document"] for row in json.loads(capsys.readouterr().out)] == ["apples.txt"]


def test_collections_are_listed_and_removed_whole(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    for name in ("default", "水果"):
        main(["sync", str(folder / "apples.txt"), "--data-dir", str(data), "--collection", name])
    assert main(["remove", "--everything", "--data-dir", str(data)]) == 0
    capsys.readouterr()
    assert main(["list", "--collections", "--json", "--data-dir", str(data)]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["collection"], row["documents"]) for row in rows] == [("default", 0), ("水果", 1)]
    assert main(["remove", "--everything", "--data-dir", str(data), "--collection", "水果"]) == 0
    assert [file for file in data.rglob("*") if file.is_file()] == []


@pytest.mark.parametrize(
    "command", [["list"], ["verify"], ["rebuild"], ["remove", "a.txt"], ["remove", "--everything"]]
)
def test_collection_that_is_not_there_is_not_made_by_asking_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert main([*command, "--data-dir", str(tmp_path), "--collection", "typo"]) == 1
    assert "There is no collection 'typo'. `docent list --collections` shows" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_rebuild_from_text_needs_no_files(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    main(["sync", str(folder), "--data-dir", str(data)])
    (data / "documents" / "apples.txt").unlink()
    assert main(["rebuild", "--from-text", "--data-dir", str(data)]) == 0
    assert listed(data, capsys)["apples.txt"]["state"] == "ready"


def test_sync_tells_renames_and_repetitions(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    main(["sync", str(folder), "--data-dir", str(data)])
    (folder / "apples.txt").rename(folder / "äpfel.txt")
    (folder / "copy.txt").write_text(APPLES)
    (folder / "second copy.txt").write_text(APPLES)
    capsys.readouterr()
    main(["sync", str(folder), "--data-dir", str(data)])
    told = capsys.readouterr().err
    assert " 1 renamed." in told
    assert "2 have the same content as another, such as" in told
    assert set(listed(data, capsys)) >= {"copy.txt", "second copy.txt", "äpfel.txt"}


def test_damaged_catalog_is_one_line_and_repair_brings_it_back(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    main(["sync", str(folder / "apples.txt"), "--data-dir", str(data)])
    (catalog,) = (data / "index").glob("*/catalog.sqlite3")
    catalog.write_bytes(b"This was a database once. " * 1000)
    capsys.readouterr()
    assert main(["verify", "--data-dir", str(data)]) == 1
    assert "cannot be read" in capsys.readouterr().err
    assert main(["verify", "--repair", "--data-dir", str(data)]) == 0
    assert listed(data, capsys)["apples.txt"]["state"] == "ready"


def test_watch_brings_in_what_comes_later(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ingest", "sync", "--watch", "--data-dir", str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            _read_until(process.stderr, "Watching")
            (tmp_path / "documents" / "apples.txt").write_text(APPLES)
            _read_until(process.stderr, "ready        apples.txt")
            (tmp_path / "documents" / "apples.txt").unlink()
            _read_until(process.stderr, "1 removed")
        finally:
            process.send_signal(signal.SIGINT)
    assert process.returncode == 0


def _read_until(stream: IO[str], text: str) -> None:
    assert any(text in line for line in stream), f"{text!r} was not said"


def test_failure_is_one_line_and_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["remove", "nope", "--data-dir", str(tmp_path)]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == "docent: There is no document named 'nope'. `docent list` shows what there is.\n"


def test_bad_setting_names_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCENT_CHUNK_TOKENS", "many")
    assert main(["list", "--data-dir", str(tmp_path)]) == 1
    assert "chunk_tokens = 'many'" in capsys.readouterr().err


def test_wrong_usage_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["nonsense"], ["remove"], ["sync", "--nonsense"]):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2
    capsys.readouterr()


@pytest.mark.parametrize("command", ["sync", "rebuild", "list", "remove", "verify"])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert "--data-dir" in capsys.readouterr().out
