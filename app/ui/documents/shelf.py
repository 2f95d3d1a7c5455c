"""What one browser session sees and has ticked of the documents, and which of them that is. Pure; knows no HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.workspace.pace import Pace
from ingest.types import DocumentRecord, DocumentState, Progress

PAGE_ROWS = 30  # a thousand documents are drawn as quickly as thirty


class Order(StrEnum):
    """How the list is sorted."""

    NAME = "name"
    ADDED = "added"  # newest first
    SIZE = "size"  # largest first
    STATE = "state"  # what needs attention first


class Show(StrEnum):
    """Which states are listed."""

    ALL = "all"
    READY = "ready"
    UNDER_WAY = "under_way"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Stock:
    """The documents of the collection as one look at it found them."""

    documents: Sequence[DocumentRecord] = ()
    progress: Mapping[str, Progress] = field(default_factory=dict)  # by name
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by name
    leaving: Mapping[str, float] = field(default_factory=dict)  # seconds until they are removed, by name
    pace: Pace | None = None

    def state(self, document: DocumentRecord) -> DocumentState:
        """Where a document is now."""
        step = self.progress.get(document.name)
        return document.state if step is None else step.state

    @property
    def all_tags(self) -> list[str]:
        """Every tag that a document has, once."""
        return sorted({tag for document in self.documents for tag in self.tags.get(document.name, ())})


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one browser session has picked and is looking at."""

    scope: tuple[str, ...] = ()  # ticked; questions search only these, where there are any
    query: str = ""  # words that names have to hold
    order: Order = Order.NAME
    show: Show = Show.ALL
    tag: str | None = None  # list only documents with this one
    page: int = 0  # of the list, 0-based
    notice: str | None = None  # what went wrong with the last upload, removal or retry

    def toggle(self, name: str) -> Shelf:
        """Ticked, or not ticked any more."""
        left = tuple(kept for kept in self.scope if kept != name)
        return replace(self, scope=left if name in self.scope else (*left, name))

    def emptied(self) -> Shelf:
        """As it is in another collection: what was ticked here is not there."""
        return replace(self, scope=(), tag=None, page=0, notice=None)

    def scope_among(self, documents: Sequence[DocumentRecord]) -> tuple[str, ...]:
        """The ticked documents that can be searched."""
        searchable = {document.name for document in documents if document.chunks}
        return tuple(name for name in self.scope if name in searchable)

    def ticked(self, stock: Stock) -> tuple[str, ...]:
        """The ticked documents that are still there."""
        here = {document.name for document in stock.documents} - stock.leaving.keys()
        return tuple(name for name in self.scope if name in here)

    def listed(self, stock: Stock) -> list[DocumentRecord]:
        """The documents that the session asked to see, in its order."""
        words = self.query.casefold().split()
        return sorted(
            (
                document
                for document in stock.documents
                if document.name not in stock.leaving
                and all(word in document.name.casefold() for word in words)
                and stock.state(document) in _SHOWN[self.show]
                and (self.tag is None or self.tag in stock.tags.get(document.name, ()))
            ),
            key=lambda document: _KEYS[self.order](document, stock.state(document)),
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether the list leaves documents out."""
        return bool(self.query.strip()) or self.show is not Show.ALL or self.tag is not None


def page_of(listed: Sequence[DocumentRecord], page: int) -> tuple[int, Sequence[DocumentRecord]]:
    """A page of the list, the last one where there are fewer, and its number."""
    last = max(0, (len(listed) - 1) // PAGE_ROWS)
    shown = min(max(page, 0), last)
    return shown, listed[shown * PAGE_ROWS : (shown + 1) * PAGE_ROWS]


_UNDER_WAY = frozenset(state for state in DocumentState if not state.is_final)
_FAILED = frozenset({DocumentState.FAILED, DocumentState.UNSUPPORTED})
_SHOWN: Mapping[Show, frozenset[DocumentState]] = {
    Show.ALL: frozenset(DocumentState),
    Show.READY: frozenset({DocumentState.READY}),
    Show.UNDER_WAY: _UNDER_WAY,
    Show.FAILED: _FAILED,
}
_ATTENTION = {**dict.fromkeys(_FAILED, 0), **dict.fromkeys(_UNDER_WAY, 1), DocumentState.READY: 2}

_KEYS: Mapping[Order, Callable[[DocumentRecord, DocumentState], tuple[object, ...]]] = {
    Order.NAME: lambda document, state: (document.name.casefold(), document.name),
    Order.ADDED: lambda document, state: (_newest_first(document.added_at), document.name.casefold()),
    Order.SIZE: lambda document, state: (-document.bytes, document.name.casefold()),
    Order.STATE: lambda document, state: (_ATTENTION[state], document.name.casefold()),
}


def _newest_first(added_at: str) -> tuple[int, ...]:
    """Sorts ISO times backwards; what waits has none yet and comes first."""
    return tuple(-ord(character) for character in added_at)
