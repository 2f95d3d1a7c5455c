"""Download over loopback from a small server that speaks the hub's protocol."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ingest import hub
from ingest.checkpoint import read_checkpoint
from ingest.errors import ModelUnavailable
from ingest.hub import DownloadProgress, find_model

SHA = "a" * 40


class FakeHub(ThreadingHTTPServer):
    """Serves the repository org/tiny from `files`; other names are unknown, org/gated is gated."""

    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files
        self.fetched: list[str] = []
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeHub

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = urlsplit(self.path).path
        files = self.server.files
        if path.startswith(f"/org/tiny/resolve/{SHA}/"):
            name = path.rpartition("/")[2]
            if self.command == "GET":
                self.server.fetched.append(name)
            self._send(200, files[name], {"ETag": f'"{hashlib.sha256(files[name]).hexdigest()}"', "X-Repo-Commit": SHA})
        elif path.startswith("/api/models/org/tiny/tree/"):
            entries = [{"type": "file", "path": n, "size": len(c), "oid": "0" * 40} for n, c in files.items()]
            self._send_json(200, entries)
        elif path.startswith("/api/models/org/tiny"):
            siblings = [{"rfilename": name, "size": len(content)} for name, content in files.items()]
            self._send_json(200, {"id": "org/tiny", "sha": SHA, "siblings": siblings})
        elif path.startswith("/api/models/org/gated"):
            self._send_json(403, {"error": "gated"}, {"X-Error-Code": "GatedRepo"})
        elif path.startswith("/api/models/org/broken"):
            self._send_json(500, {"error": "Internal Error"})
        else:
            self._send_json(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})

    def _send_json(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        return None


@pytest.fixture
def fake_hub(tiny_chat_model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    from huggingface_hub import constants

    files = {path.name: path.read_bytes() for path in tiny_chat_model.iterdir()}
    files |= {"README.md": b"# tiny", "pytorch_model.bin": b"pickle", "modeling_own.py": b"code"}
    server = FakeHub(files)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_named_model_is_downloaded_with_its_progress(fake_hub: FakeHub, tmp_path: Path) -> None:
    seen: list[DownloadProgress] = []
    folder = find_model("org/tiny", on_progress=seen.append, cache=tmp_path, endpoint=fake_hub.endpoint)
    assert read_checkpoint(folder).context_tokens == 8192
    total = sum(len(fake_hub.files[name]) for name in fake_hub.fetched)
    assert (seen[0].done_bytes, seen[-1].done_bytes) == (0, total)
    assert {(p.name, p.destination, p.total_bytes) for p in seen} == {("org/tiny", tmp_path, total)}
    assert seen[0].free_bytes > total


def test_neither_pickles_nor_code_are_fetched(fake_hub: FakeHub, tmp_path: Path) -> None:
    find_model("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint)
    assert "model.safetensors" in fake_hub.fetched
    assert not {"pytorch_model.bin", "modeling_own.py", "README.md"}.intersection(fake_hub.fetched)


def test_downloaded_model_is_used_without_asking_the_hub(fake_hub: FakeHub, tmp_path: Path) -> None:
    first = find_model("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint)
    fake_hub.fetched.clear()
    fake_hub.files.clear()
    assert find_model("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint) == first
    assert fake_hub.fetched == []


def test_interrupted_download_is_taken_up(fake_hub: FakeHub, tmp_path: Path) -> None:
    folder = find_model("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint)
    (folder / "model.safetensors").unlink()
    assert read_checkpoint(find_model("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint)).parameters > 0


def test_unknown_model_is_said(fake_hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="There is no model org/none: no folder of that name here"):
        find_model("org/none", cache=tmp_path, endpoint=fake_hub.endpoint)


def test_gated_model_is_said_with_what_to_do(fake_hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"org/gated is gated.*set HF_TOKEN"):
        find_model("org/gated", cache=tmp_path, endpoint=fake_hub.endpoint)


def test_failing_hub_is_said_with_its_status(fake_hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="The hub answered 500 when asked for org/broken"):
        find_model("org/broken", cache=tmp_path, endpoint=fake_hub.endpoint)


def test_unreachable_hub_is_said(fake_hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"could not be downloaded: .* Connect to the network"):
        find_model("org/tiny", cache=tmp_path, endpoint="http://127.0.0.1:9")


def test_model_without_safetensors_is_not_downloaded(fake_hub: FakeHub, tmp_path: Path) -> None:
    del fake_hub.files["model.safetensors"]
    with pytest.raises(ModelUnavailable, match="no weights in safetensors format, and pickled ones are not loaded"):
        find_model("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint)
    assert fake_hub.fetched == []


def test_repository_without_a_config_is_not_downloaded(fake_hub: FakeHub, tmp_path: Path) -> None:
    del fake_hub.files["config.json"]
    with pytest.raises(ModelUnavailable, match=r"holds no config\.json: it is not a transformers model"):
        find_model("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint)


def test_full_disk_is_said_before_anything_is_fetched(
    fake_hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "_free_bytes", lambda folder: 300_000_000)
    with pytest.raises(ModelUnavailable, match=r"takes 0\.00 GB and .* has 0\.30 GB free.*set HF_HOME"):
        find_model("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint)
    assert fake_hub.fetched == []
