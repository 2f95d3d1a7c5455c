"""The collections of one data directory, each with a workspace of its own, and the models that they share.

A collection is opened, and claimed for serving, when it is first asked for, and then stays open: what an open one takes
is its index and a thread, for weights, worker processes and the chat model are the library's. The one that Docent was
started with is home: it is open as long as the library is, so that there is always one to fall back on.
"""

from __future__ import annotations

import threading

from app.answering import Answering
from app.engine import Engine
from app.preferences import PreferenceStore
from app.resources import Resources
from app.settings import AppSettings
from app.workspace.workspace import Workspace
from ingest.collections import CollectionRecord, collections, free_name
from ingest.errors import DocentError, IndexBusy
from ingest.settings import DEFAULT_COLLECTION
from ingest.storage import Storage


class Library:
    """All collections. Safe to call from any thread. Collections go by their CollectionRecord.id."""

    def __init__(self, settings: AppSettings) -> None:
        preferences = PreferenceStore(settings)
        self._settings = preferences.with_model(settings)
        self._resources = Resources(self._settings)
        engine = Engine(self._settings, self._resources)
        self._answering = Answering(self._settings, preferences, self._resources.own_prompts, load=engine.load_model)
        self.home = Workspace(engine, self._answering)
        self.home_id = engine.knowledge_base.storage.id
        self._open: dict[str, Workspace] = {}
        self._leaving: set[str] = set()  # being removed
        self._lock = threading.Lock()

    def open(self) -> None:
        """Claim the home collection for serving; raises IndexBusy when another server has it."""
        self.home.open()
        self._open[self.home_id] = self.home

    def warm_up(self) -> None:
        """Load the models and bring in what lies in the home collection's documents folder, in the background."""
        self.home.warm_up()

    def close(self) -> None:
        """Let go of everything."""
        self._answering.fetch.cancel()
        for workspace in self._open.values():
            workspace.close()
        self._resources.close()

    def collections(self) -> list[CollectionRecord]:
        """All there are, the default one first, the others by name. Cheap."""
        return [one for one in collections(self._settings.data_dir) if one.id not in self._leaving]

    def workspace(self, id_: str) -> Workspace:
        """The collection, opened where it is not yet; raises DocentError where it is not there, and IndexBusy when
        another server has it."""
        with self._lock:
            if id_ not in self._open:
                workspace = self._made(self._record(id_))
                workspace.open()
                workspace.warm_up()
                self._open[id_] = workspace
            return self._open[id_]

    def create(self, typed: str) -> str:
        """Make an empty collection of this name; raises DocentError where it cannot be given."""
        with free_name(self._settings.data_dir, typed) as name:
            storage = Storage(self._settings.data_dir, name)
            storage.first_start()  # it stays empty: the samples are for who has nothing yet
            return storage.id

    def rename(self, id_: str, typed: str) -> None:
        """Call a collection otherwise; raises DocentError where the name cannot be given."""
        self.workspace(id_).rename(typed)

    def can_be_removed(self, id_: str) -> bool:
        """The default collection stays, and so does the one that Docent was started with."""
        return id_ not in (DEFAULT_COLLECTION, self.home_id)

    def remove(self, id_: str) -> None:
        """Delete a collection with its documents and its index, and what conversations hold of its text."""
        if not self.can_be_removed(id_):
            raise DocentError("Docent was started with this collection. Start it with another one to remove this.")
        workspace = self.workspace(id_)
        with self._lock:
            if id_ in self._leaving:
                raise IndexBusy("The collection is being removed already. Wait a moment.")
            self._leaving.add(id_)
            del self._open[id_]
        try:
            workspace.delete()
        finally:
            with self._lock:
                self._leaving.remove(id_)

    def _record(self, id_: str) -> CollectionRecord:
        for collection in self.collections():
            if collection.id == id_:
                return collection
        raise DocentError("This collection is not here any more; it was removed. Choose another one.")

    def _made(self, collection: CollectionRecord) -> Workspace:
        settings = self._settings.model_copy(update={"collection": collection.name})
        return Workspace(Engine(settings, self._resources), self._answering)
