"""How the viewer looks: a passage in its document, as a drawn page or as text, beside the chat. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from app.preview import PagePicture
from app.ui.chat.conversation import Place
from app.ui.markup import Markup, element, join
from app.ui.texts import Texts
from app.ui.viewer.places import where_html
from app.ui.viewer.stored_text import stored_text_html
from ingest.types import Box, ParsedDocument


@dataclass(frozen=True, slots=True)
class View:
    """What one browser session looks at."""

    place: Place
    page: int | None = None  # the page shown; None until it is known, and for documents without drawn pages
    as_text: bool = False  # the text was asked for, though the page could be drawn
    waiting: bool = False  # the page is being drawn


def page_html(
    view: View, document: ParsedDocument, picture: PagePicture | None, boxes: Sequence[Box], texts: Texts
) -> Markup:
    """A page with its marks; without a picture yet, an empty sheet."""
    page = view.page or 1
    if picture is None:
        sheet = element("p", texts("viewer.drawing"), class_="sheet drawing", role="status")
    else:
        label = texts("viewer.picture", page=page, document=view.place.document)
        image = element("img", src=_source(picture), alt=label, width=picture.width, height=picture.height)
        sheet = element("div", image, *(_mark(box) for box in boxes), class_="sheet")
    return _panel(view, document, sheet, texts, count=max(document.page_count or 1, page), has_pages=True)


def text_html(
    view: View, document: ParsedDocument, texts: Texts, *, has_pages: bool = False, remark: str | None = None
) -> Markup:
    """The stored text with the passage marked; `remark` says why the page is not shown."""
    place = view.place
    told = element("p", remark, class_="aside") if remark else Markup()
    body = join(told, stored_text_html(document, place.start, place.end, texts))
    return _panel(view, document, body, texts, count=0, has_pages=has_pages)


def moved_html(view: View, texts: Texts) -> Markup:
    """What is left to show when the document no longer holds what was quoted."""
    return _quote_alone(view, texts("passage.moved"), texts)


def missing_html(view: View, reason: str, texts: Texts) -> Markup:
    """What is left to show when the document itself can no longer be read."""
    return _quote_alone(view, texts("passage.gone", reason=reason), texts)


def _quote_alone(view: View, explanation: str, texts: Texts) -> Markup:
    quote = element("p", element("mark", view.place.quote), class_="stored-text plain")
    return _frame(view, None, join(element("p", explanation, class_="aside"), quote), Markup(), texts)


def _panel(view: View, document: ParsedDocument, body: Markup, texts: Texts, *, count: int, has_pages: bool) -> Markup:
    tools = join(_pages(view, count, texts), _switch(view, texts) if has_pages else Markup())
    return _frame(view, document, body, element("div", tools, class_="tools") if tools else tools, texts)


def _frame(view: View, document: ParsedDocument | None, body: Markup, tools: Markup, texts: Texts) -> Markup:
    words = (element("span", texts(f"passage.{key}"), class_=key) for key in ("close", "back"))
    close = element("button", *words, type="button", class_="quiet", data_event="close_passage")
    header = element("header", where_html(view.place, texts, document), close)
    content = element("div", body, class_="passage-body", tabindex="0")
    return element("section", header, tools, content, class_="passage", aria_label=texts("passage.region"))


def _pages(view: View, count: int, texts: Texts) -> Markup:
    """Forward, back and where one is; and enlarging, which the browser does by itself."""
    if view.page is None or not count:
        return Markup()
    here = element("span", texts("viewer.page_of", page=view.page, count=count), class_="page-number")
    zoom = element("button", texts("viewer.zoom"), type="button", class_="quiet", aria_pressed="false", data_zoom=True)
    if count == 1:
        return zoom
    back = _turn("‹", "viewer.previous", view.page - 1, count, texts)
    forward = _turn("›", "viewer.next", view.page + 1, count, texts)
    return join(element("span", back, here, forward, class_="pager"), zoom)


def _turn(sign: str, label: str, page: int, count: int, texts: Texts) -> Markup:
    return element(
        "button",
        sign,
        type="button",
        class_="quiet",
        aria_label=texts(label),
        disabled=not 1 <= page <= count,
        data_event="turn_page",
        data_page=page,
    )


def _switch(view: View, texts: Texts) -> Markup:
    """Page or text."""
    shows_text = view.page is None or view.as_text
    choices = (
        element(
            "button",
            texts(f"viewer.{kind}"),
            type="button",
            aria_pressed=str(on).lower(),
            data_event="show_as",
            data_as=kind,
        )
        for kind, on in (("page", not shows_text), ("text", shows_text))
    )
    return element("span", *choices, class_="switch", role="group", aria_label=texts("viewer.shown_as"))


def _source(picture: PagePicture) -> str:
    # Within the page's own stream, so that there is no address under which anyone else could ask for it.
    return f"data:image/jpeg;base64,{b64encode(picture.jpeg).decode('ascii')}"


def _mark(box: Box) -> Markup:
    sides = {
        "left": box.left, "top": box.top, "width": box.right - box.left, "height": box.bottom - box.top
    }  # fmt: skip
    return element("span", class_="spot", style=";".join(f"{side}:{100 * value:.3f}%" for side, value in sides.items()))
