"""Find out what an OpenAI-compatible server is: its real base URL, its models, its context length.

Knows the endpoints by which vLLM, SGLang, llama.cpp, Ollama and LM Studio tell more than the common API does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import openai

from app.models.server_errors import Endpoint, ListModels, explain
from ingest.errors import ModelUnavailable

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 300.0  # a server on a CPU may read a long prompt for minutes before the first token
_PROBE_SECONDS = 10.0
_LOAD_SECONDS = 120.0  # Ollama loading a large model from disk

# What a server that is no one's in particular is taken to have; Ollama's default and llama.cpp's former one.
DEFAULT_CONTEXT = 4096
_OLD_OLLAMA_CONTEXT = 2048  # default of the versions whose /api/ps does not name the context

_CONTEXT_FIELDS = ("max_model_len", "context_length", "max_context_length", "context_window")


class Flavour(StrEnum):
    """Which program answers, as far as that changes what may be sent to it."""

    VLLM = "vllm"
    SGLANG = "sglang"
    LLAMA_CPP = "llamacpp"
    OLLAMA = "ollama"
    OPENAI = "openai"  # OpenAI itself
    DEEPSEEK = "deepseek"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Server:
    """What is known of a server after the first contact."""

    endpoint: Endpoint
    models: tuple[str, ...]  # names it lists; empty where it lists none
    flavour: Flavour
    context_tokens: int | None  # as the server runs the model; None where it does not say
    thinks: bool = False  # known to think aloud unless told not to
    memory_bytes: int | None = None  # that the loaded model takes; None where it does not say


def make_client(url: str, key: str | None) -> openai.OpenAI:
    """An openai client for `url`. Proxies from the environment are not asked for an address on this machine."""
    loopback = (urlsplit(url).hostname or "") in ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104
    timeout = openai.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    return openai.OpenAI(
        base_url=url,
        api_key=key or "none",  # the client insists on one; servers without keys ignore it
        organization="",
        project="",
        timeout=timeout,
        max_retries=1,
        http_client=openai.DefaultHttpxClient(timeout=timeout, trust_env=not loopback),
    )


def probe(url: str, key: str | None, model: str | None) -> Server:
    """Ask the server at `url` what it is; `model` None takes the only one it has.

    Raises ModelUnavailable when nothing answers, the key is refused, or the model must be named and is not.
    """
    base, listed = _find_base(url, key, model or "")
    names = tuple(str(entry.get("id")) for entry in listed)
    endpoint = Endpoint(base, model or _only(base, names))
    entry = next((entry for entry in listed if _same(str(entry.get("id")), endpoint.model)), {})
    with make_client(base, key) as client:
        flavour = _flavour(base, entry or (listed[0] if listed else {}), client)
        if flavour is Flavour.OLLAMA:
            return _ollama(client, endpoint, names)
        context = _context(client, flavour, endpoint, entry)
    return Server(endpoint, names, flavour, context)


def model_lister(client: openai.OpenAI) -> ListModels:
    """A function that asks for the names of the server's models; empty when it does not answer."""

    def names() -> tuple[str, ...]:
        return tuple(str(entry.get("id")) for entry in _entries(_get(client, "models")))

    return names


def _find_base(url: str, key: str | None, model: str) -> tuple[str, list[Mapping[str, Any]]]:
    """The base URL that answers, with or without the /v1 the user may have forgotten, and its list of models."""
    url = url.strip().rstrip("/").removesuffix("/chat/completions")
    url = url if "://" in url else f"http://{url}"
    candidates = [url] if url.endswith("/v1") else [url, f"{url}/v1"]
    if not urlsplit(url).path:
        candidates.reverse()
    for base in candidates:
        try:
            with make_client(base, key) as client:
                answer = client.with_options(timeout=_PROBE_SECONDS, max_retries=0).get("models", cast_to=object)
        except (openai.AuthenticationError, openai.PermissionDeniedError, openai.APIConnectionError) as error:
            raise explain(error, Endpoint(base, model), tuple) from error
        except openai.APIError:
            continue  # no list here; the other candidate may have one
        if entries := _entries(answer):
            return base, entries
    return candidates[0], []  # a few vendors list no models; asking them a question tells the rest


def _entries(answer: object) -> list[Mapping[str, Any]]:
    data = answer.get("data") if isinstance(answer, dict) else None
    return [entry for entry in data if isinstance(entry, dict)] if isinstance(data, list) else []


def _only(base: str, names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return names[0]
    offer = f"It has: {', '.join(names[:20])}." if names else "It lists no models."
    raise ModelUnavailable(
        f"The server at {base} needs to know which model to ask. {offer} Set DOCENT_LLM to one of them."
    )


def _same(listed: str, model: str) -> bool:
    return listed in (model, f"{model}:latest")  # Ollama's unnamed tag


def _flavour(base: str, entry: Mapping[str, Any], client: openai.OpenAI) -> Flavour:
    host = urlsplit(base).hostname or ""
    for flavour, domain in ((Flavour.OPENAI, "openai.com"), (Flavour.DEEPSEEK, "deepseek.com")):
        if host == domain or host.endswith(f".{domain}"):
            return flavour
    owner = str(entry.get("owned_by", "")).lower()
    if owner in (Flavour.VLLM, Flavour.SGLANG, Flavour.LLAMA_CPP):
        return Flavour(owner)
    if owner in ("library", "ollama") or urlsplit(base).port == 11434:
        return Flavour.OLLAMA if "version" in _get(client, _root(base) + "/api/version") else Flavour.OTHER
    return Flavour.OTHER


def _context(client: openai.OpenAI, flavour: Flavour, endpoint: Endpoint, entry: Mapping[str, Any]) -> int | None:
    root = _root(endpoint.url)
    context = next((entry[name] for name in _CONTEXT_FIELDS if isinstance(entry.get(name), int)), None)
    if flavour is Flavour.LLAMA_CPP:
        # With several slots each has its share of the context; only /props tells the share.
        props = _get(client, f"{root}/props").get("default_generation_settings", {})
        meta = entry.get("meta") or {}
        context = props.get("n_ctx") or meta.get("n_ctx") or context
    elif context is None and flavour is Flavour.OTHER:
        loaded = _entries(_get(client, f"{root}/api/v0/models"))  # LM Studio
        context = next((e.get("loaded_context_length") for e in loaded if e.get("id") == endpoint.model), None)
    return context


def _ollama(client: openai.OpenAI, endpoint: Endpoint, names: tuple[str, ...]) -> Server:
    """The server with the window that Ollama really runs the model with, which its compatible API cannot tell or set.

    It cuts a longer prompt without a word, so the window must be known: /api/ps tells it of a loaded model, and
    a generation without a prompt loads the model, which the first question would do anyway.
    """
    root, model = _root(endpoint.url), endpoint.model
    details = _post(client, f"{root}/api/show", {"model": model})
    thinks = "thinking" in (details.get("capabilities") or ())
    running = _running(client, root, model)
    if running.get("context_length") is None and details:
        _post(client, f"{root}/api/generate", {"model": model}, seconds=_LOAD_SECONDS)
        running = _running(client, root, model)
    context: int | None = running.get("context_length")
    if context is None:
        words = str(details.get("parameters") or "").split()
        given = [value for name, value in pairwise(words) if name == "num_ctx" and value.isdigit()]
        context = int(given[0]) if given else _OLD_OLLAMA_CONTEXT
    return Server(endpoint, names, Flavour.OLLAMA, context, thinks, running.get("size"))


def _running(client: openai.OpenAI, root: str, model: str) -> Mapping[str, Any]:
    """What /api/ps tells of this model; empty while it is not loaded."""
    for running in _get(client, f"{root}/api/ps").get("models") or ():
        if _same(str(running.get("name")), model) or _same(str(running.get("model")), model):
            return dict(running)
    return {}


def _root(base: str) -> str:
    return base.removesuffix("/v1")


def _get(client: openai.OpenAI, path: str) -> dict[str, Any]:
    try:
        answer = client.with_options(timeout=_PROBE_SECONDS, max_retries=0).get(path, cast_to=object)
    except openai.APIError:
        return {}  # the endpoint is this program's own extra, and most servers lack it
    return answer if isinstance(answer, dict) else {}


def _post(client: openai.OpenAI, path: str, body: dict[str, str], *, seconds: float = _PROBE_SECONDS) -> dict[str, Any]:
    try:
        answer = client.with_options(timeout=seconds, max_retries=0).post(
            path, body={**body, "stream": False}, cast_to=object
        )
    except openai.APIError:
        return {}
    return answer if isinstance(answer, dict) else {}
