"""How models look: the one that answers, those that were found, one on its way here. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from app.models.detect import PLACES, FoundModel, FoundServer
from app.models.fetch import Fetch, FetchState
from app.models.memory import Memory
from app.types import ModelKind, ModelStatus
from app.ui.documents.document_row import size_words
from app.ui.header import model_words
from app.ui.markup import Markup, element, join
from app.ui.texts import Texts
from ingest.hub import DownloadProgress


def card_html(model: ModelStatus | None, memory: Memory | None, texts: Texts) -> Markup:
    """Which model answers, where, with how much room, and what memory is left."""
    if model is None:
        return element("p", texts("status.warming"), class_="aside")
    rows = [
        ("model.device", model.device),
        ("model.context", _context(model.context_tokens, texts)),
        ("model.memory", _memory(model, memory, texts)),
    ]
    listed = (element("div", element("dt", texts(key)), element("dd", words)) for key, words in rows if words)
    about = texts(f"settings.{model.kind.name.lower()}")
    name = model_words(model, texts)
    head = [element("strong", name), *([element("span", about, class_="badge")] if name != about else [])]
    notices = (element("li", texts.told(notice)) for notice in model.notices)
    noticed = element("ul", *notices, class_="notices") if model.notices else Markup()
    return element("div", element("p", *head), element("dl", *listed), noticed, class_="model-card")


def _context(tokens: int | None, texts: Texts) -> str:
    return texts("model.no_limit") if tokens is None else texts("model.tokens", count=f"{tokens:,}")


def _memory(model: ModelStatus, memory: Memory | None, texts: Texts) -> str:
    if memory is None:
        return ""
    own = texts("model.memory_model", size=_rounded(model.memory_bytes)) if model.memory_bytes else ""
    elsewhere = texts("model.memory_elsewhere") if model.kind is ModelKind.SERVER and not own else ""
    kind = texts("model.vram" if memory.is_gpu else "model.ram")
    free = texts("model.memory_free", free=_rounded(memory.free_bytes), total=_rounded(memory.total_bytes), kind=kind)
    taken = texts("model.memory_docent", size=_rounded(memory.process_bytes))
    return texts("model.separator").join(part for part in (own, elsewhere, taken, free) if part)


def _rounded(count: int) -> str:
    """To a tenth of a gigabyte: memory changes all the time, and what is shown should rest."""
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else size_words(round(count, -7))


def found_html(servers: Sequence[FoundServer], texts: Texts) -> Markup:
    """The servers on this machine, each model a button that takes it into use."""
    if not servers:
        asked = ", ".join(f"{place.name} ({place.port})" for place in PLACES)
        return element("p", texts("found.none", places=asked), class_="aside")
    return join(*(_server(server, texts) for server in servers))


def _server(server: FoundServer, texts: Texts) -> Markup:
    title = element("h3", server.name, element("span", server.url, class_="place"))
    if not server.models:
        return element("section", title, element("p", texts("found.empty"), class_="aside"), class_="found")
    models = (element("li", _model(server, model, texts)) for model in server.models)
    return element("section", title, element("ul", *models), class_="found")


def _model(server: FoundServer, model: FoundModel, texts: Texts) -> Markup:
    details = [size_words(model.bytes)] if model.bytes else []
    details += [texts("model.tokens", count=f"{model.context_tokens:,}")] if model.context_tokens else []
    return element(
        "button",
        element("span", model.name, class_="document-name"),
        element("span", " · ".join(details), class_="place"),
        type="button",
        class_="found-model",
        aria_label=texts("found.use", model=model.name, server=server.name),
        data_event="take",
        data_url=server.url,
        data_model=model.name,
    )


def offer_html(plan: DownloadProgress, texts: Texts) -> Markup:
    """What a download would take, and the choice to do it."""
    size, free = size_words(plan.total_bytes - plan.done_bytes), size_words(plan.free_bytes)
    words = texts("fetch.offer", model=plan.name, size=size, place=plan.destination, free=free)
    yes = element("button", texts("fetch.start"), type="button", class_="primary", data_event="download")
    no = element("button", texts("fetch.decline"), type="button", class_="quiet", data_event="decline")
    return element("div", element("p", words), element("div", yes, no, class_="actions"), class_="offer", role="status")


def fetch_html(fetch: Fetch | None, texts: Texts) -> Markup:
    """A model on its way here, with its progress; or what became of it, until somebody has seen that."""
    if fetch is None or fetch.state is FetchState.DONE:  # then the model's card says it all
        return Markup()
    progress = fetch.progress
    if not fetch.under_way:
        words = texts(f"fetch.{fetch.state.value}", model=progress.name, reason=texts.told(fetch.problem or ""))
        seen = element("button", texts("fetch.seen"), type="button", class_="quiet", data_event="forget_fetch")
        return element("div", element("p", words), seen, class_="notice", role="status")
    done, total = size_words(progress.done_bytes), size_words(progress.total_bytes)
    words = texts(f"fetch.{fetch.state.value}", model=progress.name, done=done, total=total, place=progress.destination)
    bar = element("progress", value=progress.done_bytes, max=max(progress.total_bytes, 1), aria_label=progress.name)
    cancel = element("button", texts("fetch.cancel"), type="button", class_="quiet", data_event="cancel_fetch")
    shown = (bar, cancel) if fetch.state is FetchState.DOWNLOADING else ()
    return element("div", element("p", words), *shown, class_="offer", role="status")
