"""Web pages given to the command `sync`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest import commands
from ingest.__main__ import main
from tests.ingest.page_server import Pages


def test_sync_takes_pages_and_paths_and_one_that_fails_costs_only_itself(
    pages: Pages, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "PAGE_LIMITS", pages.limits())
    (tmp_path / "a.txt").write_text("Apples are red.")
    data = tmp_path / "data"
    urls = [pages.put("/guide"), pages.put("/gone", "", status=404)]
    assert main(["sync", *urls, str(tmp_path / "a.txt"), "--data-dir", str(data)]) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("docent: ")]
    assert len(errors) == 1
    assert f"{urls[1]} cannot be fetched: The server answered 404" in errors[0]
    assert main(["list", "--json", "--data-dir", str(data)]) == 0
    rows = {row["document"]: row["state"] for row in json.loads(capsys.readouterr().out)}
    assert rows == {f"127.0.0.1 {pages.server_port} guide.html": "ready", "a.txt": "ready"}
    assert main(["sync", urls[0], "--data-dir", str(data)]) == 0
    assert "0 indexed, 1 unchanged" in capsys.readouterr().err


def test_sync_of_a_refused_page_alone_touches_nothing_else(
    pages: Pages, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data/documents").mkdir(parents=True)
    (tmp_path / "data/documents/a.txt").write_text("Not asked for.")
    assert main(["sync", "http://127.0.0.1/", "--data-dir", str(tmp_path / "data")]) == 1
    output = capsys.readouterr().err
    assert output.startswith("docent: http://127.0.0.1/ cannot be fetched: '127.0.0.1' is at 127.0.0.1, which is not")
    assert output.count("\n") == 1
