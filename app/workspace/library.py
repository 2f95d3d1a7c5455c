"""The collections of one data directory, each with a workspace of its own, and the models that they share.

A collection is opened, and claimed for serving, when it is first asked for, and then stays open: what an open one takes
is its index and a thread, for weights, worker processes and the chat model are the library's. The one that Docent was
started with is home: it is open as long as the library is, so that there is always one to fall back on. One that is
removed stays open and whole for some seconds, so that it can be kept after all; until then nobody is shown it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from app.answering import Answering
from app.engine import Engine
from app.preferences import PreferenceStore
from app.resources import Resources
from app.settings import AppSettings
from app.workspace.background import Background
from app.workspace.removals import UNDO_SECONDS, Removals
from app.workspace.workspace import Workspace
from ingest.collections import CollectionRecord, collections, free_name, gone
from ingest.errors import DocentError, IndexBusy, UnknownDocument
from ingest.settings import DEFAULT_COLLECTION
from ingest.storage import Storage, finish_deletion


class Library:
    """All collections. Safe to call from any thread. Collections go by their CollectionRecord.id."""

    def __init__(self, settings: AppSettings, *, undo_seconds: float = UNDO_SECONDS) -> None:
        preferences = PreferenceStore(settings)
        self._settings = preferences.with_model(settings)
        self._resources = Resources(self._settings)
        engine = Engine(self._settings, self._resources)
        self._answering = Answering(self._settings, preferences, self._resources.own_prompts, load=engine.load_model)
        self.home = Workspace(engine, self._answering)
        self.home_id = engine.knowledge_base.storage.id
        self._open: dict[str, Workspace] = {}
        self._background = Background()
        self.removals = Removals(self._remove, self._background, seconds=undo_seconds)
        self._lock = threading.Lock()

    def open(self) -> None:
        """Claim the home collection for serving; raises IndexBusy when another server has it."""
        self.home.open()
        self._open[self.home_id] = self.home
        self._background.attempt("finish removals", self._finish_removals)

    def warm_up(self) -> None:
        """Load the models and bring in what lies in the home collection's documents folder, in the background."""
        self.home.warm_up()

    def close(self) -> None:
        """Let go of everything."""
        self._answering.fetch.cancel()
        self.removals.close()
        for workspace in self._open.values():
            workspace.close()
        self._resources.close()

    def collections(self) -> list[CollectionRecord]:
        """All there are, the default one first, the others by name. Cheap."""
        waiting = self.removals.waiting()
        return [one for one in collections(self._settings.data_dir) if one.id not in waiting]

    def leaving(self) -> Mapping[str, float]:
        """Seconds until each collection is removed, by name; 0 for those that are being removed. Cheap."""
        waiting = self.removals.waiting()
        return {one.name: waiting[one.id] for one in collections(self._settings.data_dir) if one.id in waiting}

    @property
    def problem(self) -> str | None:
        """Why a collection could not be removed, until that is dismissed or another one is to go."""
        return self._background.problem.text if self._background.problem else None

    def dismiss(self) -> None:
        """Forget the problem."""
        self._background.problem = None

    def workspace(self, id_: str) -> Workspace:
        """The collection, opened where it is not yet; raises DocentError where it is not there, and IndexBusy when
        another server has it."""
        if id_ in self.removals.waiting():
            raise _removed()
        with self._lock:
            if id_ not in self._open:
                workspace = self._made(self._record(id_))
                workspace.open()
                workspace.warm_up()
                self._open[id_] = workspace
            return self._open[id_]

    def create(self, typed: str) -> str:
        """Make an empty collection of this name; raises DocentError where it cannot be given."""
        self._check_leaving(typed)
        with free_name(self._settings.data_dir, typed) as name:
            storage = Storage(self._settings.data_dir, name)
            storage.first_start()  # it stays empty: the samples are for who has nothing yet
            return storage.id

    def rename(self, id_: str, typed: str) -> None:
        """Call a collection otherwise; raises DocentError where the name cannot be given."""
        self._check_leaving(typed)
        self.workspace(id_).rename(typed)

    def can_be_removed(self, id_: str) -> bool:
        """The default collection stays, and so does the one that Docent was started with."""
        return id_ not in (DEFAULT_COLLECTION, self.home_id)

    def remove(self, id_: str) -> None:
        """Delete a collection with its documents, its index and what conversations hold of its text, in a few seconds.

        Until then nothing changes on disk, and `removals.undo` keeps it. Why it failed is `problem`.
        """
        if not self.can_be_removed(id_):
            raise DocentError("Docent was started with this collection. Start it with another one to remove this.")
        self.workspace(id_)  # where another server has it, that is told at once
        self.dismiss()
        self.removals.schedule([id_])

    def _remove(self, ids: Sequence[str]) -> None:
        for id_ in ids:
            with self._lock:
                workspace = self._open.pop(id_)
            workspace.delete()

    def _finish_removals(self) -> None:
        """Do what is left of removals that were cut short."""
        for folder, name in gone(self._settings.data_dir):
            if all(name != one.name for one in self.collections()):
                self._resources.conversations.forget_gone(name, _nothing)
            finish_deletion(folder)

    def _check_leaving(self, typed: str) -> None:
        name = " ".join(typed.split())
        if name in self.leaving():
            raise IndexBusy(f"The collection {name!r} is being removed. Undo that, or wait a few seconds.")

    def _record(self, id_: str) -> CollectionRecord:
        for collection in self.collections():
            if collection.id == id_:
                return collection
        raise _removed()

    def _made(self, collection: CollectionRecord) -> Workspace:
        settings = self._settings.model_copy(update={"collection": collection.name})
        return Workspace(Engine(settings, self._resources), self._answering)


def _nothing(document: str) -> str:
    raise UnknownDocument(f"The collection of {document!r} was removed.")


def _removed() -> DocentError:
    return DocentError("This collection is not here any more; it was removed. Choose another one.")
