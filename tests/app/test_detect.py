"""Finding model servers on this machine, imitated on free ports."""

from __future__ import annotations

import socket
import time
from urllib.parse import urlsplit

from app.models.detect import FoundModel, Place, detect_servers
from tests.app.model_server import MODELS, ModelServer, Reply, listing, serve


def place(server: ModelServer, name: str = "Some server") -> Place:
    return Place(name, urlsplit(server.root).port or 0)


def test_server_is_found_with_its_models() -> None:
    with serve({MODELS: listing("qwen3", "glm4")}) as server:
        (found,) = detect_servers([place(server, "LM Studio")])
    assert (found.name, found.url) == ("LM Studio", server.url)
    assert found.models == (FoundModel("qwen3"), FoundModel("glm4"))


def test_sizes_and_contexts_of_ollama_are_told() -> None:
    tags = {"models": [{"name": "qwen3:8b", "size": 5_200_000_000, "details": {"context_length": 40960}}]}
    running = {"models": [{"name": "qwen3:8b", "context_length": 4096}]}
    routes = {
        MODELS: listing("qwen3:8b", owned_by="library"),
        "GET /api/tags": Reply(body=tags),
        "GET /api/ps": Reply(body=running),
    }
    with serve(routes) as server:
        (found,) = detect_servers([place(server)])
        server.routes["GET /api/ps"] = Reply(body={"models": []})
        (idle,) = detect_servers([place(server)])
    assert (found.name, found.models) == ("Ollama", (FoundModel("qwen3:8b", 5_200_000_000, 4096),))
    assert idle.models[0].context_tokens == 40960


def test_program_is_named_by_what_it_says_whatever_its_port() -> None:
    with serve({MODELS: listing("qwen3", owned_by="vllm", max_model_len=32768)}) as server:
        (found,) = detect_servers([place(server, "llama.cpp")])
    assert (found.name, found.models[0].context_tokens) == ("vLLM", 32768)


def test_several_are_found_in_the_order_of_the_places() -> None:
    with serve({MODELS: listing("a")}) as one, serve({MODELS: listing("b")}) as other:
        found = detect_servers([place(other), place(one)])
    assert [server.models[0].name for server in found] == ["b", "a"]


def test_what_is_no_model_server_is_passed_over() -> None:
    unlike = [
        Reply(body=["x"]),
        Reply(body={"ok": True}),
        Reply(404, "no"),
        Reply(302, "elsewhere"),
        Reply(body="x" * 3_000_000),
    ]
    for reply in unlike:
        with serve({MODELS: reply}) as server:
            assert detect_servers([place(server)]) == []


def test_silent_ports_are_waited_for_together() -> None:
    silent = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
    started = time.monotonic()
    assert detect_servers([Place("silent", one.getsockname()[1]) for one in silent]) == []
    assert time.monotonic() - started < 3.5
    for one in silent:
        one.close()


def test_own_port_is_not_asked() -> None:
    with serve({MODELS: listing("qwen3")}) as server:
        assert detect_servers([place(server)], exclude_port=place(server).port) == []
        assert server.requests == []
