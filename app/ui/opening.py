"""The first thing that a browser gets: style and script before gradio's own, which it would otherwise add last."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadFirst:
    """Puts `head` at the start of the page's <head>.

    Gradio's own `head` parameter is carried out by its script, once it runs: too late to choose the language of
    gradio's labels, and the page would stand there undressed until then.
    """

    def __init__(self, app: ASGIApp, head: str) -> None:
        self._app = app
        self._head = head.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != "/":
            await self._app(scope, receive, send)
            return
        await self._app(_uncompressed(scope), receive, _Insertion(self._head, send))


class _Insertion:
    """Holds one response back until it is whole, then sends it with the head inserted."""

    def __init__(self, head: bytes, send: Send) -> None:
        self._head = head
        self._send = send
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        body = self._body.replace(b"<head>", b"<head>" + self._head, 1)
        MutableHeaders(scope=self._start)["content-length"] = str(len(body))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body})


def _uncompressed(scope: Scope) -> Scope:
    """The request without its wish for a compressed answer, which could not be added to."""
    kept = [(name, value) for name, value in Headers(scope=scope).raw if name != b"accept-encoding"]
    return {**scope, "headers": kept}
