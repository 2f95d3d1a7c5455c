"""Notice changes in folders, and let files that are still being written come to rest. Knows times and paths."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

QUIET_SECONDS = 2.0  # a file without a change for so long is taken to be complete
_LOOK_MILLISECONDS = 250

Sync = Callable[[frozenset[Path]], bool]


def keep_in_step(
    places: Sequence[Path], sync: Sync, *, stop: threading.Event, quiet_seconds: float = QUIET_SECONDS
) -> None:
    """Call `sync` at once and each time that changed files have come to rest, until `stop` is set.

    It is given the absolute paths of files that are still being changed, to leave alone, and returns whether it could
    do its work; if not, it is called again.
    """
    from watchfiles import watch

    roots = [place.resolve() for place in places]
    restless: dict[Path, float] = {}  # path -> when it was last changed
    due = True  # what changed before the watch was up is noticed by no one else
    changes = watch(
        *roots,
        watch_filter=lambda _, path: _is_visible(Path(path), roots),
        step=_LOOK_MILLISECONDS // 5,
        debounce=_LOOK_MILLISECONDS,
        rust_timeout=_LOOK_MILLISECONDS,
        yield_on_timeout=True,
        stop_event=stop,
    )
    for changed in changes:
        now = time.monotonic()
        restless |= {Path(path): now for _, path in changed}
        at_rest = [path for path, at in restless.items() if now - at >= quiet_seconds]
        for path in at_rest:
            del restless[path]
        if at_rest or due:
            due = not sync(frozenset(restless))


@contextmanager
def stopped_by_ctrl_c() -> Iterator[threading.Event]:
    """An event that Ctrl-C sets; a second Ctrl-C interrupts. For the main thread only.

    An interrupt is raised wherever the program happens to be: in a library's callback it is lost, and all goes on.
    """
    stop = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def asked(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        stop.set()

    signal.signal(signal.SIGINT, asked)
    try:
        with suppress(KeyboardInterrupt):
            yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _is_visible(path: Path, roots: Sequence[Path]) -> bool:
    """Whether a sync would look at this path: no part of it below its folder is hidden."""
    places = [path.relative_to(root) for root in roots if path.is_relative_to(root)]
    return not any(part.startswith(".") for place in places for part in place.parts)
