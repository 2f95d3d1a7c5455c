"""A small HTTP server that answers as OpenAI-compatible servers do, rightly or wrongly, and remembers the requests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.serving import serving

CHAT = "POST /v1/chat/completions"
MODELS = "GET /v1/models"


@dataclass(frozen=True)
class Reply:
    """One answer: JSON, or server-sent events when `events` is given."""

    status: int = 200
    body: object = None
    events: Sequence[str] | None = None
    breaks_off: bool = False  # close the connection without the end that chunked encoding promises


@dataclass
class ModelServer:
    """A running server; `routes` may be changed while it runs."""

    root: str
    routes: dict[str, Reply]
    requests: list[tuple[str, Any]] = field(default_factory=list)  # (route, JSON body)
    keys: list[str | None] = field(default_factory=list)  # Authorization headers

    @property
    def url(self) -> str:
        return f"{self.root}/v1"

    def asked(self) -> dict[str, Any]:
        """The body of the last chat request."""
        return next(body for route, body in reversed(self.requests) if route.endswith("/chat/completions"))


def listing(*names: str, **fields: object) -> Reply:
    """The answer of /v1/models."""
    return Reply(body={"object": "list", "data": [{"id": name, "object": "model", **fields} for name in names]})


def stream(*texts: str, finish: str | None = "stop", breaks_off: bool = False) -> Reply:
    """A streamed chat completion."""
    events = [_chunk({"role": "assistant", "content": ""}, None), *(_chunk({"content": t}, None) for t in texts)]
    events += [_chunk({}, finish), "[DONE]"] if finish else []
    return Reply(events=events, breaks_off=breaks_off)


def refusal(status: int, message: str, **fields: object) -> Reply:
    """An error as most servers word it."""
    return Reply(status, {"error": {"message": message, **fields}})


def _chunk(delta: Mapping[str, str], finish: str | None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return json.dumps({"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]})


@contextmanager
def serve(routes: Mapping[str, Reply]) -> Iterator[ModelServer]:
    """A server on a free port of this machine while the context lasts; what has no route is answered 404."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    running = ModelServer(f"http://127.0.0.1:{server.server_address[1]}", dict(routes))
    server.running = running  # type: ignore[attr-defined]
    server.daemon_threads = True
    with serving(server):
        yield running


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: object) -> None:
        running: ModelServer = self.server.running  # type: ignore[attr-defined]
        route = f"{self.command} {self.path}"
        running.requests.append((route, body))
        running.keys.append(self.headers.get("Authorization"))
        reply = running.routes.get(route, Reply(404, "404 page not found"))
        if reply.events is None:
            self._send_json(reply)
        else:
            self._send_events(reply)

    def _send_json(self, reply: Reply) -> None:
        content = json.dumps(reply.body).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _send_events(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in reply.events or ():
            content = f"data: {event}\n\n".encode()
            self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
            self.wfile.flush()
        if reply.breaks_off:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        return None
