"""Who waits for an answer, so that work that nobody waits for can stand back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class Rush:
    """The answers under way on this server. Safe to use from any thread."""

    def __init__(self) -> None:
        self._waiting = 0
        self._changed = Condition()

    @property
    def size(self) -> int:
        """How many wait."""
        return self._waiting

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Somebody waits for an answer for as long as the context lasts."""
        with self._changed:
            self._waiting += 1
        try:
            yield
        finally:
            with self._changed:
                self._waiting -= 1
                self._changed.notify_all()

    def calm_within(self, seconds: float) -> bool:
        """Whether there comes a moment, soon enough, in which nobody waits; returns at it."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, timeout=seconds)
