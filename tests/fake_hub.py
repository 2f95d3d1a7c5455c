"""A small server on this machine that speaks the hub's protocol."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.serving import serving

SHA = "a" * 40


class FakeHub(ThreadingHTTPServer):
    """Serves the repository org/tiny from `files`; other names are unknown, org/gated is gated."""

    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files
        self.fetched: list[str] = []
        self.pause = 0.0  # seconds before each megabyte of a file
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
        if self.command != "GET":
            return
        for start in range(0, len(content), 1_000_000):
            time.sleep(self.server.pause)
            self.wfile.write(content[start : start + 1_000_000])

    def log_message(self, format: str, *args: object) -> None:
        return None


@contextmanager
def serve_hub(model: Path) -> Iterator[FakeHub]:
    """The hub with the files of `model`, and with some that should not be fetched."""
    files = {path.name: path.read_bytes() for path in model.iterdir()}
    files |= {"README.md": b"# tiny", "pytorch_model.bin": b"pickle", "modeling_own.py": b"code"}
    with serving(FakeHub(files)) as server:
        yield server
