"""A small web server whose pages a test puts there, and which the default limits of fetching refuse."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ingest.web_page import Limits

HTML = "<title>Guide</title><p>Install it.</p>"
Headers = dict[str, str]


class Pages(ThreadingHTTPServer):
    """Answers each path with what the test put there, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, tuple[int, Headers, bytes]] = {}
        self.requests: list[tuple[str, str]] = []  # (Host, path)

    def put(self, path: str, body: bytes | str = HTML, *, status: int = 200, **headers: str) -> str:
        """Returns the URL."""
        data = body.encode() if isinstance(body, str) else body
        fields = {"Content-Type": "text/html"} | {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (status, fields, data)
        return f"http://127.0.0.1:{self.server_port}{path}"

    def limits(self, **changes: object) -> Limits:
        """The real ones, but for this server."""
        here = Limits(ports=frozenset({self.server_port}), is_allowed=lambda address: address.is_loopback, seconds=5)
        return replace(here, **changes)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server: Pages

    def do_GET(self) -> None:
        self.server.requests.append((self.headers["Host"], self.path))
        status, headers, body = self.server.answers.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        pause = 0.05 if headers.get("X-Drip") else 0.0
        with suppress(ConnectionError):  # the client may have heard enough
            for piece in (body[at : at + 1] for at in range(len(body))) if pause else (body,):
                self.wfile.write(piece)
                time.sleep(pause)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""
