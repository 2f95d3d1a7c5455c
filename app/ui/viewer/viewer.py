"""The viewer: opens a cited passage beside the chat, turns its pages, and shows it as a page or as text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from app.preview import marks, page_at
from app.types import Language
from app.ui.chat.conversation import Conversation
from app.ui.markup import Markup
from app.ui.parts import detail, event_html, number_detail, on
from app.ui.texts import Texts, load_texts
from app.ui.viewer.viewer_html import View, missing_html, moved_html, page_html, text_html
from app.ui.workspace import Workspace
from ingest.errors import BrokenDocument, DocentError
from ingest.types import ParsedDocument

Drawn = tuple[View | None, Markup]


def build_viewer() -> gr.HTML:
    """Lays out the viewer, which shows nothing until something is opened."""
    return event_html(
        "close_passage", "turn_page", "show_as", elem_id="passage", script="docent.showPassage(element, watch);"
    )


def wire_viewer(
    viewer: gr.HTML, opened_from: tuple[gr.HTML, ...], conversation: gr.State, language: gr.State, workspace: Workspace
) -> None:
    """Connects the viewer with the parts whose markers and cards open it."""
    handlers = ViewerHandlers(workspace)
    view = gr.State(None)
    drawn = [view, viewer]
    changes = [on(part.passage, handlers.open, [conversation, language], drawn) for part in opened_from]
    changes += [on(viewer.turn_page, handlers.turn, [view, language], drawn)]
    changes += [on(viewer.show_as, handlers.show_as, [view, language], drawn)]
    for change in changes:
        on(change.then, handlers.finish, [view, language], [viewer])
    on(viewer.close_passage, handlers.close, [], drawn)


class ViewerHandlers:
    """What happens in the viewer. A page that is still to be drawn comes second, after an empty sheet."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def open(self, event: gr.EventData, conversation: Conversation, language: Language) -> Drawn:
        place = conversation.place(
            number_detail(event, "exchange"), detail(event, "kind"), number_detail(event, "number")
        )
        return self._look(View(place) if place is not None else None, language)

    def turn(self, event: gr.EventData, view: View | None, language: Language) -> Drawn:
        return self._look(view and replace(view, page=number_detail(event, "page")), language)

    def show_as(self, event: gr.EventData, view: View | None, language: Language) -> Drawn:
        return self._look(view and replace(view, as_text=detail(event, "as") == "text"), language)

    def close(self) -> Drawn:
        return None, Markup()

    def finish(self, view: View | None, language: Language) -> Any:
        if view is None or not view.waiting:
            return gr.skip()
        return self._look(view, language, wait=True)[1]

    def _look(self, view: View | None, language: Language, *, wait: bool = False) -> Drawn:
        if view is None:
            return None, Markup()
        texts = load_texts(language)
        try:
            document = self._workspace.previews.document(view.place.document)
            if document.text[view.place.start : view.place.end] != view.place.quote:
                return view, moved_html(view, texts)
            return self._drawn(view, document, texts, wait=wait)
        except DocentError as error:
            return view, missing_html(view, texts.told(error), texts)

    def _drawn(self, view: View, document: ParsedDocument, texts: Texts, *, wait: bool) -> Drawn:
        previews, place = self._workspace.previews, view.place
        if not previews.has_pages(place.document):
            return view, text_html(view, document, texts)
        page = view.page or page_at(document, place.start, place.end) or 1
        page = min(max(page, 1), document.page_count or 1)
        view = replace(view, page=page, waiting=False)
        if view.as_text:
            return view, text_html(view, document, texts, has_pages=True)
        if not wait and not previews.is_drawn(place.document, page):
            return replace(view, waiting=True), page_html(view, document, None, (), texts)
        try:
            picture = previews.page(place.document, page)
        except BrokenDocument as error:
            return view, text_html(view, document, texts, remark=texts.told(error))
        boxes = marks(document, picture.glyphs, page, place.start, place.end)
        return view, page_html(view, document, picture, boxes, texts)
