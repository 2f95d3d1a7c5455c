"""A server with the fake workspace behind it, and a headless browser in front; both once for all tests."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from threading import Thread

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from app.ui.server import build_app, listen, page_address
from ingest.parse import SUPPORTED
from tests.ui.fake import FakeWorkspace
from tests.ui.fake_library import FakeLibrary

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOST = "127.0.0.1"
PATIENCE = 20_000  # milliseconds until what should be seen on a page is taken to be missing, on a busy machine
OPENING = 60_000  # milliseconds until a page stands: it costs 3 s of processor time

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"no browser to drive: none of {', '.join(BROWSERS)} is installed")
    with playwright.chromium.launch(executable_path=path, args=["--no-sandbox"]) as running:
        yield running


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeLibrary, str]]:
    """The collections and the address of the page that stands before them."""
    library = FakeLibrary(FakeWorkspace(tmp_path_factory.mktemp("fake")))
    servers: SimpleQueue[uvicorn.Server] = SimpleQueue()
    with listen(HOST, 0) as listener:
        thread = Thread(target=lambda: asyncio.run(serve(library, listener, servers)))
        thread.start()
        server = servers.get(timeout=30)
        yield library, page_address(listener)
        server.should_exit = True
        thread.join()


async def serve(library: FakeLibrary, listener: socket.socket, servers: SimpleQueue[uvicorn.Server]) -> None:
    # Built inside of the running loop: elsewhere gradio makes loops of its own and never closes them.
    app = build_app(library, HOST, tuple(SUPPORTED))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    servers.put(server)
    await server.serve(sockets=[listener])


@pytest.fixture
def library(served: tuple[FakeLibrary, str]) -> FakeLibrary:
    served[0].reset()
    return served[0]


@pytest.fixture
def workspace(library: FakeLibrary) -> FakeWorkspace:
    return library.home


@pytest.fixture
def address(served: tuple[FakeLibrary, str]) -> str:
    return served[1]


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """One context per set of options: pages of one context share gradio's scripts, already fetched and compiled."""
    made: dict[str, BrowserContext] = {}

    def context(**options: object) -> BrowserContext:
        settings = {"locale": "en-US", "viewport": {"width": 1440, "height": 900}, **options}
        key = repr(sorted(settings.items()))
        if key not in made:
            made[key] = browser.new_context(**settings)  # type: ignore[arg-type]
        return made[key]

    yield context
    for one in made.values():
        one.close()


@pytest.fixture
def open_page(
    contexts: Callable[..., BrowserContext], workspace: FakeWorkspace, address: str
) -> Iterator[Callable[..., Page]]:
    """Opens the page as a new visitor: open_page(locale="zh-CN", viewport={"width": 390, "height": 844})."""
    pages: list[Page] = []

    def opened(**options: object) -> Page:
        page = contexts(**options).new_page()
        pages.append(page)
        page.set_default_timeout(PATIENCE)
        page.goto(address, timeout=OPENING)
        page.locator("#welcome h2").wait_for(timeout=OPENING)
        return page

    yield opened
    for page in pages:
        page.context.clear_cookies()
        page.close()


@pytest.fixture
def page(open_page: Callable[..., Page], workspace: FakeWorkspace) -> Page:
    """The page in English on a wide screen, with the sample handbook on the shelf."""
    workspace.add_samples()
    return open_page()


def ask(page: Page, question: str) -> None:
    """Types the question and presses Enter."""
    page.locator("#question textarea").fill(question)
    page.locator("#question textarea").press("Enter")
