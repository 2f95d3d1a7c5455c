"""How the documents look: the list with states and actions, and the line that says what is searched. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from app.ui.markup import Markup, element, join
from app.ui.texts import Texts
from ingest.types import DocumentRecord, DocumentState, Progress


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one browser session has picked and is being asked about its documents."""

    scope: tuple[str, ...] = ()  # search only these; empty means all
    removing: str | None = None  # the document whose removal waits for a yes
    reembedding: bool = False  # embedding everything anew was asked for
    notice: str | None = None  # what went wrong with the last upload, removal or retry

    def toggle(self, name: str) -> Shelf:
        """Into the scope, or out of it."""
        left = tuple(kept for kept in self.scope if kept != name)
        return replace(self, scope=left if name in self.scope else (*left, name))

    def scope_among(self, documents: Sequence[DocumentRecord]) -> tuple[str, ...]:
        """The scope without documents that are gone."""
        names = {document.name for document in documents}
        return tuple(name for name in self.scope if name in names)


def shelf_html(
    shelf: Shelf, documents: Sequence[DocumentRecord], progress: Mapping[str, Progress], texts: Texts
) -> Markup:
    """The notice, the list and, where there is nothing yet, the way to begin."""
    notice = _notice(shelf.notice, texts) if shelf.notice else Markup()
    if not documents:
        samples = element("button", texts("welcome.samples"), type="button", class_="quiet", data_event="samples")
        return join(notice, element("div", element("p", texts("documents.empty")), samples, class_="empty"))
    ready = sum(document.state is DocumentState.READY for document in documents)
    count = element("p", texts("documents.count", ready=ready, count=len(documents)), class_="aside")
    rows = (_row(document, progress.get(document.name), shelf, texts) for document in documents)
    listed = element("ul", *rows, class_="documents", aria_label=texts("documents.list"))
    hint = element("p", texts("documents.scope_hint"), class_="aside")
    return join(notice, count, listed, hint)


def scope_html(scope: Sequence[str], texts: Texts) -> Markup:
    """Above the question: which documents it will search."""
    if not scope:
        return element("p", texts("scope.all"), class_="scope")
    chips = (
        element(
            "button",
            name,
            element("span", "×", aria_hidden="true"),
            type="button",
            class_="chip",
            aria_label=texts("scope.drop", document=name),
            data_event="toggle",
            data_document=name,
        )
        for name in scope
    )
    reset = element("button", texts("scope.reset"), type="button", class_="quiet", data_event="reset")
    return element("p", element("span", texts("scope.only")), *chips, reset, class_="scope")


def _notice(notice: str, texts: Texts) -> Markup:
    dismiss = element("button", texts("documents.dismiss"), type="button", class_="quiet", data_event="dismiss")
    return element("div", element("p", notice), dismiss, class_="notice", role="alert")


def _row(document: DocumentRecord, progress: Progress | None, shelf: Shelf, texts: Texts) -> Markup:
    state = document.state if progress is None else progress.state
    details = " · ".join(_details(document, texts))
    status = element("span", _state_words(state, progress, texts), class_=f"state {state.value}")
    return element(
        "li",
        _scope_box(document, shelf, texts),
        element(
            "div",
            element("span", document.name, class_="document-name"),
            element("span", status, element("span", details), class_="details"),
            _bar(document.name, progress, texts),
            _reason(document, progress),
            _question(document, progress, shelf, texts),
            class_="document",
        ),
        _remove(document, texts) if shelf.removing != document.name else Markup(),
    )


def _scope_box(document: DocumentRecord, shelf: Shelf, texts: Texts) -> Markup:
    return element(
        "button",
        type="button",
        role="checkbox",
        class_="tick",
        aria_checked="true" if document.name in shelf.scope else "false",
        aria_label=texts("documents.scope", document=document.name),
        disabled=document.state is not DocumentState.READY,
        data_event="toggle",
        data_document=document.name,
    )


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
        return texts("state.embedding_percent", percent=_percent(progress))
    return texts(f"state.{state.value}")


def _percent(progress: Progress) -> int:
    return 100 * progress.done // progress.total


def _bar(name: str, progress: Progress | None, texts: Texts) -> Markup:
    if progress is None or not progress.total or progress.state.is_final:
        return Markup()
    return element(
        "progress", value=progress.done, max=progress.total, aria_label=texts("documents.progress", document=name)
    )


def _reason(document: DocumentRecord, progress: Progress | None) -> Markup:
    """Why it cannot be searched; or, where it can, what to know of it, such as pages that could not be read."""
    if not document.reason:
        return Markup()
    if document.state is DocumentState.READY:
        return element("p", document.reason, class_="remark")
    # While it is tried again, why it failed the last time says nothing.
    return element("p", document.reason, class_="reason") if progress is None else Markup()


def _question(document: DocumentRecord, progress: Progress | None, shelf: Shelf, texts: Texts) -> Markup:
    """What can be answered or done: a yes to its removal, an end to its way in, another try."""
    name = document.name
    if shelf.removing == name:
        yes = _action("remove", "documents.confirm_yes", name, texts, class_="danger")
        no = _action("keep", "documents.confirm_no", name, texts)
        return element("div", element("span", texts("documents.confirm")), yes, no, class_="actions asking")
    if document.state is DocumentState.READY:  # also while it is embedded anew, which is not to be cancelled by one
        return Markup()
    if progress is not None:
        return _offer("cancel", name, texts)
    return _offer("retry", name, texts) if document.state.is_final else Markup()


def _offer(event: str, name: str, texts: Texts) -> Markup:
    label = texts(f"documents.{event}_label", document=name)
    return element("div", _action(event, f"documents.{event}", name, texts, label=label), class_="actions")


def _remove(document: DocumentRecord, texts: Texts) -> Markup:
    label = texts("documents.remove_label", document=document.name)
    return _action("ask_remove", "documents.remove", document.name, texts, class_="plain", label=label)


def _action(
    event: str, text: str, document: str, texts: Texts, *, class_: str = "quiet", label: str | None = None
) -> Markup:
    return element(
        "button",
        texts(text),
        type="button",
        class_=class_,
        aria_label=label,
        data_event=event,
        data_document=document,
    )
