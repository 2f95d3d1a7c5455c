"""The documents panel: upload, search, list, removal, tags, scope. Handlers change the shelf or the workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from app.ui.documents.document_list import ABOVE_EVENTS, LIST_EVENTS
from app.ui.documents.shelf import Order, Shelf, Show, Stock
from app.ui.documents.web_page import WebPageField, build_web_page
from app.ui.parts import detail, event_html, label_html, list_detail, number_detail, on
from app.ui.workspace import Workspace
from app.workspace.tags import MOST_CHARACTERS, clean_tag
from ingest.errors import DocentError

FOLDER_MARK = "␟"  # what page.js writes for the slashes of a file's place in a folder: uploads keep only names


@dataclass(frozen=True, slots=True)
class DocumentsPanel:
    """The panel's components and the session's shelf."""

    shelf: gr.State
    files: gr.File
    web_page: WebPageField
    query: gr.Textbox
    order: gr.Dropdown
    show: gr.Dropdown
    above: gr.HTML  # what goes on, and what can be done with the ticked ones
    tag: gr.Textbox
    listed: gr.HTML


def build_documents(file_types: Sequence[str], i18n: gr.I18n) -> DocumentsPanel:
    """Lays out the panel; `file_types` are suffixes with their dot."""
    with gr.Row(elem_id="documents-head"):
        label_html("h2", i18n("documents.title"))
        folder = gr.Button(i18n("documents.folder"), elem_id="add-folder", size="sm", min_width=0)
    folder.click(js="docent.chooseFolder")
    files = gr.File(
        label=i18n("documents.upload"),
        show_label=False,
        file_count="multiple",
        file_types=list(file_types),
        height=76,
        elem_id="upload",
    )
    web_page = build_web_page(i18n)
    with gr.Row(elem_id="find-row"):
        query = gr.Textbox(
            label=i18n("documents.search"), placeholder=i18n("documents.search"), show_label=False, max_lines=1,
            min_width=0, elem_id="find",
        )  # fmt: skip
        order = _choice("documents.order", Order, i18n)
        show = _choice("documents.show", Show, i18n)
    above = event_html(*ABOVE_EVENTS, elem_id="shelf", script="docent.documents(trigger);")
    tag = gr.Textbox(
        label=i18n("tags.add"), placeholder=i18n("tags.add"), show_label=False, max_lines=1,
        max_length=MOST_CHARACTERS, elem_id="tagging",
    )  # fmt: skip
    listed = event_html(*LIST_EVENTS, "open", elem_id="documents")
    return DocumentsPanel(gr.State(Shelf()), files, web_page, query, order, show, above, tag, listed)


def _choice(key: str, values: type[Order] | type[Show], i18n: gr.I18n) -> gr.Dropdown:
    choices = [(i18n(f"{key}_{value.value}"), value.value) for value in values]
    return gr.Dropdown(
        choices, value=choices[0][1], label=i18n(key), show_label=False, filterable=False, min_width=0,
        elem_id=key.replace(".", "-"),
    )  # fmt: skip


def wire_documents(panel: DocumentsPanel, scope: gr.HTML, welcome: gr.HTML, workspace: Workspace) -> list[Any]:
    """Connects the panel, and what else picks or adds documents; returns the events to refresh after."""
    handlers = DocumentHandlers(workspace)
    clicks = (
        *((getattr(panel.above, event), getattr(handlers, event)) for event in ABOVE_EVENTS),
        *((getattr(panel.listed, event), getattr(handlers, event)) for event in LIST_EVENTS),
        (welcome.samples, handlers.samples),
        (scope.toggle, handlers.toggle),
        (scope.reset, handlers.reset),
    )
    fields = (
        (panel.query.change, handlers.find, panel.query),
        (panel.order.change, handlers.sort, panel.order),
        (panel.show.change, handlers.filter, panel.show),
    )
    files = [panel.files, panel.shelf]
    tag = [panel.tag, panel.shelf]
    return [
        panel.files.upload(handlers.upload, files, files, api_visibility="private"),
        on(panel.tag.submit, handlers.add_tag, tag, tag),
        *(on(click, handler, [panel.shelf], [panel.shelf]) for click, handler in clicks),
        *(on(change, handler, [field, panel.shelf], [panel.shelf]) for change, handler, field in fields),
    ]


def stock_of(workspace: Workspace) -> Stock:
    """The documents as they are now."""
    return Stock(
        workspace.documents(), workspace.progress(), workspace.tags.all(), workspace.removals.waiting(),
        workspace.pace(),
    )  # fmt: skip


class DocumentHandlers:
    """What happens in the panel; those of clicks have their event's name. Each takes the session's shelf and returns
    the new one."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    # --- what is shown ------------------------------------------------------------------------------------------------

    def toggle(self, event: gr.EventData, shelf: Shelf) -> Shelf:
        return shelf.toggle(detail(event, "document"))

    def tick(self, event: gr.EventData, shelf: Shelf) -> Shelf:
        """What was ticked before the page was loaded anew for another language."""
        return replace(shelf, scope=list_detail(event, "names"))

    def tick_all(self, shelf: Shelf) -> Shelf:
        listed = (document.name for document in shelf.listed(stock_of(self._workspace)))
        return replace(shelf, scope=tuple(dict.fromkeys((*shelf.scope, *listed))))

    def reset(self, shelf: Shelf) -> Shelf:
        return replace(shelf, scope=())

    def dismiss(self, shelf: Shelf) -> Shelf:
        return replace(shelf, notice=None)

    def turn(self, event: gr.EventData, shelf: Shelf) -> Shelf:
        return replace(shelf, page=max(0, number_detail(event, "page")))

    def tag(self, event: gr.EventData, shelf: Shelf) -> Shelf:
        tag = detail(event, "tag")
        return replace(shelf, tag=None if tag == shelf.tag else tag, page=0)

    def find(self, query: str, shelf: Shelf) -> Shelf:
        return replace(shelf, query=query, page=0)

    def sort(self, order: str, shelf: Shelf) -> Shelf:
        return replace(shelf, order=Order(order), page=0)

    def filter(self, show: str, shelf: Shelf) -> Shelf:
        return replace(shelf, show=Show(show), page=0)

    # --- what is done -------------------------------------------------------------------------------------------------

    def remove(self, event: gr.EventData, shelf: Shelf) -> Shelf:
        """One document, or else all that are ticked."""
        names = self._named(event, shelf)
        kept = tuple(name for name in shelf.scope if name not in names)
        return _attempt(replace(shelf, scope=kept), lambda: self._workspace.removals.schedule(names))

    def undo(self, shelf: Shelf) -> Shelf:
        return _attempt(shelf, self._workspace.removals.undo)

    def retry(self, event: gr.EventData, shelf: Shelf) -> Shelf:
        return _attempt(shelf, lambda: self._workspace.retry(detail(event, "document")))

    def again(self, event: gr.EventData, shelf: Shelf) -> Shelf:
        return _attempt(shelf, lambda: self._workspace.read_again(self._named(event, shelf)))

    def cancel(self, event: gr.EventData, shelf: Shelf) -> Shelf:
        return _attempt(shelf, lambda: self._workspace.cancel([detail(event, "document")]))

    def cancel_all(self, shelf: Shelf) -> Shelf:
        return _attempt(shelf, lambda: self._workspace.cancel(list(self._workspace.progress())))

    def samples(self, shelf: Shelf) -> Shelf:
        return _attempt(shelf, self._workspace.add_samples)

    def add_tag(self, typed: str, shelf: Shelf) -> tuple[str, Shelf]:
        """Tags the ticked documents."""
        tag, names = clean_tag(typed), shelf.ticked(stock_of(self._workspace))
        return "", _attempt(shelf, lambda: self._workspace.tags.add(names, tag)) if tag and names else shelf

    def upload(self, files: list[str] | None, shelf: Shelf) -> tuple[None, Shelf]:
        paths = [Path(file) for file in files or []]
        names = [path.name.replace(FOLDER_MARK, "/") for path in paths]
        shelf = _attempt(shelf, lambda: self._workspace.upload(paths, names=names))
        _forget(paths)
        return None, shelf

    def _named(self, event: gr.EventData, shelf: Shelf) -> Sequence[str]:
        """The document that was clicked, or else all that are ticked."""
        name = detail(event, "document")
        return (name,) if name else shelf.ticked(stock_of(self._workspace))


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
