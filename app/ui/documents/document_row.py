"""How one document looks in the list. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath

from app.ui.documents.shelf import Shelf, Stock
from app.ui.markup import Markup, element
from app.ui.texts import Texts
from ingest.types import DocumentRecord, DocumentState, Progress


def button(
    event: str,
    *words: str,
    document: str | None = None,
    class_: str = "quiet",
    label: str | None = None,
    **data: str | int | bool | None,
) -> Markup:
    """A button that raises `event` with the document's name; see parts.event_html."""
    return element(
        "button", *words, type="button", class_=class_, aria_label=label, data_event=event, data_document=document,
        **data,
    )  # fmt: skip


def tag_chip(tag: str, shelf: Shelf, texts: Texts) -> Markup:
    """A tag; pressed while the list shows only documents that have it."""
    pressed = "true" if tag == shelf.tag else "false"
    return button("tag", tag, class_="tag", label=texts("tags.only", tag=tag), data_tag=tag, aria_pressed=pressed)


def document_row(document: DocumentRecord, shelf: Shelf, stock: Stock, texts: Texts) -> Markup:
    """A document with its state, its tags, and what can be done with it."""
    progress = stock.progress.get(document.name)
    state = stock.state(document)
    details = " · ".join(_details(document, texts))
    status = element("span", _state_words(state, progress, texts), class_=f"state {state.value}")
    tags = stock.tags.get(document.name, ())
    return element(
        "li",
        _tick(document, shelf, texts),
        element(
            "div",
            _name(document, texts),
            element("span", status, element("span", details), class_="details"),
            element("p", *(tag_chip(tag, shelf, texts) for tag in tags), class_="tags") if tags else "",
            _bar(document.name, progress, texts),
            _reason(document, progress, texts),
            _offers(document, progress, texts),
            class_="document",
        ),
        _remove(document, progress, texts),
    )


def _tick(document: DocumentRecord, shelf: Shelf, texts: Texts) -> Markup:
    key = "documents.scope" if document.chunks else "documents.tick"
    return element(
        "button",
        type="button",
        role="checkbox",
        class_="tick",
        aria_checked="true" if document.name in shelf.scope else "false",
        aria_label=texts(key, document=document.name),
        data_event="toggle",
        data_document=document.name,
    )


def _name(document: DocumentRecord, texts: Texts) -> Markup:
    """The name; what is stored of it opens on a click."""
    if not document.chunks:
        return element("span", document.name, class_="document-name")
    label = texts("documents.open", document=document.name)
    return button("open", document.name, document=document.name, class_="document-name", label=label)


def _details(document: DocumentRecord, texts: Texts) -> list[str]:
    parts = [PurePosixPath(document.name).suffix.lstrip(".").upper(), size_words(document.bytes)]
    if document.pages is not None:
        parts.append(_counted("pages", document.pages, texts))
    if document.state is DocumentState.READY:
        parts.append(_counted("passages", document.chunks, texts))
    return [part for part in parts if part]


def _counted(unit: str, count: int, texts: Texts) -> str:
    return texts(f"unit.{unit}_one" if count == 1 else f"unit.{unit}", count=count)


def size_words(count: int) -> str:
    """A size in decimal units: 1234567 -> 1.2 MB."""
    if count < 1000:
        return f"{count} B"
    for unit, factor in (("kB", 1e3), ("MB", 1e6)):
        if count < factor * 999.5:
            return f"{count / factor:.1f} {unit}" if count < factor * 9.95 else f"{count / factor:.0f} {unit}"
    return f"{count / 1e9:.1f} GB"


def _state_words(state: DocumentState, progress: Progress | None, texts: Texts) -> str:
    if state is DocumentState.EMBEDDING and progress is not None and progress.total:
        return texts("state.embedding_percent", percent=100 * progress.done // progress.total)
    return texts(f"state.{state.value}")


def _bar(name: str, progress: Progress | None, texts: Texts) -> Markup:
    if progress is None or not progress.total or progress.state.is_final:
        return Markup()
    return element(
        "progress", value=progress.done, max=progress.total, aria_label=texts("documents.progress", document=name)
    )


def _reason(document: DocumentRecord, progress: Progress | None, texts: Texts) -> Markup:
    """Why it cannot be searched; or, where it can, what to know of it, such as pages that could not be read."""
    if not document.reason:
        return Markup()
    if document.state is DocumentState.READY:
        return element("p", texts.told(document.reason), class_="remark")
    # While it is tried again, why it failed the last time says nothing.
    return element("p", texts.told(document.reason), class_="reason") if progress is None else Markup()


def _offers(document: DocumentRecord, progress: Progress | None, texts: Texts) -> Markup:
    """An end to its way in, or another try."""
    if document.state is DocumentState.READY:  # also while it is embedded anew, which is not to be cancelled by one
        return Markup()
    event = "cancel" if progress is not None else "retry" if document.state.is_final else None
    if event is None:
        return Markup()
    label = texts(f"documents.{event}_label", document=document.name)
    offer = button(event, texts(f"documents.{event}"), document=document.name, label=label)
    return element("div", offer, class_="actions")


def _remove(document: DocumentRecord, progress: Progress | None, texts: Texts) -> Markup:
    if progress is not None:
        return Markup()
    label = texts("documents.remove_label", document=document.name)
    return button("remove", texts("documents.remove"), document=document.name, class_="plain", label=label)


def cross() -> Markup:
    """The sign on what a click takes away."""
    return element("span", "×", aria_hidden="true")
