"""The steps of the chain, as LCEL takes them: a dictionary flows through, and each step adds its key to it.

Each is a generator, so that what one step adds is seen before the next one begins. `RunnablePassthrough.assign` does
the same with a thread for each step, which costs more than most of the steps do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from langchain_core.runnables import Runnable, RunnableGenerator
from langchain_core.runnables.utils import AddableDict

from app.types import Stage

State = dict[str, Any]


def adding(key: str, step: Callable[[State], Any], stage: Stage | None = None) -> Runnable[State, State]:
    """Adds what `step` makes of the whole state; its `clock` measures the stage."""

    def made(state: State) -> Iterator[Any]:
        if stage is None:
            yield step(state)
            return
        with state["clock"].measure(stage):
            result = step(state)
        yield result

    return streaming(key, made)


def streaming(key: str, step: Callable[[State], Iterator[Any]]) -> Runnable[State, State]:
    """Adds one piece after the other, each under the same key."""

    def transform(updates: Iterator[State]) -> Iterator[State]:
        state: State = {}
        for update in updates:
            state |= update
            yield update
        for piece in step(state):
            yield AddableDict({key: piece})

    return RunnableGenerator(transform, name=key)
