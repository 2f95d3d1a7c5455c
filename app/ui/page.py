"""The page: its parts put together, and the one poll that keeps them up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr

from app.models.fetch import Fetch
from app.models.memory import Memory
from app.types import Language, WorkspaceStatus
from app.ui.blocks import Blocks
from app.ui.chat.chat import ChatPanel, build_chat, wire_chat
from app.ui.chat.compare import ComparePanel, build_compare, wire_compare
from app.ui.chat.feedback import wire_feedback
from app.ui.chat.transcript import question_field
from app.ui.collections.collections import CollectionsMenu, build_collections, look_at, wire_collections
from app.ui.collections.menu_html import MenuView, Shelves, leaving_html, menu_html
from app.ui.collections.visits import Visits
from app.ui.documents.contents import build_contents, wire_contents
from app.ui.documents.document_list import above_html, list_html, scope_html
from app.ui.documents.documents import DocumentsPanel, build_documents, stock_of, wire_documents
from app.ui.documents.shelf import Shelf, Stock
from app.ui.documents.upkeep import UpkeepPanel, build_upkeep, remeasure, tasks_html, wire_upkeep
from app.ui.documents.web_page import wire_web_page
from app.ui.header import header_html, status_html, welcome_html
from app.ui.history.history import HistoryPanel, build_history, wire_history
from app.ui.parts import event_html, on
from app.ui.settings.sampling import sampling_of
from app.ui.settings.settings import SettingsPanel, build_settings, draw_settings, wire_settings
from app.ui.texts import Texts, load_texts, preferred_language
from app.ui.viewer.viewer import build_viewer, wire_viewer
from app.ui.workspace import Workspace
from app.workspace.upkeep import Task, UpkeepState
from ingest.errors import DocentError

POLL_SECONDS = 1.0  # while something goes on
REST_SECONDS = 3.0  # while nothing does: each poll takes some 5 ms of processor time, for each open page


def page_translations() -> gr.I18n:
    """The texts under the names by which gradio's own parts know the languages."""
    locales = {"en": Language.ENGLISH, "zh-CN": Language.CHINESE}
    return gr.I18n(**{locale: dict(load_texts(language).entries) for locale, language in locales.items()})


def build_page(visits: Visits, file_types: Sequence[str]) -> gr.Blocks:
    """The page over the collections of `visits`; `file_types` are the suffixes, with their dot, that it takes in."""
    workspace = visits.workspace
    page = Blocks(title="Docent", analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600))
    with page:
        parts = _lay_out(workspace, file_types, page_translations())
        asked_with = [parts.language, parts.documents.shelf, *parts.settings.answering]
        wire_chat(parts.chat, parts.history, asked_with, workspace)
        wire_history(parts.history, parts.chat.drawn, parts.language, page, workspace)
        opened_from = (parts.chat.past, parts.chat.current)
        wire_feedback(opened_from, parts.chat.conversation, parts.history, parts.language, workspace)
        wire_viewer(parts.viewer, opened_from, parts.chat.conversation, parts.language, workspace)
        wire_settings(parts.settings, asked_with[:2], page.load, workspace)
        wire_compare(parts.compare, parts.settings.compare, asked_with[:2], parts.settings.answering, workspace)
        wire_web_page(parts.documents.web_page, parts.language, workspace)
        changes = wire_documents(parts.documents, parts.chat.scope, parts.chat.welcome, workspace)
        wire_contents(parts.contents, parts.documents.listed, parts.language, workspace)
        changes += wire_upkeep(parts.upkeep, parts.status, parts.language, workspace)
        here = [parts.chat.conversation, parts.history.view, parts.language]
        frame = [*parts.chat.drawn, parts.history.listed]
        moves = wire_collections(
            parts.collections, parts.documents.shelf, here, frame, parts.history.listed.open, visits
        )
        remeasure(moves, parts.upkeep, parts.language, workspace)
        changes += moves
        refresher = Refresher(visits)
        changes.append(on(page.load, refresher.greet, [], [parts.language, parts.header, parts.chat.question]))
        _refresh_after([change.then for change in changes], refresher, parts)
    return page


@dataclass(frozen=True, slots=True)
class PageParts:
    """Everything on the page that something happens to."""

    language: gr.State
    header: gr.HTML
    status: gr.HTML
    collections: CollectionsMenu
    history: HistoryPanel
    chat: ChatPanel
    documents: DocumentsPanel
    upkeep: UpkeepPanel
    settings: SettingsPanel
    compare: ComparePanel
    contents: gr.HTML
    viewer: gr.HTML


def _lay_out(workspace: Workspace, file_types: Sequence[str], i18n: gr.I18n) -> PageParts:
    """Top line and status above the panes: conversations, chat, and documents, settings or a cited passage."""
    language = gr.State(Language.ENGLISH)
    header = event_html(elem_id="header", script="watch('value', () => { docent.markCurrent(); docent.goOn(); });")
    with gr.Row(elem_id="top-line"):
        collections = build_collections()
        status = event_html("reembed", elem_id="status")
    with gr.Row(elem_id="panes"):
        with gr.Column(elem_id="history-pane"):
            history = build_history(i18n)
        with gr.Column(elem_id="chat-pane"):
            chat = build_chat(i18n)
        with gr.Column(elem_id="side-pane"):
            with gr.Column(elem_id="documents-pane"):
                documents = build_documents(file_types, i18n)
                upkeep = build_upkeep(i18n)
            with gr.Column(elem_id="settings-pane"):
                settings = build_settings(workspace.settings, i18n)
            contents = build_contents()
            viewer = build_viewer()
    compare = build_compare(sampling_of(workspace.settings), i18n)
    return PageParts(
        language, header, status, collections, history, chat, documents, upkeep, settings, compare, contents, viewer
    )


def _refresh_after(triggers: Iterable[Callable[..., Any]], refresher: Refresher, parts: PageParts) -> None:
    shown, timer = gr.State(()), gr.Timer(POLL_SECONDS)
    chat = (parts.chat.scope, parts.chat.welcome)
    documents = (parts.documents.above, parts.documents.listed, parts.upkeep.tasks)
    collections = (parts.collections.menu, parts.collections.leaving)
    drawn = [shown, timer, parts.status, *collections, *documents, *chat, *parts.settings.drawn]
    asked = [shown, parts.documents.shelf, parts.collections.view, parts.language]
    for trigger in (*triggers, timer.tick):
        on(trigger, refresher.refresh, asked, drawn)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The workspace as one poll saw it."""

    status: WorkspaceStatus
    shelves: Shelves = field(default_factory=Shelves)
    stock: Stock = field(default_factory=Stock)
    upkeep: UpkeepState = field(default_factory=UpkeepState)
    suggestions: Sequence[str] = ()
    memory: Memory | None = None
    fetch: Fetch | None = None

    @property
    def goes_on(self) -> bool:
        """Whether something is under way that people watch."""
        moving = self.stock.progress or self.stock.leaving or self.upkeep.task or not self.status.ready
        return bool(moving) or (self.fetch is not None and self.fetch.under_way)


class Refresher:
    """Draws what may change without a click, and sends only what has changed since it was last sent."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits

    def greet(self, request: gr.Request) -> tuple[Language, str, Any]:
        language = preferred_language(request.cookies, request.headers.get("accept-language", ""))
        texts = load_texts(language)
        return language, header_html(texts), question_field(texts, busy=False)

    def refresh(self, shown: tuple[Any, ...], shelf: Shelf, menu: MenuView, language: Language) -> list[Any]:
        parts = draw(self._look(language), shelf, menu, load_texts(language))
        return [parts, *(gr.skip() if part in shown[i : i + 1] else part for i, part in enumerate(parts))]

    def _look(self, language: Language) -> Snapshot:
        workspace, shelves = self._visits.here(), look_at(self._visits)
        answering = workspace.answering
        seen = Snapshot(workspace.status(), shelves, memory=answering.memory(), fetch=answering.fetch.current)
        try:
            stock, upkeep = stock_of(workspace), workspace.upkeep.state()
            return replace(seen, stock=stock, upkeep=upkeep, suggestions=workspace.suggestions(language))
        except DocentError as error:
            return replace(seen, status=replace(seen.status, problem=str(error)))


def draw(seen: Snapshot, shelf: Shelf, menu: MenuView, texts: Texts) -> tuple[Any, ...]:
    """The parts in the order in which `_refresh_after` names them, without the first, which remembers them; the time
    until the next look comes first."""
    collection = seen.shelves.name(texts) if len(seen.shelves.all) > 1 else None
    return (
        gr.update(value=POLL_SECONDS if seen.goes_on else REST_SECONDS),
        status_html(seen.status, seen.stock.progress, texts, reembedding=seen.upkeep.task is Task.REEMBED),
        menu_html(seen.shelves, menu, texts),
        leaving_html(seen.shelves, texts),
        above_html(shelf, seen.stock, texts),
        list_html(shelf, seen.stock, texts),
        tasks_html(seen.upkeep, seen.stock.pace, texts),
        scope_html(shelf.scope_among(seen.stock.documents), texts, collection=collection),
        welcome_html(seen.status, seen.stock.documents, seen.suggestions, texts),
        *draw_settings(seen.status.model, seen.memory, seen.fetch, texts),
    )
