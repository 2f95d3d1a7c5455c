"""Claims about many pages at once, without a browser; `python -m bench.sessions` asks the real Docent the same way."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from time import monotonic
from typing import TypeVar

import gradio as gr
import httpx
import pytest

from app.ui.blocks import Blocks
from app.ui.chat.rush import Rush
from bench.page_client import Asked, PageClient
from bench.sessions import ask_all
from tests.ui.fake import FakeWorkspace

T = TypeVar("T")


def test_pages_that_ask_at_once_get_an_answer_each_and_those_that_fail_are_told_apart(
    address: str, workspace: FakeWorkspace
) -> None:
    workspace.add_samples()
    asked = finished(ask_all(address, sessions=8, questions=3))
    assert len(asked) == len({one.question for one in asked}) == 24
    assert all(one.answered for one in asked)
    broken, right = finished(ask_in_turn(address, ["broken?", "returns?"]))
    assert (broken.answered, right.answered) == (False, True)


def finished(work: Coroutine[object, object, T]) -> T:
    """What comes of it, in a thread of its own: in this one Playwright has a loop running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def ask_in_turn(address: str, questions: list[str]) -> list[Asked]:
    async with httpx.AsyncClient(base_url=address, timeout=30, trust_env=False) as http:
        page = PageClient(http)
        await page.open()
        return [await page.ask(question) for question in questions]


def test_outputs_that_are_left_as_they_are_are_told_as_such_and_the_others_as_gradio_does() -> None:
    skipped, number = gr.skip(), {"value": 2, "__type__": "update"}
    assert finished(told(Blocks, ["kept", skipped, number])) == [None, skipped, number]
    assert finished(told(gr.Blocks, ["kept", "<p>", number])) == [None, "<p>", number]
    assert finished(told(Blocks, [skipped] * 3)) == [None, skipped, skipped]
    assert finished(told(Blocks, ["kept", "<p>", 3])) == [None, "<p>", 3]
    with pytest.raises(ValueError, match="didn't return enough"):
        finished(told(Blocks, ["kept", skipped]))


async def told(kind: type[gr.Blocks], values: list[object]) -> list[object]:
    """What a page of this kind tells the browser of what a handler returned."""
    with kind() as page:
        outputs = [gr.State("kept"), gr.HTML("<p>"), gr.Number(1)]
        gr.Button().click(lambda: None, None, outputs)
    return await page.postprocess_data(page.fns[0], copy.deepcopy(values), None)


def test_work_that_nobody_waits_for_stands_back_until_all_are_answered_and_gives_up_in_time() -> None:
    rush = Rush()
    assert rush.calm_within(0)
    with rush.waiting():
        assert rush.size == 1
        assert not rush.calm_within(0.01)
        found: list[bool] = []
        patient = Thread(target=lambda: found.append(rush.calm_within(20)))
        patient.start()
    begun = monotonic()
    patient.join()
    assert found == [True]
    assert monotonic() - begun < 10
