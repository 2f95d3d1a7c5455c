"""The help on what the keyboard does; the keys themselves are in chat.js. Pure."""

from __future__ import annotations

from app.ui.markup import Markup, element
from app.ui.texts import Texts

KEYS = (("send", "Enter"), ("line", "Shift+Enter"), ("focus", "/"), ("stop", "Esc"), ("new", "Alt+N"), ("help", "?"))


def keys_html(texts: Texts) -> Markup:
    """A dialog that names each key."""
    rows = (
        element("div", element("dt", *_caps(combination)), element("dd", texts(f"keys.{name}")))
        for name, combination in KEYS
    )
    close = element("button", texts("passage.close"), type="submit", class_="quiet")
    title = element("h2", texts("keys.title"), id="keys-title")
    form = element("form", title, element("dl", *rows), close, method="dialog")
    return element("dialog", form, aria_labelledby="keys-title")


def _caps(combination: str) -> list[Markup]:
    return [element("kbd", key) for key in combination.split("+")]
