"""Settings -> the chat model that answers. Knows the three kinds; each is loaded by its own module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from langchain_core.language_models import BaseChatModel

from app.language import estimate_tokens
from app.models.loaded import LoadedModel, unsupported
from app.settings import AppSettings
from app.types import AskOptions, ModelKind, ModelStatus
from ingest.hub import OnProgress
from ingest.settings import BUILT_IN


def load_model(
    settings: AppSettings, *, reader: Callable[[], BaseChatModel], on_progress: OnProgress | None = None
) -> LoadedModel:
    """Load the model that `settings` name; `reader` makes the built-in one, `on_progress` hears of a download.

    Raises ModelUnavailable with the reason and the next step.
    """
    if settings.llm_url:
        from app.models.remote import load_remote

        loaded = load_remote(settings, settings.llm_url)
    elif settings.llm == BUILT_IN:
        loaded = _load_reader(reader())
    else:
        from app.models.local import load_local

        loaded = load_local(settings, on_progress=on_progress)
    return _with_defaults(loaded, settings)


def _load_reader(chat_model: BaseChatModel) -> LoadedModel:
    status = ModelStatus(ModelKind.BUILT_IN, name=BUILT_IN, device="cpu", context_tokens=None)
    return LoadedModel(chat_model, status, estimate_tokens)


def _with_defaults(loaded: LoadedModel, settings: AppSettings) -> LoadedModel:
    defaults = AskOptions(
        temperature=settings.temperature,
        top_p=settings.top_p,
        sampling_top_k=settings.sampling_top_k,
        max_tokens=settings.max_tokens,
    )
    # max_tokens always has a value, so that it says nothing about what the user wants.
    idle = [
        unsupported(name, loaded.status.name)
        for name in ("temperature", "top_p", "sampling_top_k")
        if getattr(settings, name) is not None and name not in loaded.status.supports
    ]
    notices = (*loaded.notices, *idle)
    status = replace(loaded.status, notices=tuple(notice.english for notice in notices))
    return replace(loaded, status=status, notices=notices, defaults=defaults)
