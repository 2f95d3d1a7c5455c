"""The page's top line and the welcome of an empty conversation. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from app.types import Language, ModelKind, ModelStatus, WorkspaceStatus
from app.ui.markup import Markup, element, join
from app.ui.texts import Texts
from ingest.types import DocumentRecord, DocumentState, Progress

VIEWS = ("chat", "documents", "settings")


def header_html(texts: Texts) -> Markup:
    """Name, views and language switch. The page's script changes view and language."""
    other = Language.ENGLISH if texts.language is Language.CHINESE else Language.CHINESE
    views = (element("button", texts(f"nav.{view}"), type="button", data_view=view) for view in VIEWS)
    language = element(
        "button",
        texts("nav.language"),
        type="button",
        class_="quiet",
        lang=other.value,
        aria_label=texts("nav.language_label"),
        data_language=other.value,
    )
    brand = element("h1", texts("brand"), element("span", texts("tagline")))
    return join(brand, element("nav", *views, aria_label=texts("nav.label")), language)


def status_html(
    status: WorkspaceStatus, progress: Mapping[str, Progress], texts: Texts, *, reembedding: bool
) -> Markup:
    """Whether questions can be answered, by what, and where it runs."""
    model = _model(status.model, texts) if status.model is not None else Markup()
    if status.problem is not None:
        summary = element("span", texts("status.problem"), class_="light problem")
        mend = _mend(progress, texts, reembedding=reembedding) if status.reembedding_helps else Markup()
        words = element("p", texts.told(status.problem))
        return join(summary, model, element("div", words, mend, class_="notice", role="alert"))
    if not status.ready:
        summary = element("span", texts("status.warming"), class_="light warming", title=texts("status.warming_hint"))
        return join(summary, model)
    return join(element("span", texts("status.ready"), class_="light ready"), model)


def _mend(progress: Mapping[str, Progress], texts: Texts, *, reembedding: bool) -> Markup:
    """The way out of an index made by another encoder, or how far it is."""
    if not reembedding:
        return element("button", texts("reembed.offer"), type="button", class_="quiet", data_event="reembed")
    words = texts("reembed.left", count=len(progress)) if progress else texts("reembed.asked")
    return element("p", words, class_="aside")


def model_words(model: ModelStatus, texts: Texts) -> str:
    """The model's name as people know it; that of a folder is its last part."""
    if model.kind is ModelKind.BUILT_IN:
        return texts("status.model_built_in")
    path = PurePath(model.name)
    return path.name if path.is_absolute() else model.name


def _model(model: ModelStatus, texts: Texts) -> Markup:
    words = texts("status.model_on", name=model_words(model, texts), device=model.device)
    if model.kind is not ModelKind.BUILT_IN:
        return element("span", words, class_="model", title=model.name)
    quotes = element("span", texts("status.quotes"), class_="badge", title=texts("status.quotes_hint"))
    return join(element("span", words, class_="model"), quotes)


def welcome_html(
    status: WorkspaceStatus, documents: Sequence[DocumentRecord], suggestions: Sequence[str], texts: Texts
) -> Markup:
    """What an empty conversation says: how to begin, given what there is."""
    searchable = any(document.state is DocumentState.READY for document in documents)
    underway = any(not document.state.is_final for document in documents)
    advice = "ready" if searchable else "working" if underway else "no_documents"
    hint = Markup() if status.ready or status.problem else element("p", texts("status.warming_hint"), class_="aside")
    title = element("h2", texts("welcome.title"))
    return join(title, element("p", texts(f"welcome.{advice}")), hint, _offers(advice, suggestions, texts))


def _offers(advice: str, suggestions: Sequence[str], texts: Texts) -> Markup:
    if advice == "no_documents":
        return element("button", texts("welcome.samples"), type="button", class_="primary", data_event="samples")
    if advice == "working" or not suggestions:
        return Markup()
    buttons = (
        element("li", element("button", question, type="button", data_event="ask", data_question=question))
        for question in suggestions
    )
    return join(
        element("p", texts("welcome.suggestions"), class_="aside"), element("ul", *buttons, class_="suggestions")
    )
