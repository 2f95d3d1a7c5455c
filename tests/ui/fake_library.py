"""Collections in memory, each with a fake workspace."""

from __future__ import annotations

from dataclasses import dataclass, field
from secrets import token_hex

from ingest.collections import CollectionRecord
from ingest.errors import DocentError
from ingest.settings import DEFAULT_COLLECTION
from tests.ui.fake import FakeWorkspace


@dataclass
class FakeLibrary:
    """The default collection is the workspace that the tests know; others are made as they are named."""

    home: FakeWorkspace
    home_id: str = DEFAULT_COLLECTION
    others: dict[str, FakeWorkspace] = field(default_factory=dict)  # by id

    def reset(self) -> None:
        """As new: what one test did is not there for the next."""
        self.others.clear()
        self.home.reset()

    def collections(self) -> list[CollectionRecord]:
        others = [CollectionRecord(id_, workspace.collection) for id_, workspace in self.others.items()]
        return [CollectionRecord(DEFAULT_COLLECTION, DEFAULT_COLLECTION), *others]

    def workspace(self, id_: str) -> FakeWorkspace:
        if id_ == self.home_id:
            return self.home
        if id_ not in self.others:
            raise DocentError("This collection is not here any more; it was removed. Choose another one.")
        return self.others[id_]

    def create(self, typed: str) -> str:
        self._check(typed)
        id_ = token_hex(8)
        self.others[id_] = FakeWorkspace(self.home.folder)
        self.others[id_].collection = typed
        self.others[id_].conversations = self.home.conversations
        return id_

    def rename(self, id_: str, typed: str) -> None:
        self._check(typed)
        self.workspace(id_).collection = typed

    def can_be_removed(self, id_: str) -> bool:
        return id_ != self.home_id

    def remove(self, id_: str) -> None:
        del self.others[id_]

    def _check(self, typed: str) -> None:
        if any(typed == collection.name for collection in self.collections()):
            raise DocentError(f"There is a collection {typed!r} already. Type another name.")
