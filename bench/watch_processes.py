"""See what work costs and leaves behind: memory of this process and those below it, seconds a file, temporary files.

Knows processes and folders; knows nothing of what they do.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from ingest.parse import parse
from ingest.types import ParsedDocument

_LOOK_SECONDS = 0.1


@dataclass(slots=True)
class Peak:
    """The most memory that was in use at once."""

    bytes: int = 0  # resident
    at: float = 0.0  # when, in seconds of time.time()

    def see(self, size: int) -> None:
        if size > self.bytes:
            self.bytes, self.at = size, time.time()


class ProcessWatch:
    """Looks at this process and all below it ten times a second, from a thread; not at what was there before, and what
    that starts.

    with ProcessWatch() as watch:
        ...
    watch.own.bytes
    """

    def __init__(self) -> None:
        self.own = Peak()
        self.below = Peak()  # the parsing process and the programs it runs, together
        self.together = Peak()
        self._me = psutil.Process()
        self._before: frozenset[psutil.Process] = frozenset()  # not of this work
        self._seen: set[psutil.Process] = set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> ProcessWatch:
        self._before = frozenset(self._me.children(recursive=True))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def still_running(self) -> list[str]:
        """Processes that were started below this one and have not ended, Python's own book-keeper left out."""
        found = []
        for process in self._seen:
            with suppress(psutil.Error):
                command = " ".join(process.cmdline())
                is_running = process.is_running() and process.status() != psutil.STATUS_ZOMBIE
                if is_running and "resource_tracker" not in command:
                    found.append(f"{process.name()} ({command[:100]})")
        return sorted(found)

    def _watch(self) -> None:
        while not self._stopped.wait(_LOOK_SECONDS):
            others = [process for process in self._me.children(recursive=True) if self._is_new(process)]
            self._seen.update(others)
            own, below = resident(self._me), sum(map(resident, others))
            self.own.see(own)
            self.below.see(below)
            self.together.see(own + below)

    def _is_new(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error):
            return self._before.isdisjoint([process, *process.parents()])
        return False  # it has ended


def resident(process: psutil.Process) -> int:
    """Bytes in memory; 0 of a process that has ended."""
    with suppress(psutil.Error):
        size: int = process.memory_info().rss
        return size
    return 0


@contextmanager
def temporary_files_in(folder: Path) -> Iterator[None]:
    """Whatever this process or one that it starts puts aside, it puts into `folder`, which is made."""
    folder.mkdir()
    before, tempfile.tempdir = (tempfile.tempdir, os.environ.get("TMPDIR")), str(folder)
    os.environ["TMPDIR"] = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before[0]
        del os.environ["TMPDIR"]
        if before[1] is not None:
            os.environ["TMPDIR"] = before[1]


@dataclass(frozen=True, slots=True)
class TimedParse:
    """`ingest.parse.parse` for the parsing process, which notes in a file when it began and ended each document."""

    log: Path

    def __call__(self, path: Path, *, max_pages: int, ocr: bool, ocr_seconds: float = 180) -> ParsedDocument:
        self._note(path, "began")
        try:
            return parse(path, max_pages=max_pages, ocr=ocr, ocr_seconds=ocr_seconds)
        finally:
            self._note(path, "ended")

    def _note(self, path: Path, what: str) -> None:
        with self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps([str(path), what, time.time()]) + "\n")


@dataclass(frozen=True, slots=True)
class Turn:
    """When the parsing process was busy with one file."""

    path: Path
    began: float  # seconds of time.time()
    ended: float  # of a file that ended the process, when it came to the next one


def turns(log: Path) -> list[Turn]:
    """What TimedParse noted, in order."""
    found: list[Turn] = []
    began: tuple[Path, float] | None = None
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
        path, what, at = json.loads(line)
        if began is not None:
            found.append(Turn(began[0], began[1], at))
        began = (Path(path), at) if what == "began" else None
    return found
