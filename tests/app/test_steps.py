"""Steps of a chain add their keys one after the other, and what they add is seen at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.clock import Clock
from app.steps import adding, streaming
from app.types import Stage


def test_what_a_step_adds_is_seen_before_the_next_one_begins() -> None:
    begun: list[str] = []

    def first(state: dict[str, Any]) -> int:
        begun.append("first")
        return int(state["given"]) + 1

    def second(state: dict[str, Any]) -> int:
        begun.append("second")
        return int(state["one"]) * 2

    updates = (adding("one", first) | adding("two", second)).stream({"given": 1})
    assert next(updates) == {"given": 1}
    assert begun == []
    assert next(updates) == {"one": 2}
    assert begun == ["first"]
    assert list(updates) == [{"two": 4}]


def test_a_streaming_step_adds_piece_by_piece_and_is_closed_with_the_chain() -> None:
    closed = []

    def pieces(_: dict[str, Any]) -> Iterator[str]:
        try:
            yield from "abc"
        finally:
            closed.append(True)

    updates = (adding("length", lambda state: len(state["word"])) | streaming("piece", pieces)).stream({"word": "abc"})
    assert [next(updates) for _ in range(3)] == [{"word": "abc"}, {"length": 3}, {"piece": "a"}]
    updates.close()  # type: ignore[attr-defined]  # a generator, declared as an iterator
    assert closed


def test_the_whole_state_is_what_invoking_gives() -> None:
    chain = adding("one", lambda state: state["given"] + 1) | streaming("said", lambda _: iter(["a", "b"]))
    assert chain.invoke({"given": 1}) == {"given": 1, "one": 2, "said": "ab"}


def test_the_clock_measures_a_step_but_not_who_reads_it() -> None:
    clock = Clock()
    list(adding("ways", lambda _: 1, Stage.CONDENSE).stream({"clock": clock}))
    assert clock.seconds["condense"] >= 0
    assert clock.seconds["retrieve"] == 0
