"""Watching real folders: changes are passed on when files have come to rest."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.watch import keep_in_step

QUIET = 0.6


class Watched:
    """What a watch has called for so far."""

    def __init__(self) -> None:
        self.calls: list[frozenset[Path]] = []
        self.succeeds = True

    def sync(self, busy: frozenset[Path]) -> bool:
        self.calls.append(busy)
        return self.succeeds


@contextmanager
def watching(*places: Path) -> Iterator[Watched]:
    watched, stop = Watched(), threading.Event()
    thread = threading.Thread(
        target=keep_in_step, args=(places, watched.sync), kwargs={"stop": stop, "quiet_seconds": QUIET}
    )
    thread.start()
    try:
        wait_for(lambda: watched.calls)
        watched.calls.clear()
        yield watched
    finally:
        stop.set()
        thread.join(timeout=10)
        assert not thread.is_alive()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_new_and_deleted_files_are_noticed(tmp_path: Path) -> None:
    with watching(tmp_path) as watched:
        (tmp_path / "a.txt").write_text("text")
        wait_for(lambda: len(watched.calls) == 1)
        assert watched.calls == [frozenset()]
        (tmp_path / "a.txt").unlink()
        wait_for(lambda: len(watched.calls) == 2)
    assert watched.calls == [frozenset(), frozenset()]


def test_file_that_is_still_being_written_is_left_alone_until_it_is_quiet(tmp_path: Path) -> None:
    slow = tmp_path / "slow.txt"
    with watching(tmp_path) as watched:
        (tmp_path / "done.txt").write_text("text")
        with slow.open("w") as file:

            def still_writing() -> bool:
                file.write("more")
                file.flush()
                return bool(watched.calls)

            wait_for(still_writing)
        assert watched.calls == [frozenset({slow.resolve()})]
        wait_for(lambda: len(watched.calls) == 2)
    assert watched.calls[1] == frozenset()


def test_work_that_could_not_be_done_is_asked_for_again(tmp_path: Path) -> None:
    with watching(tmp_path) as watched:
        watched.succeeds = False
        (tmp_path / "a.txt").write_text("text")
        wait_for(lambda: len(watched.calls) >= 2)
        watched.succeeds = True


@pytest.mark.parametrize("name", [".hidden.txt", ".folder/a.txt"])
def test_hidden_files_call_for_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    with watching(tmp_path) as watched:
        (tmp_path / name).write_text("text")
        time.sleep(3 * QUIET)
    assert watched.calls == []
