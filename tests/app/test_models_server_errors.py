"""A model behind a server that refuses, breaks off, or is not there: each is said in its own way."""

from __future__ import annotations

import socket

import pytest

from ingest.errors import ContextOverflow, ModelError, ModelUnavailable
from tests.app.asking import QUESTION, ask, load
from tests.app.model_server import CHAT, MODELS, ModelServer, Reply, listing, refusal, serve, stream


def test_nobody_at_the_address_is_said_with_the_next_step() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(ModelUnavailable, match=rf"No server can be reached at {url} .*Is it running\? Start it"):
        load(url)


def test_server_that_went_away_is_said_in_the_answer(server: ModelServer) -> None:
    with serve({MODELS: listing("qwen3")}) as gone:
        loaded = load(gone.url)
    with pytest.raises(ModelUnavailable, match="No server can be reached"):
        ask(loaded)


def test_refused_key_is_said_at_once(server: ModelServer) -> None:
    server.routes[MODELS] = refusal(401, "Incorrect API key provided: sk-x", code="invalid_api_key")
    with pytest.raises(ModelUnavailable, match=r"refused the key \(401: Incorrect API key.*Set DOCENT_LLM_KEY"):
        load(server.url)


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (refusal(401, "Unauthorized"), ModelUnavailable, r"refused the key \(401: Unauthorized\)"),
        (Reply(403, {"detail": "Forbidden"}), ModelUnavailable, r"refused the key \(403: Forbidden\)"),
        # vLLM, Ollama, DeepSeek, LM Studio
        (refusal(404, "The model `x` does not exist."), ModelUnavailable, r"have the model 'qwen3' .*It has: qwen3"),
        (refusal(404, 'model "x" not found, try pulling it first'), ModelUnavailable, "It has: qwen3"),
        (refusal(400, "Model Not Exist"), ModelUnavailable, "It has: qwen3"),
        (refusal(404, "No model loaded", code="model_not_found"), ModelUnavailable, "qwen3|chat/completions"),
        # vLLM of two ages, llama.cpp of two ages, Ollama, SGLang, LM Studio, OpenAI, TGI
        (refusal(400, "This model's maximum context length is 4096 tokens."), ContextOverflow, "4096"),
        (
            refusal(400, "The decoder prompt (length 9000) is longer than the maximum model length of 4096."),
            ContextOverflow,
            "9000",
        ),
        (
            refusal(400, "the request exceeds the available context size. try increasing the context size"),
            ContextOverflow,
            "does not fit the context of qwen3",
        ),
        (
            refusal(400, "request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it"),
            ContextOverflow,
            "9000",
        ),
        (refusal(400, "input length exceeds the context length"), ContextOverflow, "DOCENT_LLM_CONTEXT"),
        (
            refusal(400, "The input (9000 tokens) is longer than the model's context length (4096 tokens)."),
            ContextOverflow,
            "9000",
        ),
        (
            Reply(400, {"error": "Trying to keep the first 9000 tokens when context the overflows."}),
            ContextOverflow,
            "9000",
        ),
        (refusal(400, "Too long", code="context_length_exceeded"), ContextOverflow, "Too long"),
        (
            Reply(422, {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096"}),
            ContextOverflow,
            "4096",
        ),
        (refusal(429, "Rate limit reached"), ModelUnavailable, "takes no more requests for now"),
        (refusal(503, "Loading model"), ModelUnavailable, "still loading the model"),
        (refusal(402, "Insufficient Balance"), ModelUnavailable, "answered 402: Insufficient Balance"),
        (refusal(400, "top_k is\nnot permitted"), ModelUnavailable, "answered 400: top_k is not permitted"),
        (Reply(404, "404 page not found"), ModelUnavailable, r"no chat/completions under .*usually ends in /v1"),
        (
            Reply(events=['{"error": {"message": "the request exceeds the available context size"}}']),
            ContextOverflow,
            "does not fit",
        ),
        (Reply(events=['{"error": {"message": "CUDA error"}}']), ModelUnavailable, "broke off: CUDA error"),
        (stream("Within", finish=None, breaks_off=True), ModelUnavailable, "in the middle of the answer"),
        (stream("Within", finish=None), ModelUnavailable, "stopped in the middle of the answer"),
        (stream("<think>hmm", finish="length"), ModelError, "used all 512 tokens, for thinking perhaps"),
        (stream(finish="stop"), ModelError, "sent an empty answer"),
    ],
)
@pytest.mark.parametrize("whole", [False, True], ids=["stream", "invoke"])
def test_each_failure_has_its_own_message(
    server: ModelServer, reply: Reply, kind: type[ModelError], reason: str, whole: bool
) -> None:
    loaded = load(server.url)
    loaded.chat_model._client.root_client.max_retries = 0  # type: ignore[attr-defined]
    server.routes[CHAT] = reply
    with pytest.raises(kind, match=reason) as caught:
        loaded.chat_model.invoke(QUESTION) if whole else ask(loaded)
    assert "\n" not in str(caught.value)


def test_silent_server_is_a_timeout(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.models import server_probe

    monkeypatch.setattr(server_probe, "_PROBE_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        with pytest.raises(ModelUnavailable, match="did not answer in time"):
            load(url)
