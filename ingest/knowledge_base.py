"""The facade of a collection: read it, write it, rebuild it, whichever generation serves. Loads no model."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from ingest import files
from ingest.catalog import Catalog
from ingest.errors import IndexBusy, IndexDamaged, IndexMismatch, IndexUnusable
from ingest.generation import CATALOG_FILE, Generation
from ingest.storage import Storage
from ingest.types import DocumentRecord

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Lease:
    """An open generation and how many readers are inside it."""

    generation: Generation
    readers: int = 0


class KnowledgeBase:
    """One collection. Readers always see one whole generation; writers exclude each other across processes."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._lease: _Lease | None = None
        self._open_names: set[str] = set()  # of all leases, outdated ones that still have readers included
        self._lease_lock = threading.Lock()  # guards _lease and readers
        self._write_lock = threading.Lock()  # the file lock excludes processes, this one threads

    # --- reading ------------------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Generation]:
        """The serving generation, kept open while inside. A flip by another process is noticed here."""
        lease = self._enter()
        try:
            yield lease.generation
        finally:
            self._leave(lease)

    def records(self) -> list[DocumentRecord]:
        """Every document, by name."""
        with self.reading() as generation:
            return generation.catalog.records()

    def text(self, name: str) -> str:
        """The stored text of a document; raises UnknownDocument."""
        with self.reading() as generation:
            return generation.catalog.text(name)

    def _enter(self) -> _Lease:
        with self._lease_lock:
            current = self.storage.current()
            if self._lease is None or (current is not None and current != self._lease.generation.name):
                outdated, self._lease = self._lease, _Lease(self._open(current))
                self._open_names.add(self._lease.generation.name)
                if outdated is None:
                    self._sweep()  # of what a kill has left
                elif not outdated.readers:
                    self._retire(outdated)
            self._lease.readers += 1
            return self._lease

    def _leave(self, lease: _Lease) -> None:
        with self._lease_lock:
            lease.readers -= 1
            if not lease.readers and lease is not self._lease:
                self._retire(lease)

    def _open(self, current: str | None) -> Generation:
        if current is None:
            current = self.storage.new_generation()
            with self.storage.writing("first start", wait_seconds=30):
                self.storage.flip(current)
        return Generation(self.storage.folder(current))

    def _retire(self, lease: _Lease) -> None:
        lease.generation.close()
        self._open_names.discard(lease.generation.name)
        self._sweep()

    def _sweep(self) -> None:
        """Delete the generations that nobody has open, and half a copy. The caller holds the lease lock."""
        # Whoever is writing now may be building a generation; then the next to retire sweeps, or the next start. Where
        # nothing can be written nothing is left to sweep.
        with suppress(IndexUnusable):
            if not self.storage.served_elsewhere():
                with self._exclusive("clean up", 0):
                    self.storage.sweep(but=self._open_names)
                    files.sweep(self.storage.documents)

    # --- writing ------------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self, purpose: str, *, wait_seconds: float = 0) -> Iterator[Generation]:
        """The generation to change, as the only writer anywhere; raises IndexBusy when there is another.

        Where another process serves the collection the change goes to a copy, which serves from a clean exit on.
        """
        with self._exclusive(purpose, wait_seconds):
            if not self.storage.served_elsewhere():
                with self.reading() as generation:
                    generation.collect_garbage()
                    yield generation
                return
            with self.reading() as generation:
                copy = self.storage.clone(generation.name)
            with self._becoming_current(copy) as generation:
                generation.collect_garbage()
                yield generation

    @contextmanager
    def rebuilding(self, *, wait_seconds: float = 0) -> Iterator[tuple[Catalog | None, Generation]]:
        """The serving catalog, to read, and an empty new generation, which serves from a clean exit on.

        The catalog is None when it cannot be read: what is damaged can be built anew.
        """
        with (
            self._exclusive("rebuild", wait_seconds),
            self._serving_catalog() as old,
            self._becoming_current(self.storage.new_generation()) as new,
        ):
            yield old, new
        with self._lease_lock:
            if self._lease is None:  # nobody has read here yet, so nobody would let go of the old generation
                self._sweep()

    @contextmanager
    def _serving_catalog(self) -> Iterator[Catalog | None]:
        current = self.storage.current()
        with ExitStack() as opened:
            catalog = None
            try:
                if current is not None:
                    catalog = Catalog(self.storage.folder(current) / CATALOG_FILE)
                    opened.callback(catalog.close)
                    catalog.check()
            except (IndexDamaged, IndexMismatch) as error:
                log.warning("%s", error)
                catalog = None
            yield catalog

    @contextmanager
    def _becoming_current(self, name: str) -> Iterator[Generation]:
        generation = Generation(self.storage.folder(name))
        try:
            yield generation
            generation.catalog.purge()
        finally:
            generation.close()
        self.storage.flip(name)

    @contextmanager
    def _exclusive(self, purpose: str, wait_seconds: float) -> Iterator[None]:
        if not self._write_lock.acquire(timeout=wait_seconds):
            raise IndexBusy(f"This Docent is still busy writing; it waited {wait_seconds:.0f} s to {purpose}.")
        try:
            with self.storage.writing(purpose, wait_seconds=wait_seconds):
                yield
        finally:
            self._write_lock.release()

    def close(self) -> None:
        """Let go of all files; outdated generations are deleted where no one else has them open."""
        with self._lease_lock:
            if self._lease is not None:
                self._retire(self._lease)
                self._lease = None
