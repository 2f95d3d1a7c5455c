"""Read files ahead of the one that is being embedded, so that both cores are busy. Knows order, bounds and cancelling.

Documents come out in the order of their files. How far it looks ahead is bounded, so that memory stays flat.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ingest.catalog import SourceFile
from ingest.errors import DocumentError, IndexUnusable
from ingest.parse.isolated import Parsing
from ingest.types import ParsedDocument

_FILES = 2  # beside the one whose turn it is, however large they are
_SMALL_FILES = 64  # as long as those ahead are small: their texts go to the encoder together
_SMALL_BYTES = 4_000_000  # together

CANCELLED = "Cancelled. Retry to bring it in."


class Cancellation:
    """Names of documents whose work is to stop. Safe from any thread."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._stopped = threading.Event()

    def cancel(self, names: Iterable[str]) -> None:
        """Stop the work on these documents, wherever it is."""
        self._names.update(names)

    def withdraw(self, names: Iterable[str]) -> None:
        """They may be worked on again."""
        self._names.difference_update(names)

    def stop(self) -> None:
        """Stop all work for good; what is not finished stays queued."""
        self._stopped.set()

    def check_running(self) -> None:
        """Raise IndexUnusable after `stop`."""
        if self._stopped.is_set():
            raise IndexUnusable("Stopped before all documents were in. The next start or `docent sync` goes on.")

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def __bool__(self) -> bool:
        return bool(self._names)


@dataclass(frozen=True, slots=True)
class Reading:
    """A file, and what is or will be read from it."""

    source: SourceFile  # with its hash
    parsing: Parsing | None = None
    draft: ParsedDocument | None = None  # read already, in an earlier attempt
    error: DocumentError | OSError | None = None  # it could not even be opened

    def is_done(self, *, wait_seconds: float) -> bool:
        """Whether `document` returns or raises at once, after waiting for that at most so long."""
        return self.parsing is None or self.parsing.is_done(wait_seconds=wait_seconds)

    def document(self) -> ParsedDocument:
        """What was read; raises DocumentError or OSError."""
        if self.error is not None:
            raise self.error
        if self.draft is not None:
            return self.draft
        if self.parsing is None:
            raise DocumentError(f"{self.source.name} was handed to no parser.")
        return self.parsing.result()


class LookAhead:
    """Files in order, those at the front being read."""

    def __init__(
        self,
        sources: Sequence[SourceFile],
        *,
        start: Callable[[SourceFile], Reading],
        parsing: Callable[[str], None],
        cancellation: Cancellation,
        cancelled: Callable[[SourceFile], None],
    ) -> None:
        """`parsing` is told a document's name when its turn comes, `cancelled` a file that was given up."""
        self._waiting = deque(sources)
        self._started: deque[Reading] = deque()
        self._start = start
        self._parsing = parsing
        self._cancellation = cancellation
        self._cancelled = cancelled
        self._read = 0  # so many of those started are done: one worker finishes them in order
        self._told: str | None = None  # the document that was last said to be parsed

    def __bool__(self) -> bool:
        return bool(self._waiting or self._started)

    def advance(self) -> None:
        """Hand the worker more files, give up those that were cancelled, and say which one is being parsed."""
        if self._cancellation:
            self._drop_cancelled()
        while self._waiting and self._has_room(self._waiting[0]):
            self._started.append(self._start(self._waiting.popleft()))
        while self._read < len(self._started) and self._started[self._read].is_done(wait_seconds=0):
            self._read += 1
        if self._read < len(self._started) and self._told != (name := self._started[self._read].source.name):
            self._told = name
            self._parsing(name)

    def take(self, *, wait_seconds: float) -> Reading | None:
        """The next file in order, when it was read within so many seconds."""
        self.advance()
        if not self._started or not self._started[0].is_done(wait_seconds=wait_seconds):
            return None
        self._read = max(0, self._read - 1)
        return self._started.popleft()

    def stop(self) -> None:
        """Give up whatever is not taken."""
        for reading in self._started:
            if reading.parsing is not None:
                reading.parsing.cancel()
        self._started.clear()
        self._waiting.clear()
        self._read = 0

    def _has_room(self, source: SourceFile) -> bool:
        if len(self._started) <= _FILES:
            return True
        total = source.bytes + sum(reading.source.bytes for reading in self._started)
        return len(self._started) < _SMALL_FILES and total <= _SMALL_BYTES

    def _drop_cancelled(self) -> None:
        for reading in [reading for reading in self._started if reading.source.name in self._cancellation]:
            if reading.parsing is not None:
                reading.parsing.cancel()
            self._started.remove(reading)
            self._read = 0  # counted anew
            self._cancelled(reading.source)
        for source in [source for source in self._waiting if source.name in self._cancellation]:
            self._waiting.remove(source)
            self._cancelled(source)
