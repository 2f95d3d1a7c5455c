"""What is about to be removed, and the way to keep it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from app.ui.documents.document_row import button
from app.ui.markup import Markup, element
from app.ui.texts import Texts


def toast_html(leaving: Mapping[str, float], several: str, texts: Texts) -> Markup:
    """Says what goes and when; `leaving` is seconds by name, `several` what it is where it has no one name."""
    if not leaving:
        return Markup()
    what = next(iter(leaving)) if len(leaving) == 1 else several
    seconds = ceil(max(leaving.values()))
    if not seconds:
        return element("div", element("p", texts("documents.removing", what=what)), class_="toast", role="status")
    words = element("p", texts("documents.leaving", what=what, seconds=seconds))
    return element("div", words, button("undo", texts("documents.undo")), class_="toast", role="status")


def notice_html(problem: str | None, texts: Texts) -> Markup:
    """What went wrong, until it is dismissed."""
    if not problem:
        return Markup()
    dismiss = button("dismiss", texts("documents.dismiss"))
    return element("div", element("p", texts.told(problem)), dismiss, class_="notice", role="alert")
