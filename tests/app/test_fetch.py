"""A hub model brought here in the background: told before, followed, cancelled and taken up again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.models.fetch import FetchState, ModelFetch
from app.types import ModelChoice, ModelKind, ModelStatus
from ingest.errors import ModelUnavailable
from tests.fake_hub import FakeHub

CHOICE = ModelChoice("org/tiny")


@dataclass
class Used:
    """Remembers what was taken into use."""

    choices: list[ModelChoice] = field(default_factory=list)
    problem: str | None = None

    def __call__(self, choice: ModelChoice) -> ModelStatus:
        if self.problem:
            raise ModelUnavailable(self.problem)
        self.choices.append(choice)
        return ModelStatus(ModelKind.TRANSFORMERS, choice.llm, "cpu", 8192)


@pytest.fixture
def used() -> Used:
    return Used()


@pytest.fixture
def fetch(fake_hub: FakeHub, tmp_path: Path, used: Used) -> ModelFetch:
    return ModelFetch(used, cache=tmp_path, endpoint=fake_hub.endpoint)


def begin(fetch: ModelFetch, choice: ModelChoice = CHOICE) -> None:
    plan = fetch.plan(choice)
    assert plan is not None
    fetch.start(choice, plan)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def ended(fetch: ModelFetch) -> bool:
    return fetch.current is not None and not fetch.current.under_way


def test_downloaded_model_answers_and_needs_no_second_download(fetch: ModelFetch, used: Used) -> None:
    begin(fetch)
    wait_for(lambda: ended(fetch))
    assert fetch.current is not None
    assert (fetch.current.state, used.choices) == (FetchState.DONE, [CHOICE])
    assert fetch.current.progress.done_bytes == fetch.current.progress.total_bytes
    assert fetch.plan(CHOICE) is None


def test_what_needs_no_weights_is_not_planned(fetch: ModelFetch, tiny_chat_model: Path) -> None:
    here = [ModelChoice("built-in"), ModelChoice("m", "http://127.0.0.1:1/v1"), ModelChoice(str(tiny_chat_model))]
    assert [fetch.plan(choice) for choice in here] == [None, None, None]


def test_cancelled_download_is_used_by_nobody_and_can_be_taken_up(
    fetch: ModelFetch, fake_hub: FakeHub, used: Used
) -> None:
    fake_hub.files["model.safetensors"] += bytes(4_000_000)
    fake_hub.pause = 0.2
    begin(fetch)
    with pytest.raises(ModelUnavailable, match="org/tiny is still on its way here"):
        begin(fetch)
    fetch.cancel()
    wait_for(lambda: ended(fetch))
    assert fetch.current is not None
    assert (fetch.current.state, used.choices) == (FetchState.CANCELLED, [])
    fake_hub.pause = 0.0
    begin(fetch)
    wait_for(lambda: bool(used.choices))


def test_failure_is_told_until_somebody_has_seen_it(fetch: ModelFetch, used: Used) -> None:
    used.problem = "It needs 9 GB of memory."
    begin(fetch)
    wait_for(lambda: ended(fetch))
    assert fetch.current is not None
    assert (fetch.current.state, fetch.current.problem) == (FetchState.FAILED, used.problem)
    fetch.forget()
    assert fetch.current is None


def test_hub_that_goes_away_is_told(fetch: ModelFetch, fake_hub: FakeHub) -> None:
    plan = fetch.plan(CHOICE)
    assert plan is not None
    fake_hub.files.clear()
    fetch.start(CHOICE, plan)
    wait_for(lambda: ended(fetch))
    assert fetch.current is not None
    assert fetch.current.state is FetchState.FAILED
