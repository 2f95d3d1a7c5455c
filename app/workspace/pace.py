"""How fast documents come in, and how long it will still take. Knows progress and times it is given; reads no clock."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.types import DocumentState, Progress

_SMALLEST_BYTES = 4_000  # even a tiny file costs its start
_EARLIEST_SECONDS = 3.0  # before that a rate says nothing
_EARLIEST_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Pace:
    """How far the documents are that came under way together."""

    documents: int  # of this batch
    done: int  # of them, whether ready or failed
    share: float  # of the work, in [0, 1]
    passages_per_second: float | None = None  # None until it can be told
    seconds_left: float | None = None  # likewise


@dataclass(slots=True)
class _Document:
    bytes: int
    share: float = 0.0  # of its work, in [0, 1]
    passages: int = 0  # embedded so far


class Batch:
    """The documents under way since the last time that none was."""

    def __init__(self) -> None:
        self._documents: dict[str, _Document] = {}
        self._started = 0.0

    def step(self, progress: Progress, size: int, now: float) -> None:
        """One document came so far; `size` in bytes, `now` in seconds of any clock."""
        if not self._documents:
            self._started = now
        document = self._documents.setdefault(progress.document, _Document(max(size, _SMALLEST_BYTES)))
        if progress.state.is_final:
            document.share = 1.0
        elif progress.state is DocumentState.EMBEDDING and progress.total:
            document.share = progress.done / progress.total
        else:
            document.share = 0.0
        document.passages = max(document.passages, progress.done)

    def end(self) -> None:
        """Nothing is under way any more."""
        self._documents = {}

    def pace(self, now: float) -> Pace | None:
        """How far it is; None when nothing is under way."""
        documents = list(self._documents.values())
        if not documents:
            return None
        total = sum(document.bytes for document in documents)
        share = sum(document.bytes * document.share for document in documents) / total
        done = sum(document.share == 1.0 for document in documents)
        seconds = now - self._started
        if seconds < _EARLIEST_SECONDS or share < _EARLIEST_SHARE:
            return Pace(len(documents), done, share)
        rate = sum(document.passages for document in documents) / seconds
        return Pace(len(documents), done, share, rate, seconds * (1 - share) / share)
