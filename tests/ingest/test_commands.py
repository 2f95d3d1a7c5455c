"""The command line of ingest as another program meets it: output, errors, exit status."""

from __future__ import annotations

import json
from pathlib import Path

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
