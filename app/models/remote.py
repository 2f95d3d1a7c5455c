"""Make the chat model behind an OpenAI-compatible server ready, and say what the user should know about it."""

from __future__ import annotations

from collections.abc import Iterator

from app.language import estimate_tokens
from app.models.loaded import LoadedModel, Notice
from app.models.server import WITHOUT_TOP_K, ServerChatModel
from app.models.server_probe import DEFAULT_CONTEXT, Flavour, Server, probe
from app.settings import AppSettings
from app.types import ModelKind, ModelStatus
from ingest.settings import BUILT_IN

_SHORT_CONTEXT = 8192  # tokens; below this Ollama's window is worth raising


def load_remote(settings: AppSettings, url: str) -> LoadedModel:
    """The model `settings.llm` of the server at `url`, or its only one where none is named; raises ModelUnavailable."""
    key = settings.llm_key.get_secret_value() if settings.llm_key else None
    server = probe(url, key, None if settings.llm == BUILT_IN else settings.llm)
    supports = {"temperature", "top_p", "max_tokens"}
    if server.flavour not in WITHOUT_TOP_K:
        supports.add("sampling_top_k")
    notices = tuple(_notices(server, settings.llm_context))
    status = ModelStatus(
        ModelKind.SERVER,
        name=server.endpoint.model,
        device=server.endpoint.url,
        context_tokens=_context(server, settings.llm_context),
        supports=frozenset(supports),
        notices=tuple(notice.english for notice in notices),
        memory_bytes=server.memory_bytes,
    )
    chat_model = ServerChatModel(server, key, max_tokens=settings.max_tokens)
    return LoadedModel(chat_model, status, estimate_tokens, notices)


def _context(server: Server, asked: int | None) -> int:
    known = server.context_tokens
    if asked and known:
        return min(asked, known)  # what the server runs with cannot be exceeded from here
    return asked or known or DEFAULT_CONTEXT


def _notices(server: Server, asked: int | None) -> Iterator[Notice]:
    known, model = server.context_tokens, server.endpoint.model
    if asked and known and asked > known:
        yield Notice(
            f"DOCENT_LLM_CONTEXT is {asked}; the server runs {model} with {known} tokens, and that is what is used.",
            f"DOCENT_LLM_CONTEXT 为 {asked}，但服务器以 {known} 个词元的上下文运行 {model}，以后者为准。",
        )
    if server.flavour is Flavour.OLLAMA and known and known < _SHORT_CONTEXT:
        yield Notice(
            f"Ollama runs {model} with a context of {known} tokens. Prompts are kept within it; for longer ones start "
            "Ollama with OLLAMA_CONTEXT_LENGTH=8192 or more.",
            f"Ollama 以 {known} 个词元的上下文运行 {model}，提示词会控制在此范围内；如需更长，请以 "
            "OLLAMA_CONTEXT_LENGTH=8192 或更大的值启动 Ollama。",
        )
    if not (asked or known):
        yield Notice(
            f"The server does not say how long the context of {model} is; {DEFAULT_CONTEXT} tokens are assumed. Set "
            "DOCENT_LLM_CONTEXT if you know it.",
            f"服务器未说明 {model} 的上下文长度，按 {DEFAULT_CONTEXT} 个词元处理；"
            "若您知道，请设置 DOCENT_LLM_CONTEXT。",
        )
    if server.models and model not in server.models and f"{model}:latest" not in server.models:
        listed = ", ".join(server.models[:10])
        yield Notice(
            f"The server does not list a model {model}; it lists {listed}.",
            f"服务器的模型列表中没有 {model}，只有 {listed}。",
        )
