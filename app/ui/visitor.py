"""Who is looking: a secret that the page gives each browser, and the owner that it makes of its conversations.

The secret is a cookie that no script can read and that stays in the browser for a year. Only its hash is stored, so
that whoever reads the database cannot pass for a browser.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

VISITOR_COOKIE = "docent_visitor"
# Lax and not Strict: else a visit by a link from elsewhere would come without the cookie and be given a new one.
_ATTRIBUTES = "Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"
_SECRET = re.compile(r"[0-9a-f]{32}")


def owner_of(cookies: Mapping[str, str]) -> str | None:
    """The owner of what this browser asks; None for one that keeps no cookie, of which nothing is kept either."""
    secret = cookies.get(VISITOR_COOKIE, "")
    return hashlib.sha256(secret.encode()).hexdigest() if _SECRET.fullmatch(secret) else None


class VisitorCookie:
    """Gives a browser that has no secret one with the page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                secure = "; Secure" if scope["scheme"] == "https" else ""
                cookie = f"{VISITOR_COOKIE}={secrets.token_hex(16)}; {_ATTRIBUTES}{secure}"
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        is_page = scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == "/"
        is_new = is_page and owner_of(HTTPConnection(scope).cookies) is None
        await self._app(scope, receive, send_with_cookie if is_new else send)
