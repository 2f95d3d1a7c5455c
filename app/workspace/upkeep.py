"""Looking after a collection: building it anew, checking it, and what it takes on disk. The worker does it in turn."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from app.engine import Engine
from app.workspace.worker import Build, IngestWorker
from ingest import check
from ingest.errors import DocentError

_WAIT_SECONDS = 600.0  # how long a task waits for another process to finish writing


class Task(StrEnum):
    """What can be done to a collection as a whole."""

    REBUILD = "rebuild"  # read all files anew
    REEMBED = "reembed"  # split and embed all stored text anew
    VERIFY = "verify"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended."""

    task: Task
    ready: int = 0  # documents that were brought in
    rejected: int = 0  # documents that could not be
    faults: tuple[str, ...] = ()  # what a check found
    problem: str | None = None  # why it did not come to an end


@dataclass(frozen=True, slots=True)
class UpkeepState:
    """What is under way, and how the last task ended."""

    task: Task | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class StorageUse:
    """Bytes on disk."""

    documents: int  # the users' files
    index: int  # catalog, keywords, vectors, and what is built beside them
    free: int  # left on the disk they are on


class Upkeep(Protocol):
    """What the page needs of it."""

    def start(self, task: Task) -> None:
        """Queue a task, unless one is under way; answering goes on meanwhile."""

    def state(self) -> UpkeepState:
        """Cheap: polled."""

    def storage(self) -> StorageUse:
        """Walks the folders, so not for polling."""


class CollectionUpkeep:
    """The upkeep of one collection, done by its worker."""

    def __init__(self, engine: Engine, worker: IngestWorker) -> None:
        self._engine = engine
        self._worker = worker
        self._state = UpkeepState()

    def start(self, task: Task) -> None:
        """Queue a task, unless one is under way."""
        if self._state.task is None:
            self._state = UpkeepState(task, None)
            self._worker.order(f"{task.value} the collection", lambda: self._carry_out(task))

    def state(self) -> UpkeepState:
        """What is under way, and how the last task ended."""
        return self._state

    def storage(self) -> StorageUse:
        """What the collection takes, as files are long."""
        storage = self._engine.knowledge_base.storage
        free = shutil.disk_usage(storage.root).free
        return StorageUse(_bytes_in(storage.documents), _bytes_in(storage.index), free)

    def _carry_out(self, task: Task) -> None:
        outcome: Outcome | None = None
        try:
            outcome = self._done(task)
        except DocentError as error:
            outcome = Outcome(task, problem=str(error))
        finally:
            self._state = UpkeepState(None, outcome)

    def _done(self, task: Task) -> Outcome:
        if task is Task.VERIFY:
            return Outcome(task, faults=tuple(check.faults(self._engine.knowledge_base)))
        # A repair mends the index as it is; whatever makes all of it makes it as the settings say today.
        wanted = None if task is Task.REPAIR else self._engine.encoder(self._engine.settings.encoder)
        summary = self._worker.anew(_BUILDS[task], wanted)
        return Outcome(task, len(summary.ready), len(summary.rejected))


_BUILDS: dict[Task, Build] = {
    Task.REBUILD: lambda pipeline, report: pipeline.rebuild(report=report, wait_seconds=_WAIT_SECONDS),
    Task.REEMBED: lambda pipeline, report: pipeline.reembed(report=report, wait_seconds=_WAIT_SECONDS),
    Task.REPAIR: lambda pipeline, report: pipeline.repair(report=report, wait_seconds=_WAIT_SECONDS),
}


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # a rebuild deletes the old index while this looks
            stat = path.lstat()
            total += stat.st_size if path.is_file() else 0
    return total
