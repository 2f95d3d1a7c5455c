"""Claims about the page's parts that need no browser."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from importlib.resources import files
from threading import Event

import pytest

from app.types import AnswerReady, Language, ModelKind, ModelStatus, Stage, StageStarted, TextDelta
from app.ui.chat.chat import paced
from app.ui.chat.conversation import Conversation, Exchange
from app.ui.chat.interrupt import until
from app.ui.documents.document_row import size_words
from app.ui.documents.shelf import Shelf
from app.ui.documents.web_page import full_address
from app.ui.header import model_words
from app.ui.texts import load_texts
from tests.ui.fake import FakeWorkspace, record

ENGLISH = load_texts(Language.ENGLISH)
PAIRS = (  # text and what it stands on
    ("ink", "paper"),
    ("ink", "sheet"),
    ("ink-soft", "paper"),
    ("ink-soft", "sheet"),
    ("accent", "accent-soft"),
    ("on-accent", "accent"),
    ("mark-ink", "mark"),
    ("warn", "warn-soft"),
    ("warn", "paper"),
    ("good", "paper"),
    ("busy", "paper"),
)


def colours(selector: str) -> dict[str, str]:
    style = files("app.ui").joinpath("style.css").read_text(encoding="utf-8")
    block = re.search(rf"^{re.escape(selector)} {{(.*?)^}}", style, re.MULTILINE | re.DOTALL)
    assert block is not None
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block[1]))


def luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("selector", [":root", ".dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out_from_its_ground_as_wcag_aa_asks(selector: str, text: str, ground: str) -> None:
    darker, lighter = sorted(luminance(colours(selector)[name]) for name in (text, ground))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (48_213, "48 kB"), (999_600, "1.0 MB"), (2_500_000_000, "2.5 GB")],
)
def test_size_is_said_in_the_largest_fitting_unit(count: int, words: str) -> None:
    assert size_words(count) == words


@pytest.mark.parametrize(
    ("typed", "url"),
    [(" example.org/a ", "https://example.org/a"), ("http://x.cn", "http://x.cn"), ("FTP://x", "FTP://x"), ("  ", "")],
)
def test_address_without_a_scheme_is_asked_for_by_https(typed: str, url: str) -> None:
    assert full_address(typed) == url


def test_document_that_is_gone_drops_out_of_the_scope() -> None:
    shelf = Shelf().toggle("a.md").toggle("b.md").toggle("c.md").toggle("c.md")
    assert shelf.scope == ("a.md", "b.md")
    assert shelf.scope_among([record("b.md")]) == ("b.md",)


def test_exchange_follows_the_events_of_its_answer() -> None:
    *_, ready = FakeWorkspace(texts={}).stream("parking?", (), options=None)  # type: ignore[arg-type]
    assert isinstance(ready, AnswerReady)
    exchange = Exchange("parking?")
    for event in (StageStarted(Stage.GENERATE), TextDelta("Your "), TextDelta("documents")):
        exchange = exchange.after(event)
    assert (exchange.stage, exchange.text, exchange.finished) == (Stage.GENERATE, "Your documents", False)
    exchange = exchange.after(ready)
    assert exchange.finished
    conversation = Conversation((exchange,))
    assert conversation.place(0, "passage", 0) is not None
    assert conversation.place(0, "passage", 1) is None
    assert conversation.place(0, "citation", 1) is None
    assert conversation.place(7, "citation", 1) is None


def test_broken_off_exchange_counts_as_stopped() -> None:
    stop = Event()
    conversation = Conversation().add(Exchange("q", text="Half an"), stop)
    assert conversation.busy
    stop.set()
    assert not conversation.busy
    assert conversation.settled().exchanges == (Exchange("q", text="Half an", stopped=True),)


def test_stop_ends_a_stream_that_says_nothing_and_closes_it_when_it_does() -> None:
    speak, closed = Event(), Event()

    def silent() -> Iterator[int]:
        try:
            yield 1
            speak.wait(10)
            yield 2
        finally:
            closed.set()

    stop = Event()
    heard = until(stop, silent)
    assert next(heard) == 1
    stop.set()
    begun = time.monotonic()
    assert not any(heard)
    assert time.monotonic() - begun < 1
    speak.set()
    assert closed.wait(5)


def test_error_of_a_stream_reaches_its_reader() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    heard = until(Event(), failing)
    assert next(heard) == 1
    with pytest.raises(ValueError, match="broken"):
        next(heard)


def test_pacing_drops_frames_but_never_the_end() -> None:
    grown = [Exchange("q", text="x" * n) for n in range(100)]
    end = Exchange("q", stopped=True)
    assert list(paced([*grown, end], seconds=lambda: 60)) == [grown[0], end]


def test_a_frame_that_was_held_back_is_drawn_once_its_time_has_come() -> None:
    first, staged = Exchange("q"), Exchange("q", stage=Stage.RETRIEVE)

    def growing() -> Iterator[Exchange]:
        yield first
        yield staged
        time.sleep(0.02)
        yield staged
        time.sleep(0.02)
        yield staged

    assert list(paced(growing(), seconds=lambda: 0.01)) == [first, staged]


def test_a_stream_that_says_nothing_says_that_it_goes_on() -> None:
    speak = Event()

    def silent() -> Iterator[int]:
        speak.wait(10)
        yield 1

    heard = until(Event(), silent)
    assert next(heard) is None
    speak.set()
    assert [item for item in heard if item is not None] == [1]


@pytest.mark.parametrize(
    ("name", "words"),
    [("/models/Qwen3-0.6B", "Qwen3-0.6B"), ("Qwen/Qwen3-0.6B", "Qwen/Qwen3-0.6B"), ("qwen3:8b", "qwen3:8b")],
)
def test_a_model_in_a_folder_is_called_by_its_last_part(name: str, words: str) -> None:
    status = ModelStatus(ModelKind.TRANSFORMERS, name, "cpu", 4096)
    assert model_words(status, ENGLISH) == words
