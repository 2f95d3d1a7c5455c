"""How long each stage of answering takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

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
