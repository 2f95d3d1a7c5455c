"""Removals that wait a few seconds, so that they can be taken back. Knows names and times, not how one removes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from app.workspace.background import Background

UNDO_SECONDS = 8.0


class Removals:
    """Documents or collections that are about to be removed: until then all of one is there, and it can be kept.

    The wait is the server's, whichever page asked: closing the page changes nothing, closing the server ends it.
    """

    def __init__(
        self, remove: Callable[[Sequence[str]], None], background: Background, *, seconds: float = UNDO_SECONDS
    ) -> None:
        self._remove = remove
        self._background = background
        self._seconds = seconds
        self._due: dict[str, float] = {}  # by name, on the monotonic clock
        self._leaving: set[str] = set()  # being removed now
        self._changing = threading.Lock()
        self._removing = threading.Lock()

    def schedule(self, names: Sequence[str]) -> None:
        """Remove these in a few seconds."""
        due = time.monotonic() + self._seconds
        with self._changing:
            self._due.update({name: due for name in names if name not in self._leaving})
        timer = threading.Timer(self._seconds, self._carry_out, [due])
        timer.daemon = True
        timer.start()

    def undo(self) -> None:
        """Take back everything that is still waiting."""
        with self._changing:
            self._due.clear()

    def waiting(self) -> Mapping[str, float]:
        """Seconds until each is removed; 0 for those that are being removed."""
        now = time.monotonic()
        with self._changing:
            return {**{name: max(0.0, due - now) for name, due in self._due.items()}, **dict.fromkeys(self._leaving, 0)}

    def close(self) -> None:
        """Carry out at once what is still waiting."""
        with self._changing:
            last = max(self._due.values(), default=0.0)
        self._carry_out(last)

    def _carry_out(self, until: float) -> None:
        with self._removing:
            with self._changing:
                names = [name for name, due in self._due.items() if due <= until]
                self._leaving.update(names)
                for name in names:
                    del self._due[name]
            if names:
                self._background.attempt(f"remove {', '.join(names[:3])}", partial(self._remove, names))
                with self._changing:
                    self._leaving.difference_update(names)
