"""What other web sites must not do with Docent through its user's browser. Knows headers, not the page."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")

# Gradio needs inline styles and scripts and compiles its templates; no part of the page needs another host.
CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self' data: blob:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
))  # fmt: skip
PAGE_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def guard(app: FastAPI, host: str) -> None:
    """Adds the checks. Bound to this machine only, the server also answers to this machine's names only.

    Without that, a site whose name is made to resolve to 127.0.0.1 (DNS rebinding) could read the documents.
    """
    app.add_middleware(PageHeaders)
    app.add_middleware(SameOriginOnly)
    if is_loopback(host):
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=_names(host), www_redirect=False)


def is_loopback(host: str) -> bool:
    """Whether a server bound to `host` can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _names(host: str) -> list[str]:
    own: Iterable[str] = () if host in LOOPBACK_NAMES or ":" in host else (host,)
    return [*LOOPBACK_NAMES, *own]


class SameOriginOnly:
    """Refuses a request that changes something when a page of another origin made it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS and not _same_origin(Headers(scope=scope)):
            refusal = PlainTextResponse("Refused: this request comes from a page of another site.", status_code=403)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _same_origin(headers: Headers) -> bool:
    """What the browser itself says, else the origin it names; a program that sends neither is no browser."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


class PageHeaders:
    """Tells the browser to load nothing from elsewhere and to show the page in no other site's frame."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(PAGE_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
