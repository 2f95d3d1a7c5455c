"""The list of documents, what goes on above it, and the line that says what is searched. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import ceil

from app.ui.documents.document_row import button, cross, document_row, tag_chip
from app.ui.documents.shelf import PAGE_ROWS, Shelf, Stock, page_of
from app.ui.markup import Markup, element, join
from app.ui.texts import Texts
from app.ui.toast import notice_html, toast_html
from app.workspace.pace import Pace
from ingest.types import DocumentState

ABOVE_EVENTS = ("dismiss", "undo", "cancel_all", "tag", "tick", "tick_all", "again", "remove", "reset")
LIST_EVENTS = ("toggle", "tag", "retry", "cancel", "remove", "turn", "samples")
_MOST_TAGS = 24  # chips above the list
_MOST_CHIPS = 5  # above the question


def above_html(shelf: Shelf, stock: Stock, texts: Texts) -> Markup:
    """What went wrong or goes on, and what can be done with the ticked documents."""
    several = texts("documents.several", count=len(stock.leaving))
    toast = toast_html(stock.leaving, several, texts)
    goes_on = join(notice_html(shelf.notice, texts), toast, _pace(stock.pace, texts))
    if not stock.documents:
        return goes_on
    return join(goes_on, _tag_chips(shelf, stock, texts), _counts(shelf, stock, texts), _ticked(shelf, stock, texts))


def list_html(shelf: Shelf, stock: Stock, texts: Texts) -> Markup:
    """A page of the documents; where there is nothing yet, the way to begin."""
    if not stock.documents:
        samples = button("samples", texts("welcome.samples"))
        return element("div", element("p", texts("documents.empty")), samples, class_="empty")
    listed = shelf.listed(stock)
    if not listed:
        return element("p", texts("documents.none_found"), class_="empty") if shelf.is_narrowed else Markup()
    page, shown = page_of(listed, shelf.page)
    rows = (document_row(document, shelf, stock, texts) for document in shown)
    listing = element("ul", *rows, class_="documents", aria_label=texts("documents.list"))
    return join(listing, _pager(page, len(listed), texts))


def scope_html(scope: Sequence[str], texts: Texts, *, collection: str | None = None) -> Markup:
    """Above the question: which documents it will search, and of which collection where there are several."""
    if not scope:
        words = texts("scope.all") if collection is None else texts("scope.all_in", collection=collection)
        return element("p", words, class_="scope")
    chips = [
        button(
            "toggle", name, cross(), document=name, class_="chip", title=name, label=texts("scope.drop", document=name)
        )
        for name in scope[:_MOST_CHIPS]
    ]
    more = element("span", texts("scope.more", count=len(scope) - _MOST_CHIPS)) if len(scope) > _MOST_CHIPS else ""
    reset = button("reset", texts("scope.reset"))
    return element("p", element("span", texts("scope.only")), *chips, more, reset, class_="scope")


def _pace(pace: Pace | None, texts: Texts) -> Markup:
    """How far the documents under way are, when there are several or the end can be told."""
    if pace is None or (pace.documents == 1 and pace.seconds_left is None):
        return Markup()
    parts = [texts("pace.done", done=pace.done, count=pace.documents)]
    if pace.passages_per_second:
        parts.append(texts("pace.rate", count=_rounded(pace.passages_per_second)))
    if pace.seconds_left is not None:
        parts.append(texts("pace.left", time=time_words(pace.seconds_left, texts)))
    bar = element("progress", value=round(100 * pace.share), max=100, aria_label=texts("pace.progress"))
    words = element("p", " · ".join(parts), class_="aside")
    cancel = button("cancel_all", texts("documents.cancel_all"), class_="plain")
    return element("div", element("div", words, cancel, class_="list-head"), bar, class_="pace")


def _rounded(rate: float) -> str:
    return f"{rate:.1f}" if rate < 9.95 else f"{rate:.0f}"


def time_words(seconds: float, texts: Texts) -> str:
    """How long something takes, as people say it."""
    if seconds < 60:
        return texts("time.under_a_minute")
    if seconds < 5400:
        return texts("time.minutes", count=ceil(seconds / 60))
    return texts("time.hours", count=f"{seconds / 3600:.1f}")


def _counts(shelf: Shelf, stock: Stock, texts: Texts) -> Markup:
    ready = sum(document.state is DocumentState.READY for document in stock.documents)
    parts = [texts("documents.count", ready=ready, count=len(stock.documents))]
    listed = len(shelf.listed(stock))
    if shelf.is_narrowed:
        parts.append(texts("documents.found", count=listed))
    tick_all = button("tick_all", texts("documents.tick_all"), class_="plain") if listed else Markup()
    return element("div", element("p", " · ".join(parts), class_="aside"), tick_all, class_="list-head")


def _tag_chips(shelf: Shelf, stock: Stock, texts: Texts) -> Markup:
    """All tags, to list only the documents that have one."""
    tags = stock.all_tags
    if not tags and shelf.tag is None:
        return Markup()
    shown = tags if shelf.tag in (None, *tags) else [*tags, str(shelf.tag)]
    chips = (tag_chip(tag, shelf, texts) for tag in shown[:_MOST_TAGS])
    return element("p", *chips, class_="tags", role="group", aria_label=texts("tags.filter"))


def _ticked(shelf: Shelf, stock: Stock, texts: Texts) -> Markup:
    """What can be done with the ticked documents together."""
    ticked = shelf.ticked(stock)
    if not ticked:
        return element("p", texts("documents.scope_hint"), class_="aside hint")
    searched = bool(shelf.scope_among(stock.documents))
    key = "documents.ticked_one" if len(ticked) == 1 else "documents.ticked"
    words = element("p", texts(key, count=len(ticked)), class_="ticked-words")
    scope = element("p", texts("documents.ticked_scope"), class_="aside") if searched else Markup()
    remove = button("remove", texts("documents.remove"), class_="danger", label=texts("documents.remove_ticked"))
    again = button("again", texts("documents.again"), label=texts("documents.again_ticked"))
    untick = button("reset", texts("documents.untick"))
    actions = element("div", again, remove, untick, class_="actions")
    names = json.dumps(ticked, ensure_ascii=False)  # for page.js
    return element("div", words, scope, actions, class_="ticked", data_names=names)


def _pager(page: int, count: int, texts: Texts) -> Markup:
    if count <= PAGE_ROWS:
        return Markup()
    first, last = page * PAGE_ROWS + 1, min(count, (page + 1) * PAGE_ROWS)
    before = button("turn", "←", label=texts("documents.page_before"), data_page=page - 1, disabled=page == 0)
    after = button("turn", "→", label=texts("documents.page_after"), data_page=page + 1, disabled=last == count)
    words = element("span", texts("documents.page", first=first, last=last, count=count))
    return element("div", before, words, after, class_="turns")
