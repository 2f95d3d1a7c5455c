"""The passage view: a cited passage inside its document's stored text, highlighted. Pure."""

from __future__ import annotations

from app.ui.answers import where_html
from app.ui.conversation import Place
from app.ui.markup import Markup, element, join
from app.ui.texts import Texts

CONTEXT_CHARACTERS = 20_000  # shown on each side of the quote: a whole handbook, yet a page that scrolls at once


def passage_html(place: Place, stored_text: str, texts: Texts) -> Markup:
    """The text around `place` with its quote marked; the quote alone where the document has changed since."""
    if stored_text[place.start : place.end] != place.quote:
        return _panel(place, texts, _quote_alone(place, texts("passage.moved")))
    first = max(0, place.start - CONTEXT_CHARACTERS)
    last = min(len(stored_text), place.end + CONTEXT_CHARACTERS)
    text = element(
        "p",
        stored_text[first : place.start],
        element("mark", place.quote),
        stored_text[place.end : last],
        class_="stored-text",
    )
    return _panel(
        place,
        texts,
        _omitted(texts, "passage.before", first),
        text,
        _omitted(texts, "passage.after", len(stored_text) - last),
    )


def missing_passage_html(place: Place, reason: str, texts: Texts) -> Markup:
    """What is left to show when the document itself can no longer be read."""
    return _panel(place, texts, _quote_alone(place, texts("passage.gone", reason=reason)))


def _quote_alone(place: Place, explanation: str) -> Markup:
    return join(
        element("p", explanation, class_="aside"), element("p", element("mark", place.quote), class_="stored-text")
    )


def _omitted(texts: Texts, key: str, count: int) -> Markup:
    return element("p", texts(key, count=count), class_="aside") if count else Markup()


def _panel(place: Place, texts: Texts, *body: Markup) -> Markup:
    close = element("button", texts("passage.close"), type="button", class_="quiet", data_event="close_passage")
    header = element("header", where_html(place, texts), close)
    return element(
        "section",
        header,
        element("div", *body, class_="passage-body", tabindex="0"),
        class_="passage",
        aria_label=texts("passage.region"),
    )
