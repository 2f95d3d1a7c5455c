"""Ask from many browsers at once: python -m bench.sessions [--sessions N] [--questions N] [--pause SECONDS]

The installed command `docent` serves a fresh data folder with the sample handbook. A Chromium opens the page as soon as
it is served, while the models are still being loaded. Then every session asks its questions one after the other, as
gradio's script would over HTTP, and polls as often as an open page does: as many Chromiums would measure
themselves. Between an answer and the next question it takes no breath, or pauses as somebody who reads would, half as
long to half as long again as it is told.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np

from app.settings import AppSettings
from bench.page_client import PATIENCE_SECONDS, Asked, PageClient
from bench.server import get, has_samples, is_ready, server, wait
from ingest.command_line import run
from ingest.commands import put, say
from ingest.errors import DocentError

QUESTIONS = Path(__file__).parent.parent / "tests" / "sample_questions.jsonl"  # about the handbook, in both languages
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


@dataclass(frozen=True, slots=True)
class Paint:
    """Milliseconds from going to the page until something, and until its question field was there."""

    first: float
    usable: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of it."""

    paint: Paint
    asked: list[Asked]
    processor_seconds: float  # of the server, from the first page that was opened to the last answer


def measure(folder: Path, sessions: int, questions: int, pause: float) -> Measured:
    """All of it, in a folder that is empty."""
    with server(folder) as served:
        wait(lambda: get(served.address) is not None, "serve the page", served.fault)
        say("painting")
        paint = painted(served.address)
        wait(lambda: is_ready(served.address), "load the models", served.fault)
        wait(lambda: has_samples(folder / "data"), "bring in the samples", served.fault)
        say("asking")
        before = served.processor_seconds()
        asked = asyncio.run(ask_all(served.address, sessions, questions, pause))
        return Measured(paint, asked, served.processor_seconds() - before)


def painted(address: str) -> Paint:
    """How soon a browser that has never been here shows the page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        if path is None:
            raise DocentError("There is no Chromium here to paint the page. Install one: apt install chromium")
        with playwright.chromium.launch(executable_path=path, args=["--no-sandbox"]) as browser:
            page = browser.new_page()
            page.goto(address)
            page.locator("#question textarea").wait_for()
            usable = page.evaluate("performance.now()")
            return Paint(page.evaluate(_PAINTED), usable)


async def ask_all(address: str, sessions: int, questions: int, pause: float = 0) -> list[Asked]:
    """What became of all questions, `pause` seconds between a session's; none is asked before every page is open."""
    asked = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    opened = asyncio.Barrier(sessions)

    async def session(number: int) -> list[Asked]:
        own = [asked[(number * questions + i) % len(asked)] for i in range(questions)]
        chance = random.Random(number)
        async with httpx.AsyncClient(base_url=address, timeout=PATIENCE_SECONDS, trust_env=False) as http:
            page = PageClient(http)
            await page.open()
            await opened.wait()
            polling = asyncio.create_task(_poll(page))
            try:
                found = []
                for question in own:
                    await asyncio.sleep(pause * chance.uniform(0.5, 1.5))
                    found.append(await _asked(page, question))
                return found
            finally:
                polling.cancel()
                page.close()

    found = await asyncio.gather(*(session(number) for number in range(sessions)))
    return [one for own in found for one in own]


async def _asked(page: PageClient, question: str) -> Asked:
    started = time.perf_counter()
    try:
        return await page.ask(question)
    except (httpx.HTTPError, TimeoutError) as error:
        say(f"{question}: {type(error).__name__}")
        return Asked(question, time.perf_counter() - started, answered=False)


async def _poll(page: PageClient) -> None:
    while True:
        await asyncio.sleep(await page.poll())


def table(measured: Measured, sessions: int) -> str:
    """Markdown: what was measured, and what the project promises."""
    paint, asked = measured.paint, measured.asked
    seconds = [one.seconds for one in asked]
    lost = sum(not one.answered for one in asked)
    rows = (
        ("first paint of a new browser, once the page is served", f"{paint.first / 1000:.2f} s", "under 2"),
        ("until it can be asked", f"{paint.usable / 1000:.2f} s", ""),
        (f"answers to {sessions} sessions at once, lost of {len(asked)}", f"{lost}", "none"),
        ("an answer, p50", f"{np.percentile(seconds, 50):.2f} s", ""),
        ("an answer, p95", f"{np.percentile(seconds, 95):.2f} s", "under 3"),
        ("processor time of an answer, with its page", f"{measured.processor_seconds / len(asked):.2f} s", ""),
    )
    return "\n".join(["| | measured | aim |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit status: 1 where an answer was lost."""
    parser = argparse.ArgumentParser(prog="python -m bench.sessions", description="Ask from many browsers at once.")
    parser.add_argument("--sessions", metavar="N", type=int, default=20, help="how many (20)")
    parser.add_argument("--questions", metavar="N", type=int, default=5, help="of each, one after the other (5)")
    parser.add_argument("--pause", metavar="SECONDS", type=float, default=0, help="before each question (0)")
    parser.set_defaults(run=_run)
    return run(parser, AppSettings, arguments)


def _run(arguments: argparse.Namespace, _: AppSettings) -> int:
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="docent-bench-") as folder:
        measured = measure(Path(folder), arguments.sessions, arguments.questions, arguments.pause)
    put(table(measured, arguments.sessions))
    put(f"\nThe load average was {before:.1f} before, on {os.cpu_count()} cores.")
    return 0 if all(one.answered for one in measured.asked) else 1


if __name__ == "__main__":
    sys.exit(main())
