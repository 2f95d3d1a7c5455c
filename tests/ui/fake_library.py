"""Collections in memory, each with a fake workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_hex

from app.workspace.background import Background
from app.workspace.removals import Removals
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
    removals: Removals = field(init=False)
    problem: str | None = None

    def __post_init__(self) -> None:
        self.removals = Removals(self._remove, Background(), seconds=60)  # or until a test closes it

    def reset(self) -> None:
        """As new: what one test did is not there for the next."""
        self.removals.undo()
        self.others.clear()
        self.problem = None
        self.home.reset()

    def collections(self) -> list[CollectionRecord]:
        waiting = self.removals.waiting()
        others = [CollectionRecord(id_, one.collection) for id_, one in self.others.items() if id_ not in waiting]
        return [CollectionRecord(DEFAULT_COLLECTION, self.home.collection), *others]

    def workspace(self, id_: str) -> FakeWorkspace:
        if id_ == self.home_id:
            return self.home
        if id_ not in self.others or id_ in self.removals.waiting():
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
        self.removals.schedule([id_])

    def leaving(self) -> Mapping[str, float]:
        waiting = self.removals.waiting()
        return {one.collection: waiting[id_] for id_, one in self.others.items() if id_ in waiting}

    def dismiss(self) -> None:
        self.problem = None

    def _remove(self, ids: Sequence[str]) -> None:
        for id_ in ids:
            del self.others[id_]

    def _check(self, typed: str) -> None:
        if typed in {DEFAULT_COLLECTION, *(collection.name for collection in self.collections())}:
            raise DocentError(f"There is a collection {typed!r} already. Type another name.")
