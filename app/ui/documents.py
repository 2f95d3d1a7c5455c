"""The documents panel: upload, list, removal, retry, cancel, scope. Handlers change the shelf or the workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from app.ui.parts import detail, event_html, label_html, on
from app.ui.shelf import Shelf
from app.ui.web_page import WebPageField, build_web_page
from app.ui.workspace import Workspace
from ingest.errors import DocentError


@dataclass(frozen=True, slots=True)
class DocumentsPanel:
    """The panel's components and the session's shelf."""

    shelf: gr.State
    files: gr.File
    web_page: WebPageField
    listed: gr.HTML


def build_documents(file_types: Sequence[str], i18n: gr.I18n) -> DocumentsPanel:
    """Lays out the panel; `file_types` are suffixes with their dot."""
    label_html("h2", i18n("documents.title"))
    files = gr.File(
        label=i18n("documents.upload"),
        show_label=False,
        file_count="multiple",
        file_types=list(file_types),
        height=120,
        elem_id="upload",
    )
    web_page = build_web_page(i18n)
    events = ("toggle", "ask_remove", "remove", "keep", "retry", "cancel", "dismiss", "samples")
    return DocumentsPanel(gr.State(Shelf()), files, web_page, event_html(*events, elem_id="documents"))


def wire_documents(
    panel: DocumentsPanel, scope: gr.HTML, welcome: gr.HTML, status: gr.HTML, workspace: Workspace
) -> list[Any]:
    """Connects the panel, and what else picks, adds or re-embeds documents; returns the events to refresh after."""
    handlers = DocumentHandlers(workspace)
    clicks = (
        (panel.listed.toggle, handlers.toggle),
        (panel.listed.ask_remove, handlers.ask_remove),
        (panel.listed.remove, handlers.remove),
        (panel.listed.keep, handlers.keep),
        (panel.listed.retry, handlers.retry),
        (panel.listed.cancel, handlers.cancel),
        (panel.listed.dismiss, handlers.dismiss),
        (panel.listed.samples, handlers.add_samples),
        (welcome.samples, handlers.add_samples),
        (status.reembed, handlers.reembed),
        (scope.toggle, handlers.toggle),
        (scope.reset, handlers.reset),
    )
    files = [panel.files, panel.shelf]
    uploaded = panel.files.upload(handlers.upload, files, files, api_visibility="private")
    return [uploaded, *(on(click, handler, [panel.shelf], [panel.shelf]) for click, handler in clicks)]


class DocumentHandlers:
    """What happens on a click in the panel. Each takes the session's shelf and returns the new one."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def toggle(self, event: gr.EventData, shelf: Shelf) -> Shelf:
        return shelf.toggle(detail(event, "document"))

    def reset(self, shelf: Shelf) -> Shelf:
        return replace(shelf, scope=())

    def ask_remove(self, event: gr.EventData, shelf: Shelf) -> Shelf:
        return replace(shelf, removing=detail(event, "document"))

    def keep(self, shelf: Shelf) -> Shelf:
        return replace(shelf, removing=None)

    def dismiss(self, shelf: Shelf) -> Shelf:
        return replace(shelf, notice=None)

    def remove(self, event: gr.EventData, shelf: Shelf) -> Shelf:
        name = detail(event, "document")
        kept = tuple(picked for picked in shelf.scope if picked != name)
        return _attempt(replace(shelf, removing=None, scope=kept), lambda: self._workspace.remove([name]))

    def retry(self, event: gr.EventData, shelf: Shelf) -> Shelf:
        return _attempt(shelf, lambda: self._workspace.retry(detail(event, "document")))

    def cancel(self, event: gr.EventData, shelf: Shelf) -> Shelf:
        return _attempt(shelf, lambda: self._workspace.cancel([detail(event, "document")]))

    def reembed(self, shelf: Shelf) -> Shelf:
        return _attempt(replace(shelf, reembedding=True), self._workspace.reembed)

    def add_samples(self, shelf: Shelf) -> Shelf:
        return _attempt(shelf, self._workspace.add_samples)

    def upload(self, files: list[str] | None, shelf: Shelf) -> tuple[None, Shelf]:
        paths = [Path(file) for file in files or []]
        shelf = _attempt(shelf, lambda: self._workspace.upload(paths))
        _forget(paths)
        return None, shelf


def _attempt(shelf: Shelf, action: Callable[[], object]) -> Shelf:
    """The shelf after `action`, with a notice where it failed."""
    try:
        action()
    except DocentError as error:
        return replace(shelf, notice=str(error))
    return replace(shelf, notice=None)


def _forget(uploaded: Iterable[Path]) -> None:
    """Deletes gradio's own copies: the workspace has its own, and a document that is removed later is to be gone."""
    for path in uploaded:
        path.unlink(missing_ok=True)
