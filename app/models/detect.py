"""Look for model servers on this machine. Knows their usual ports and how they list what they have.

Only loopback addresses are asked, only when the user looks, and all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

_SECONDS = 1.5  # for one answer; a server on this machine that is up needs milliseconds
_CONNECT_SECONDS = 0.5
_MAX_BYTES = 2_000_000  # of one answer: whatever listens there need not be a model server
_MOST_MODELS = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A port at which a program usually listens."""

    name: str
    port: int


PLACES = (
    Place("Ollama", 11434),
    Place("LM Studio", 1234),
    Place("vLLM", 8000),
    Place("llama.cpp", 8080),
    Place("SGLang", 30000),
    Place("LMDeploy", 23333),
    Place("Xinference", 9997),
    Place("GPT4All", 4891),
    Place("text-generation-webui", 5000),
)
_OWNERS = {"vllm": "vLLM", "llamacpp": "llama.cpp", "sglang": "SGLang", "library": "Ollama", "lmdeploy": "LMDeploy"}
_CONTEXT_FIELDS = ("max_model_len", "context_length", "loaded_context_length", "max_context_length", "context_window")


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model that a server lists."""

    name: str
    bytes: int | None = None  # its size, where the server tells
    context_tokens: int | None = None  # that it was made for or runs with, where the server tells


@dataclass(frozen=True, slots=True)
class FoundServer:
    """An OpenAI-compatible server that answers on this machine."""

    name: str  # of the program, as far as it can be told
    url: str  # base URL, ending in /v1
    models: tuple[FoundModel, ...]


def detect_servers(places: Sequence[Place] = PLACES, *, exclude_port: int | None = None) -> list[FoundServer]:
    """The servers that answer at `places`, in their order. A place where none does is passed over.

    `exclude_port` is Docent's own.
    """
    asked = [place for place in places if place.port != exclude_port]
    with ThreadPoolExecutor(max_workers=max(len(asked), 1)) as pool:
        return [server for server in pool.map(_look, asked) if server is not None]


def _look(place: Place) -> FoundServer | None:
    import httpx2

    root = f"http://127.0.0.1:{place.port}"
    # No proxy is asked for this machine, and no server may send us elsewhere.
    timeout = httpx2.Timeout(_SECONDS, connect=_CONNECT_SECONDS)
    with httpx2.Client(base_url=root, timeout=timeout, trust_env=False, follow_redirects=False) as client:
        listed = _get(client, "/v1/models")
        entries = list(_entries(listed, "data"))
        if listed is None or (not entries and "data" not in listed):
            return None
        tags = {_text(entry, "name"): entry for entry in _entries(_get(client, "/api/tags"), "models")}
        running = {_text(entry, "name"): entry for entry in _entries(_get(client, "/api/ps"), "models")} if tags else {}
    models = tuple(_model(entry, tags, running) for entry in entries[:_MOST_MODELS] if _text(entry, "id"))
    return FoundServer(_program(place, entries, tags), f"{root}/v1", models)


def _model(
    entry: Mapping[str, Any], tags: Mapping[str, Mapping[str, Any]], running: Mapping[str, Mapping[str, Any]]
) -> FoundModel:
    name = _text(entry, "id")
    meta = _part(entry, "meta")
    sizes = (tags.get(name, {}).get("size"), meta.get("size"))
    contexts = (
        running.get(name, {}).get("context_length"),
        *(entry.get(field) for field in _CONTEXT_FIELDS),
        meta.get("n_ctx"),
        _part(tags.get(name, {}), "details").get("context_length"),
    )
    return FoundModel(name, _whole(sizes), _whole(contexts))


def _program(place: Place, entries: Sequence[Mapping[str, Any]], tags: Mapping[str, Any]) -> str:
    if tags:
        return "Ollama"
    owner = _text(entries[0], "owned_by").lower() if entries else ""
    return _OWNERS.get(owner, place.name)


def _get(client: httpx2.Client, path: str) -> Mapping[str, Any] | None:
    """The JSON object at `path`; None where there is none, which is the usual case and no fault."""
    import httpx2

    try:
        with client.stream("GET", path) as response:
            if response.status_code != httpx2.codes.OK:
                return None
            body = b""
            for piece in response.iter_bytes():
                body += piece
                if len(body) > _MAX_BYTES:
                    return None
        return _object(body)
    except (httpx2.HTTPError, httpx2.InvalidURL):
        return None


def _object(body: bytes) -> Mapping[str, Any] | None:
    import json

    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _entries(listed: Mapping[str, Any] | None, field: str) -> Iterator[Mapping[str, Any]]:
    entries = (listed or {}).get(field)
    return (entry for entry in (entries if isinstance(entries, list) else ()) if isinstance(entry, dict))


def _part(entry: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    part = entry.get(field)
    return part if isinstance(part, dict) else {}


def _text(entry: Mapping[str, Any], field: str) -> str:
    value = entry.get(field)
    return value if isinstance(value, str) else ""


def _whole(values: Sequence[object]) -> int | None:
    return next((value for value in values if isinstance(value, int) and value > 0), None)
