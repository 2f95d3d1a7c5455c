"""Serves the page, and says where it is once it is there."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from types import FrameType

import gradio as gr
import uvicorn
from fastapi import FastAPI

from app.ui.collections.visits import Visits
from app.ui.guard import guard
from app.ui.history.downloads import add_downloads
from app.ui.opening import HeadFirst
from app.ui.page import build_page, page_translations
from app.ui.settings.settings_link import add_settings_link
from app.ui.theme import page_head, page_theme
from app.ui.visitor import VisitorCookie
from app.ui.workspace import Library
from ingest.errors import SettingsError
from ingest.parse import SUPPORTED

GRACE_SECONDS = 2  # open pages hold a connection each: a stop does not wait for them longer than this
# For how long a thread may keep Python's lock from others. A model lets go of it and takes it again some 200 times a
# call, beside a thread that computes in Python: with Python's 5 ms, often ten times as long (python -m bench.network).
SWITCH_SECONDS = 0.001


def build_app(library: Library, host: str, file_types: Sequence[str]) -> FastAPI:
    """The application: GET /health, and the page at /."""
    app = FastAPI(title="Docent", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(HeadFirst, head=page_head())
    app.add_middleware(VisitorCookie)
    guard(app, host)
    visits = Visits(library)
    workspace = visits.workspace

    @app.get("/health")
    def health() -> dict[str, object]:
        status = workspace.status()
        return {"ready": status.ready, "problem": status.problem}

    add_downloads(app, library)
    add_settings_link(app, workspace)
    gr.mount_gradio_app(
        app,
        build_page(visits, file_types),
        path="/",
        server_name=host,
        footer_links=[],
        run_history=False,
        show_error=False,  # what the user can mend is shown in its place; the rest is for the log
        max_file_size=workspace.settings.max_file_bytes,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        enable_monitoring=False,
        i18n=page_translations(),
        theme=page_theme(),
    )
    return app


def serve_page(library: Library, host: str, port: int, *, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serves until interrupted; calls `on_ready` once the page is there. SettingsError when the port cannot be had."""
    sys.setswitchinterval(SWITCH_SECONDS)
    listener = listen(host, port)
    config = uvicorn.Config(
        build_app(library, host, tuple(SUPPORTED)),
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    with listener, suppress(KeyboardInterrupt):
        AnnouncingServer(config, on_ready).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at `host` and `port`; port 0 takes any free one."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise SettingsError(_complaint(host, port, error)) from error


def _complaint(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use, perhaps by another Docent. Stop that one or add: --port {port + 1}."
    if error.errno == errno.EACCES:
        return f"Port {port} on {host} may not be used by this user. Take one above 1023: --port 7860."
    return f"Docent cannot listen on {host}, port {port}: {error.strerror}. Name an address of this machine: --host."


class AnnouncingServer(uvicorn.Server):
    """Writes the page's address to stderr once requests are answered."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begins to stop. A second Ctrl-C changes nothing: it could only break off what ends within GRACE_SECONDS."""
        if not self.should_exit:
            super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or []:
            sys.stderr.write(f"Docent is at {page_address(listener)}\n")
            sys.stderr.flush()
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Hangs up on the open pages first: each holds a stream that would not end by itself."""
        for connection in tuple(self.server_state.connections):
            connection.transport.close()
        await super().shutdown(sockets)


def page_address(listener: socket.socket) -> str:
    """Where a browser on this machine finds the page."""
    host, port = listener.getsockname()[:2]
    if ip_address(host).is_unspecified:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
