"""Asking the model behind a server, without the rest of Docent."""

from __future__ import annotations

from typing import Any

from langchain_core.language_models import FakeListChatModel

from app.models import LoadedModel, load_model, sampling
from app.settings import AppSettings
from app.types import AskOptions

QUESTION = "When may I return an order?"


def load(url: str, llm: str = "qwen3", **settings: Any) -> LoadedModel:
    return load_model(AppSettings(llm=llm, llm_url=url, **settings), reader=lambda: FakeListChatModel(responses=[]))


def ask(loaded: LoadedModel, **options: Any) -> str:
    arguments = sampling(loaded, AskOptions(**options)).arguments
    return "".join(chunk.text for chunk in loaded.chat_model.bind(**arguments).stream(QUESTION))
