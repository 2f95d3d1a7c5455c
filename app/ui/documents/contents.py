"""The contents panel: what is stored of a document, as text and as the passages that are searched, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import gradio as gr

from app.types import Language
from app.ui.documents.document_row import button
from app.ui.markup import Markup, element, join
from app.ui.parts import detail, event_html, number_detail, on
from app.ui.texts import Texts, load_texts
from app.ui.workspace import Workspace
from app.workspace.contents import PassagePage, StoredPassage
from ingest.errors import DocentError

PAGE_PASSAGES = 20
PAGE_CHARACTERS = 10_000  # of the stored text


@dataclass(frozen=True, slots=True)
class ContentsView:
    """What one session looks at."""

    document: str
    as_text: bool = False
    page: int = 0  # 0-based


Drawn = tuple[ContentsView | None, Markup]


def build_contents() -> gr.HTML:
    """Lays out the panel, which shows nothing until a document is opened."""
    events = ("close_contents", "turn_contents", "contents_as", "drop_tag")
    return event_html(*events, elem_id="contents", script="docent.showContents(element, watch);")


def wire_contents(panel: gr.HTML, listed: gr.HTML, language: gr.State, workspace: Workspace) -> None:
    """Connects the panel with the list whose names open it."""
    handlers = ContentsHandlers(workspace)
    view = gr.State(None)
    drawn = [view, panel]
    on(listed.open, handlers.open, [language], drawn)
    on(panel.turn_contents, handlers.turn, [view, language], drawn)
    on(panel.contents_as, handlers.show_as, [view, language], drawn)
    on(panel.drop_tag, handlers.drop_tag, [view, language], drawn)
    on(panel.close_contents, handlers.close, [], drawn)


class ContentsHandlers:
    """What happens in the panel."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def open(self, event: gr.EventData, language: Language) -> Drawn:
        return self._look(ContentsView(detail(event, "document")), language)

    def turn(self, event: gr.EventData, view: ContentsView | None, language: Language) -> Drawn:
        return self._look(view and replace(view, page=max(0, number_detail(event, "page"))), language)

    def show_as(self, event: gr.EventData, view: ContentsView | None, language: Language) -> Drawn:
        return self._look(view and replace(view, as_text=detail(event, "as") == "text", page=0), language)

    def drop_tag(self, event: gr.EventData, view: ContentsView | None, language: Language) -> Drawn:
        if view is not None:
            self._workspace.tags.drop([view.document], detail(event, "tag"))
        return self._look(view, language)

    def close(self) -> Drawn:
        return None, Markup()

    def _look(self, view: ContentsView | None, language: Language) -> Drawn:
        if view is None:
            return None, Markup()
        texts = load_texts(language)
        tags = self._workspace.tags.all().get(view.document, ())
        try:
            text = self._workspace.contents.text(view.document)
            if view.as_text:
                return view, text_html(view, text, tags, texts)
            first = view.page * PAGE_PASSAGES
            found = self._workspace.contents.passages(view.document, first=first, count=PAGE_PASSAGES)
            return view, passages_html(view, found, tags, texts)
        except DocentError as error:
            told = element("p", texts.told(error), class_="notice", role="alert")
            return view, _panel(view, tags, Markup(), told, texts)


def passages_html(view: ContentsView, found: PassagePage, tags: tuple[str, ...], texts: Texts) -> Markup:
    """The passages of one page, each with where it stands and how long it is."""
    items = (_passage(stored, texts) for stored in found.passages)
    body = join(element("p", texts("contents.about"), class_="aside"), element("ol", *items, class_="stored-passages"))
    first, last = view.page * PAGE_PASSAGES + 1, view.page * PAGE_PASSAGES + len(found.passages)
    words = texts("contents.range", first=first, last=last, count=found.total)
    return _panel(view, tags, _turns(view, words, last < found.total, texts), body, texts)


def text_html(view: ContentsView, text: str, tags: tuple[str, ...], texts: Texts) -> Markup:
    """One part of the stored text, as it is."""
    parts = max(1, -(-len(text) // PAGE_CHARACTERS))
    part = text[view.page * PAGE_CHARACTERS : (view.page + 1) * PAGE_CHARACTERS]
    words = texts("contents.text_range", number=view.page + 1, count=parts)
    turns = _turns(view, words, view.page + 1 < parts, texts) if parts > 1 else Markup()
    return _panel(view, tags, turns, element("p", part, class_="stored-text plain"), texts)


def _passage(stored: StoredPassage, texts: Texts) -> Markup:
    chunk = stored.chunk
    place = (
        "" if chunk.page is None else texts("place.page", page=chunk.page),
        texts("contents.tokens", count=stored.tokens),
        texts("contents.characters", start=chunk.start, end=chunk.end),
    )
    heading = " > ".join(chunk.heading_path)
    return element(
        "li",
        element(
            "p",
            element("span", str(chunk.ordinal + 1), class_="badge"),
            element("span", " · ".join(filter(None, place)), class_="aside"),
            class_="passage-head",
        ),
        element("p", heading, class_="passage-heading") if heading else Markup(),
        element("p", chunk.text, class_="stored-text plain"),
    )


def _turns(view: ContentsView, words: str, has_more: bool, texts: Texts) -> Markup:
    event = "turn_contents"
    before = button(event, "←", label=texts("contents.before"), data_page=view.page - 1, disabled=view.page == 0)
    after = button(event, "→", label=texts("contents.after"), data_page=view.page + 1, disabled=not has_more)
    return element("span", before, element("span", words, class_="aside"), after, class_="turns")


def _panel(view: ContentsView, tags: tuple[str, ...], turns: Markup, body: Markup, texts: Texts) -> Markup:
    close = button("close_contents", texts("contents.close"), class_="quiet close-contents")
    name = element("span", element("span", view.document, class_="document-name"), class_="where")
    switch = (
        button(
            "contents_as",
            texts(f"contents.{shape}"),
            class_="",
            data_as=shape,
            aria_pressed="true" if view.as_text == (shape == "text") else "false",
        )
        for shape in ("passages", "text")
    )
    tools = element("div", turns, element("span", *switch, class_="switch"), class_="tools")
    chips = (
        button("drop_tag", tag, element("span", "×", aria_hidden="true"), class_="tag",
               label=texts("contents.drop_tag", tag=tag), data_tag=tag)
        for tag in tags
    )  # fmt: skip
    tagged = element("p", *chips, class_="tags tools") if tags else Markup()
    return element(
        "section",
        element("header", name, close),
        tools,
        tagged,
        element("div", body, class_="passage-body", tabindex="0"),
        class_="passage",
        aria_label=texts("contents.region", document=view.document),
    )
