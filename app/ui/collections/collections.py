"""The menu of collections in the top line: choose, make, rename, remove. What it is about is in visits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from app.types import Language
from app.ui.chat.conversation import Conversation
from app.ui.chat.transcript import NOTHING_NEW, Frame, gone_on
from app.ui.collections.menu_html import Form, MenuView, Shelves
from app.ui.collections.visits import Visits
from app.ui.documents.shelf import Shelf
from app.ui.history.history import Session
from app.ui.history.history_html import HistoryView
from app.ui.parts import detail, event_html, on
from app.ui.visitor import owner_of
from ingest.errors import DocentError

_ASKS = ("ask_create", "ask_rename", "ask_remove", "close_form")
_MOVES = ("choose", "create", "remove")  # to another collection
_LEAVING = ("undo", "dismiss")


@dataclass(frozen=True, slots=True)
class CollectionsMenu:
    """The menu, what one page sees of it, and below it what is about to be removed."""

    view: gr.State
    menu: gr.HTML
    leaving: gr.HTML


def build_collections() -> CollectionsMenu:
    """Lays out the menu, and what is about to be removed; the style puts that on a line of its own."""
    script = "docent.forms(element, trigger, watch);docent.collections(element, watch);"
    menu = event_html(*_ASKS, *_MOVES, "rename", elem_id="collections", script=script)
    leaving = event_html(*_LEAVING, elem_id="collections-leaving")
    return CollectionsMenu(gr.State(MenuView()), menu, leaving)


def wire_collections(
    menu: CollectionsMenu, shelf: gr.State, session: list[Any], frame: list[Any], opened: Any, visits: Visits
) -> list[Any]:
    """Connects the menu; returns the events to refresh after.

    `session` is the conversation, the history's view and the language, `frame` what a Frame draws, and `opened` the
    list whose conversations are opened.
    """
    handlers = CollectionHandlers(visits)
    view = menu.view
    asks = (on(getattr(menu.menu, event), getattr(handlers, event), [view], [view]) for event in _ASKS)
    moved = [view, shelf]
    clicks = [*((getattr(menu.menu, event), getattr(handlers, event)) for event in _MOVES)]
    clicks.append((menu.leaving.undo, handlers.undo))
    moves = (on(click, handler, [*moved, *session], [*moved, *frame]) for click, handler in clicks)
    rename = on(menu.menu.rename, handlers.rename, [view], [view])
    dismiss = on(menu.leaving.dismiss, visits.library.dismiss, [], [])
    return [*asks, *moves, rename, dismiss, on(opened, handlers.follow, [shelf], moved)]


class CollectionHandlers:
    """What happens in the menu; each is named after its event and takes the page's view of the menu first.

    Those that move the page to another collection also take its shelf and its session, and return what to draw.
    """

    def __init__(self, visits: Visits) -> None:
        self._visits = visits

    def ask_create(self, view: MenuView) -> MenuView:
        return view.asking(Form.CREATE)

    def ask_rename(self, event: gr.EventData, view: MenuView) -> MenuView:
        return view.asking(Form.RENAME, detail(event, "collection"))

    def ask_remove(self, event: gr.EventData, view: MenuView) -> MenuView:
        id_ = detail(event, "collection")
        try:
            workspace = self._visits.library.workspace(id_)
            use, documents = workspace.upkeep.storage(), workspace.documents()
        except DocentError as error:
            return MenuView(is_open=True, notice=str(error))
        asking = view.asking(Form.REMOVE, id_)
        return replace(asking, documents=len(documents), bytes=use.documents + use.index)

    def close_form(self, view: MenuView) -> MenuView:
        return MenuView(is_open=True)

    def rename(self, event: gr.EventData, view: MenuView) -> MenuView:
        library = self._visits.library
        return self._after(view, lambda: library.rename(detail(event, "collection"), detail(event, "name")))

    def choose(self, event: gr.EventData, request: gr.Request, *before: Any) -> list[object]:
        return self._moved(lambda: self._visits.go(detail(event, "collection")), request, before)

    def create(self, event: gr.EventData, request: gr.Request, *before: Any) -> list[object]:
        library = self._visits.library
        return self._moved(lambda: self._visits.go(library.create(detail(event, "name"))), request, before)

    def remove(self, event: gr.EventData, request: gr.Request, *before: Any) -> list[object]:
        """A page that shows the collection is moved to the home collection."""
        return self._moved(lambda: self._visits.library.remove(detail(event, "collection")), request, before)

    def undo(self, request: gr.Request, *before: Any) -> list[object]:
        """A page that showed the collection is moved back."""
        return self._moved(self._visits.library.removals.undo, request, before)

    def follow(self, event: gr.EventData, request: gr.Request, shelf: Shelf) -> list[object]:
        """To the collection of the conversation that is being opened, so that it goes on where it was."""
        store = self._visits.workspace.conversations
        try:
            name = store.collection(owner_of(request.cookies) or "", detail(event, "conversation"))
            asked_of = next((one.id for one in self._visits.library.collections() if one.name == name), None)
            if asked_of in (None, self._visits.id()):
                return [gr.skip(), gr.skip()]  # what is ticked may be changing meanwhile
            self._visits.go(asked_of)
        except DocentError as error:
            return [MenuView(is_open=True, notice=str(error)), gr.skip()]
        return [MenuView(), shelf.emptied()]

    def _after(self, view: MenuView, change: Callable[[], object]) -> MenuView:
        """The menu once a change is made; it stays open, with a notice, where that failed."""
        try:
            change()
        except DocentError as error:
            return replace(view, is_open=True, notice=str(error))
        return MenuView()

    def _moved(
        self, move: Callable[[], object], request: gr.Request, before: tuple[MenuView, Shelf, *tuple[Any, ...]]
    ) -> list[object]:
        """The page after a move: where that led to another collection, a new conversation begins there."""
        view, shelf, conversation, history, language = before
        here = self._visits.id()
        view = self._after(view, move)
        if self._visits.id() == here:
            return [view, shelf, *NOTHING_NEW]
        return [view, shelf.emptied(), *self._begun_anew(request, conversation, history, language)]

    def _begun_anew(
        self, request: gr.Request, conversation: Conversation, history: HistoryView, language: Language
    ) -> Frame:
        if not conversation.exchanges:
            return NOTHING_NEW
        session = Session.of(request, history, language, self._visits.workspace)
        return gone_on(conversation, Conversation(), session.texts, session.listing)


def look_at(visits: Visits) -> Shelves:
    """The collections as the page behind the running event sees them."""
    library = visits.library
    found = library.collections()
    removable = frozenset(one.id for one in found if library.can_be_removed(one.id))
    return Shelves(found, visits.id(), removable, library.leaving(), library.problem)
