"""How long each stage of answering takes.

Measured inside of the steps: LCEL runs them on threads, and passes on what one has added when the next may have begun.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from langchain_core.runnables import Runnable, RunnableLambda

from app.types import Stage


class Clock:
    """Seconds spent in each stage."""

    def __init__(self) -> None:
        self._spent = dict.fromkeys(Stage, 0.0)

    @contextmanager
    def measure(self, stage: Stage) -> Iterator[None]:
        """What happens within is of this stage, and of no other that is measured within it."""
        started, before = time.perf_counter(), sum(self._spent.values())
        yield
        inner = sum(self._spent.values()) - before
        self._spent[stage] += time.perf_counter() - started - inner

    @property
    def seconds(self) -> dict[str, float]:
        """By the stage's name, in the order of the stages."""
        return {stage.value: round(spent, 4) for stage, spent in self._spent.items()}


def timed(stage: Stage, step: Callable[[dict[str, Any]], Any]) -> Runnable[dict[str, Any], Any]:
    """The step as LCEL takes it; its state holds the `clock`."""

    def run(state: dict[str, Any]) -> Any:
        with state["clock"].measure(stage):
            return step(state)

    return RunnableLambda(run)
