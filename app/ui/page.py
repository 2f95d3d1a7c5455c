"""The page: its parts put together, and the one poll that keeps them up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr

from app.types import Language, WorkspaceStatus
from app.ui.chat import ChatPanel, build_chat, question_field, wire_chat
from app.ui.documents import DocumentsPanel, build_documents, wire_documents
from app.ui.header import header_html, status_html, welcome_html
from app.ui.parts import event_html, on
from app.ui.sampling import NAMES
from app.ui.settings import SettingsPanel, build_settings, unsupported_html, wire_settings
from app.ui.shelf import Shelf, scope_html, shelf_html
from app.ui.texts import Texts, load_texts, preferred_language
from app.ui.web_page import wire_web_page
from app.ui.workspace import Workspace
from ingest.errors import DocentError
from ingest.types import DocumentRecord, Progress

POLL_SECONDS = 1.0


def page_translations() -> gr.I18n:
    """The texts under the names by which gradio's own parts know the languages."""
    locales = {"en": Language.ENGLISH, "zh-CN": Language.CHINESE}
    return gr.I18n(**{locale: dict(load_texts(language).entries) for locale, language in locales.items()})


def build_page(workspace: Workspace, file_types: Sequence[str]) -> gr.Blocks:
    """The page over `workspace`; `file_types` are the suffixes, with their dot, that it takes in."""
    page = gr.Blocks(title="Docent", analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600))
    with page:
        parts = _lay_out(workspace, file_types, page_translations())
        asked_with = [parts.language, parts.documents.shelf, *parts.settings.answering]
        wire_chat(parts.chat, parts.passage, asked_with, workspace)
        wire_settings(parts.settings, parts.language, workspace)
        wire_web_page(parts.documents.web_page, parts.language, workspace)
        changes = wire_documents(parts.documents, parts.chat.scope, parts.chat.welcome, parts.status, workspace)
        refresher = Refresher(workspace)
        changes.append(on(page.load, refresher.greet, [], [parts.language, parts.header, parts.chat.question]))
        _refresh_after([*(change.then for change in changes), gr.Timer(POLL_SECONDS).tick], refresher, parts)
    return page


@dataclass(frozen=True, slots=True)
class PageParts:
    """Everything on the page that something happens to."""

    language: gr.State
    header: gr.HTML
    status: gr.HTML
    chat: ChatPanel
    documents: DocumentsPanel
    settings: SettingsPanel
    passage: gr.HTML


def _lay_out(workspace: Workspace, file_types: Sequence[str], i18n: gr.I18n) -> PageParts:
    """Top line and status above two panes: the chat, and beside it documents, settings or a cited passage."""
    language = gr.State(Language.ENGLISH)
    header = event_html(elem_id="header", script="watch('value', () => docent.markCurrent());")
    status = event_html("reembed", elem_id="status")
    with gr.Row(elem_id="panes"):
        with gr.Column(elem_id="chat-pane"):
            chat = build_chat(i18n)
        with gr.Column(elem_id="side-pane"):
            with gr.Column(elem_id="documents-pane"):
                documents = build_documents(file_types, i18n)
            with gr.Column(elem_id="settings-pane"):
                settings = build_settings(workspace.settings, i18n)
            passage = event_html("close_passage", elem_id="passage", script="docent.showPassage(element, watch);")
    return PageParts(language, header, status, chat, documents, settings, passage)


def _refresh_after(triggers: Iterable[Callable[..., Any]], refresher: Refresher, parts: PageParts) -> None:
    shown = gr.State(())
    sampling = parts.settings.answering[-len(NAMES) :]
    chat = (parts.chat.scope, parts.chat.welcome)
    drawn = [shown, parts.status, parts.documents.listed, *chat, parts.settings.unsupported, *sampling]
    for trigger in triggers:
        on(trigger, refresher.refresh, [shown, parts.documents.shelf, parts.language], drawn)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The workspace as one poll saw it."""

    status: WorkspaceStatus
    documents: Sequence[DocumentRecord] = ()
    progress: Mapping[str, Progress] = field(default_factory=dict)
    suggestions: Sequence[str] = ()


class Refresher:
    """Draws what may change without a click, and sends only what has changed since it was last sent."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def greet(self, request: gr.Request) -> tuple[Language, str, Any]:
        language = preferred_language(request.cookies, request.headers.get("accept-language", ""))
        texts = load_texts(language)
        return language, header_html(texts), question_field(texts, busy=False)

    def refresh(self, shown: tuple[Any, ...], shelf: Shelf, language: Language) -> list[Any]:
        parts = draw(self._look(language), shelf, load_texts(language))
        return [parts, *(gr.skip() if part in shown[i : i + 1] else part for i, part in enumerate(parts))]

    def _look(self, language: Language) -> Snapshot:
        seen = Snapshot(self._workspace.status())
        try:
            documents, progress = self._workspace.documents(), self._workspace.progress()
            return Snapshot(seen.status, documents, progress, self._workspace.suggestions(language))
        except DocentError as error:
            return Snapshot(replace(seen.status, problem=str(error)))


def draw(seen: Snapshot, shelf: Shelf, texts: Texts) -> tuple[Any, ...]:
    """The parts in the order in which `_refresh_after` names them, without the first, which remembers them."""
    model = seen.status.model
    return (
        status_html(seen.status, seen.progress, texts, reembedding=shelf.reembedding),
        shelf_html(shelf, seen.documents, seen.progress, texts),
        scope_html(shelf.scope_among(seen.documents), texts),
        welcome_html(seen.status, seen.documents, seen.suggestions, texts),
        unsupported_html(model, texts),
        *(gr.update(interactive=model is None or name in model.supports) for name in NAMES),
    )
