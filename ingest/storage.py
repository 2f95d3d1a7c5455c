"""Where a collection lives on disk: folders, generations, and the lock that lets one process write.

    <data dir>/documents/           the user's files of the default collection
    <data dir>/NAME                 what that is called, where it was renamed
    <data dir>/index/CURRENT        the name of the generation that serves
    <data dir>/index/<generation>/  catalog.sqlite3 and vectors/
    <data dir>/index/writer.lock    held while writing; writer.json beside it names the holder
    <data dir>/index/serving.lock   held by a server for as long as it runs
    <data dir>/collections/<hash>/  documents/ and index/ of another collection; see ingest.collections

A generation's folder is never used twice, and a process other than the server never writes into a generation the
server has open: Chroma's embedded client is not safe across processes (chroma #3792, #3769) nor on a folder that was
deleted and made again (#6499). Such a process writes into a copy or a new generation and flips CURRENT.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ingest import trouble
from ingest.collections import NAME_FILE, default_name, folder_of, free_name, give_up_name, write_name
from ingest.copying import copy_folder
from ingest.errors import IndexBusy
from ingest.settings import DEFAULT_COLLECTION

_GENERATION = "generation-"


class Storage:
    """Paths, locks and generations of one collection."""

    def __init__(self, data_dir: Path, collection: str = DEFAULT_COLLECTION) -> None:
        self.root = folder_of(data_dir, collection)
        self._data_dir = data_dir
        self._is_default = self.root == data_dir
        self.collection = default_name(data_dir) if self._is_default else collection  # its name
        self.documents = self.root / "documents"
        self.index = self.root / "index"
        self._current = self.index / "CURRENT"
        self._holder = self.index / "writer.json"
        self._writer = FileLock(self.index / "writer.lock", thread_local=False)
        self._serving = FileLock(self.index / "serving.lock", thread_local=False)

    @property
    def id(self) -> str:
        """The collection's CollectionRecord.id."""
        return DEFAULT_COLLECTION if self._is_default else self.root.name

    def prepare(self) -> None:
        """Make the folders; a no-op where they are. Raises IndexUnusable where they cannot be made."""
        with trouble.named(self.root):
            self.documents.mkdir(parents=True, exist_ok=True)
            self.index.mkdir(parents=True, exist_ok=True)
            if not self._is_default and not (self.root / NAME_FILE).exists():
                write_name(self.root, self.collection)

    def exists(self) -> bool:
        """Whether the collection was ever prepared; the default one always exists."""
        return self._is_default or (self.root / NAME_FILE).is_file()

    def rename(self, typed: str) -> None:
        """Call the collection otherwise; raises DocentError for a name that cannot be given, and IndexBusy while
        another Docent serves it, which would go on under the old one."""
        if self.served_elsewhere():
            raise IndexBusy(f"A Docent serves the collection {self.collection!r}. Stop it first, and try again.")
        with free_name(self._data_dir, typed, for_default=self._is_default) as name:
            write_name(self.root, name)
            self.collection = name

    def delete(self, *, on_gone: Callable[[], None] = lambda: None) -> None:
        """Delete the collection with its index and its documents; raises IndexBusy while anyone serves or writes it.

        Whatever stops it, the collection is there as it was, or not at all. `on_gone` is called once it is not, while
        its files still are: where it fails, `finish_deletion` comes after a repetition.
        """
        with self.writing("delete the collection"):
            if self.served_elsewhere():
                raise IndexBusy(f"A Docent serves the collection {self.collection!r}. Stop it first, and try again.")
            with trouble.named(self.root):
                if not self._is_default:
                    give_up_name(self.root)
                self._current.unlink(missing_ok=True)
                on_gone()
                for folder in (*self.index.glob(f"{_GENERATION}*"), self.documents):
                    shutil.rmtree(folder)
        with trouble.named(self.root):
            shutil.rmtree(self.index)
            if not self._is_default:
                shutil.rmtree(self.root)

    def first_start(self) -> bool:
        """Whether this collection is served for the first time; True once."""
        self.prepare()
        try:
            (self.index / "served").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    # --- generations --------------------------------------------------------------------------------------------------

    def current(self) -> str | None:
        """Name of the serving generation; None before the first."""
        try:
            return self._current.read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            return None

    def folder(self, generation: str) -> Path:
        """Where a generation lives."""
        return self.index / generation

    def new_generation(self) -> str:
        """The name of a generation that never was. Nothing is made on disk."""
        return f"{_GENERATION}{time.time_ns():x}-{os.getpid():x}"

    def clone(self, generation: str) -> str:
        """Copy a generation into a new one. The caller holds the writer lock, so nothing changes meanwhile."""
        copy = self.new_generation()
        copy_folder(self.folder(generation), self.folder(copy))
        return copy

    def flip(self, generation: str) -> None:
        """Make `generation` the serving one, atomically and durably."""
        temporary = self._current.with_suffix(".new")
        with trouble.named(self._current), temporary.open("w", encoding="utf-8") as file:
            file.write(generation)
            file.flush()
            os.fsync(file.fileno())
        with trouble.named(self._current):
            os.replace(temporary, self._current)

    def sweep(self, *, but: Collection[str] = ()) -> None:
        """Delete every generation but the serving one and those given. The caller holds the writer lock."""
        kept = {self.current(), *but}
        for folder in self.index.glob(f"{_GENERATION}*"):
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    # --- locks --------------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self, purpose: str, *, wait_seconds: float = 0) -> Iterator[None]:
        """Hold the writer lock; raises IndexBusy, naming the holder, when it is not free in time."""
        self.prepare()
        try:
            with trouble.named(self.index):
                self._writer.acquire(timeout=wait_seconds)
        except Timeout as error:
            raise IndexBusy(
                f"The index in {self.index} is being written by {self._holder_text()}; wait until it is done "
                f"and try again."
            ) from error
        try:
            with trouble.named(self.index):
                self._holder.write_text(json.dumps({"pid": os.getpid(), "purpose": purpose}), encoding="utf-8")
            yield
        finally:
            with suppress(FileNotFoundError):
                self._holder.unlink()
            self._writer.release()

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Hold the serving lock; raises IndexBusy when another server has this collection."""
        self.prepare()
        try:
            with trouble.named(self.index):
                self._serving.acquire(timeout=0)
        except Timeout as error:
            raise IndexBusy(
                f"Another Docent already serves {self.root}. Open that one, or give this one its own --data-dir."
            ) from error
        try:
            yield
        finally:
            self._serving.release()

    def served_elsewhere(self) -> bool:
        """Whether another process serves this collection now."""
        if self._serving.is_locked:
            return False
        try:
            with trouble.named(self.index):
                self._serving.acquire(timeout=0)
        except Timeout:
            return True
        self._serving.release()
        return False

    def _holder_text(self) -> str:
        try:
            holder = json.loads(self._holder.read_text(encoding="utf-8"))
            return f"process {holder['pid']} ({holder['purpose']})"
        except (OSError, ValueError, KeyError):
            return "another process"


def finish_deletion(folder: Path) -> None:
    """Delete what is left of a collection in a folder of ingest.collections.gone; a no-op while another is at it."""
    index = folder / "index"
    with suppress(Timeout), trouble.named(folder):
        with FileLock(index / "writer.lock").acquire(timeout=0):
            shutil.rmtree(folder / "documents", ignore_errors=True)
        shutil.rmtree(index)
        shutil.rmtree(folder)
