"""The queue of what is to be done to a collection, and the one thread that does it. Knows no model that answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from app.engine import Engine
from app.samples import sample_files
from app.workspace.background import Background, Problem
from app.workspace.pace import Batch, Pace
from app.workspace.tags import Tags
from ingest import files
from ingest.embed import Encoder
from ingest.intake import Report, SyncSummary
from ingest.look_ahead import CANCELLED, Cancellation
from ingest.pipeline import Pipeline
from ingest.types import DocumentRecord, DocumentState, Progress

_WRITE_WAIT_SECONDS = 600.0  # how long a queued file waits for another process to finish writing
_REMOVE_WAIT_SECONDS = 60.0  # how long a click on "delete" does
_CLOSE_SECONDS = 20.0  # how long closing waits for the file in hand


Build = Callable[[Pipeline, Report], SyncSummary]


@dataclass(frozen=True, slots=True)
class _Order:
    """What the thread can be asked for, beside bringing a document in."""

    purpose: str  # in words that follow "Could not"
    action: Callable[[], None]


class IngestWorker:
    """Brings documents of one collection in, and takes them out. Safe to call from any thread."""

    def __init__(self, engine: Engine, background: Background, tags: Tags) -> None:
        """`tags` follow their documents when those are renamed or removed."""
        self._engine = engine
        self._background = background
        self._tags = tags
        self._queue: SimpleQueue[str | _Order | None] = SimpleQueue()  # names to bring in, orders, None to end
        self._cancellation = Cancellation()
        self._is_building = False  # all of it anew, which cannot be cancelled document by document
        self._afresh: set[str] = set()  # names that are to be read again though their files have not changed
        self._progress: dict[str, Progress] = {}
        self._batch = Batch()
        self._thread = threading.Thread(target=self._work, name="ingest", daemon=True)

    def start(self) -> None:
        """Bring in what lies in the documents folder, then whatever is asked for."""
        self._thread.start()

    def stop(self) -> None:
        """Put the files in hand back into the queue, for the next start, and end."""
        self._background.closing.set()
        self._cancellation.stop()
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=_CLOSE_SECONDS)

    @property
    def is_busy(self) -> bool:
        """Whether the thread runs, as it may for a while after it was told to end."""
        return self._thread.is_alive()

    @property
    def folder(self) -> Path:
        """Where the documents' files are."""
        return self._engine.knowledge_base.storage.documents

    # --- state --------------------------------------------------------------------------------------------------------

    def documents(self) -> list[DocumentRecord]:
        """Every document, those that wait for their turn included, by name."""
        records = {record.name: record for record in self._engine.knowledge_base.records()}
        for name in self._progress.copy():
            if name not in records and (path := self.folder / name).is_file():
                size = path.stat().st_size
                records[name] = DocumentRecord(name, DocumentState.QUEUED, None, size, None, 0, "")
            if name in self._cancellation and name in records and not records[name].chunks:
                records[name] = replace(records[name], state=DocumentState.FAILED, reason=CANCELLED)
        return sorted(records.values(), key=lambda record: record.name)

    def progress(self) -> Mapping[str, Progress]:
        """The documents under way, by name."""
        return {name: step for name, step in self._progress.copy().items() if name not in self._cancellation}

    def pace(self) -> Pace | None:
        """How fast they come in; None when none is under way."""
        return self._batch.pace(time.monotonic()) if self._progress else None

    # --- orders -------------------------------------------------------------------------------------------------------

    def enqueue(self, names: Sequence[str], *, afresh: bool = False) -> None:
        """Bring in documents whose files are in the folder; `afresh` also where they are unchanged."""
        self._cancellation.withdraw(names)
        self._afresh.update(names if afresh else ())
        for name in names:
            self._step(Progress(name, DocumentState.QUEUED))
            self._queue.put(name)

    def cancel(self, names: Sequence[str]) -> None:
        """Stop bringing these documents in, wherever they are; one that was searchable before stays so.

        Names that are not under way are passed over, and so is embedding everything anew.
        """
        if not self._is_building:
            self._cancellation.cancel([name for name in names if name in self._progress])

    def order(self, purpose: str, action: Callable[[], None]) -> None:
        """Do `action` in its turn, on the worker's thread, so that nothing else writes meanwhile."""
        self._queue.put(_Order(purpose, action))

    def remove(self, names: Sequence[str], *, wait_seconds: float = _REMOVE_WAIT_SECONDS) -> None:
        """Take documents out, now and everywhere; raises UnknownDocument, and IndexBusy while another writes."""
        self.cancel(names)
        known = {record.name for record in self._engine.knowledge_base.records()}
        waiting = [name for name in names if name not in known and name in self._progress]
        files.discard(self.folder, waiting)  # of those the index has not heard
        self._engine.pipeline().remove([name for name in names if name not in waiting], wait_seconds=wait_seconds)
        self._tags.forget(names)

    # --- the thread ---------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        attempt, closing = self._background.attempt, self._background.closing
        attempt("bring in the documents", self._catch_up)
        goes_on = True
        while goes_on and not closing.is_set():
            names, order = self._next_orders()
            goes_on = bool(names) or order is not None
            if names and not closing.is_set():
                attempt(f"bring in {', '.join(names[:3])}", partial(self._bring_in, names))
                self._cancellation.withdraw(names)
                self._settle(names)
            if order is not None and not closing.is_set():
                attempt(order.purpose, order.action)

    def _next_orders(self) -> tuple[list[str], _Order | None]:
        """All names that wait, so that they come in together, and the order after them; neither when it is to end."""
        names: list[str] = []
        while True:
            order = self._queue.get()
            if order is None or isinstance(order, _Order):
                return names, order
            names.append(order)
            if self._queue.empty():
                return names, None

    def _catch_up(self) -> None:
        """Resume what was interrupted and take in files put there by hand; on the very first start, the samples."""
        if self._engine.knowledge_base.storage.first_start() and not any(files.discover(self.folder)):
            for path in sample_files():
                files.store(path, self.folder, path.name)
        self._sync([])
        self._tags.forget(self._tags.all().keys() - {record.name for record in self._engine.knowledge_base.records()})

    def _bring_in(self, names: Sequence[str]) -> None:
        # One that is not there any more was deleted while it waited.
        here = [name for name in dict.fromkeys(names) if (self.folder / name).is_file()]
        afresh = self._afresh.intersection(here)
        self._afresh.difference_update(names)
        if afresh:
            with self._engine.knowledge_base.writing("read again", wait_seconds=_WRITE_WAIT_SECONDS) as generation:
                known = generation.catalog.sources()
                generation.catalog.queue([known[name][0] for name in afresh if name in known])
        if here:
            self._sync([self.folder / name for name in here])

    def _sync(self, paths: Sequence[Path]) -> None:
        summary = self._pipeline().sync(paths, report=self._report, wait_seconds=_WRITE_WAIT_SECONDS)
        self._tags.rename({old: new for new, old in summary.renamed.items()})

    def anew(self, build: Build, encoder: Encoder | None) -> SyncSummary:
        """Build all of the index, by this encoder or else its own. For orders: it has to run on the worker's thread."""
        touched: set[str] = set()

        def report(progress: Progress) -> None:
            touched.add(progress.document)
            self._report(progress)

        self._is_building = True
        try:
            summary = build(self._pipeline(encoder), report)
        finally:
            self._is_building = False
            self._settle(touched)
        mismatch = self._engine.mismatch()
        self._background.problem = Problem(mismatch, is_mismatch=True) if mismatch else None
        return summary

    def _pipeline(self, encoder: Encoder | None = None) -> Pipeline:
        return self._engine.pipeline(encoder=encoder, cancellation=self._cancellation)

    # --- progress -----------------------------------------------------------------------------------------------------

    def _report(self, progress: Progress) -> None:
        if progress.state.is_final:
            self._cancellation.withdraw([progress.document])
        self._step(progress)

    def _step(self, progress: Progress) -> None:
        name = progress.document
        path = self.folder / name
        self._batch.step(progress, path.stat().st_size if path.is_file() else 0, time.monotonic())
        if progress.state.is_final:
            self._settle([name])
        else:
            self._progress[name] = progress

    def _settle(self, names: Collection[str]) -> None:
        """They are not under way any more."""
        for name in names:
            self._progress.pop(name, None)
        if not self._progress:
            self._batch.end()
