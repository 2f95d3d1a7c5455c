"""A model behind a server: what is asked of it, what it says of itself, how long its window is."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from app.models import sampling
from app.types import AskOptions, Language, ModelKind
from ingest.errors import ModelUnavailable
from tests.app.asking import QUESTION, ask, load
from tests.app.model_server import CHAT, MODELS, ModelServer, Reply, listing, stream


def test_server_says_what_it_is(server: ModelServer) -> None:
    status = load(server.url).status
    assert status.kind is ModelKind.SERVER
    assert (status.name, status.device) == ("qwen3", server.url)
    assert status.supports == {"temperature", "top_p", "sampling_top_k", "max_tokens"}


def test_answer_streams_in_several_pieces(server: ModelServer) -> None:
    pieces = [chunk.text for chunk in load(server.url).chat_model.stream(QUESTION) if chunk.text]
    assert pieces == ["Within ", "30 days", " [1]."]


def test_whole_answer_is_the_stream_joined(server: ModelServer) -> None:
    assert load(server.url).chat_model.invoke(QUESTION).text == "Within 30 days [1]."


@pytest.mark.parametrize("finish", ["stop", "length"])
def test_answer_says_whether_it_was_cut_off(server: ModelServer, finish: str) -> None:
    server.routes[CHAT] = stream("Within 30", finish=finish)
    said = [chunk.response_metadata for chunk in load(server.url).chat_model.stream(QUESTION)]
    assert [one["finish_reason"] for one in said if "finish_reason" in one] == [finish]


def test_options_reach_the_server(server: ModelServer) -> None:
    ask(load(server.url), temperature=0.0, top_p=0.9, sampling_top_k=40, max_tokens=77)
    asked = server.asked()
    assert {name: asked[name] for name in ("temperature", "top_p", "top_k", "max_tokens")} == {
        "temperature": 0.0,
        "top_p": 0.9,
        "top_k": 40,
        "max_tokens": 77,
    }


def test_settings_are_the_default_of_options(server: ModelServer) -> None:
    ask(load(server.url, temperature=0.2, max_tokens=99))
    asked = server.asked()
    assert (asked["temperature"], asked["max_tokens"]) == (0.2, 99)
    assert "top_p" not in asked
    assert "top_k" not in asked


def test_key_is_sent_and_shown_nowhere(server: ModelServer) -> None:
    loaded = load(server.url, llm_key=SecretStr("sk-very-secret"))
    ask(loaded)
    assert set(server.keys) == {"Bearer sk-very-secret"}
    assert "very-secret" not in f"{loaded!r} {loaded.chat_model!r} {loaded.status!r}"


def test_environment_of_openai_is_not_used(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_API_BASE", "OPENAI_BASE_URL", "OPENAI_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/other")
    assert ask(load(server.url)) == "Within 30 days [1]."
    assert not any("other" in str(key) for key in server.keys)


def test_proxy_of_the_environment_is_not_asked_for_this_machine(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(load(server.url)) == "Within 30 days [1]."


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_url_is_understood_as_people_write_it(server: ModelServer, suffix: str) -> None:
    assert load(server.root + suffix).status.device == server.url


def test_url_without_scheme_is_http(server: ModelServer) -> None:
    assert load(server.root.removeprefix("http://")).status.device == server.url


def test_only_model_is_taken_when_none_is_named(server: ModelServer) -> None:
    assert load(server.url, llm="built-in").status.name == "qwen3"


def test_choice_of_models_is_offered_when_none_is_named(server: ModelServer) -> None:
    server.routes[MODELS] = listing("qwen3", "glm4")
    with pytest.raises(ModelUnavailable, match=r"needs to know which model to ask\. It has: qwen3, glm4"):
        load(server.url, llm="built-in")


def test_model_that_is_not_listed_is_noticed(server: ModelServer) -> None:
    assert any("does not list a model glm4; it lists qwen3" in n for n in load(server.url, llm="glm4").status.notices)


def test_thinking_is_left_out(server: ModelServer) -> None:
    server.routes[CHAT] = stream("<thi", "nk>let me", " see</think>", "\n\n", "30 days [1].")
    assert ask(load(server.url)) == "30 days [1]."


@pytest.mark.parametrize("owner", ["vllm", "sglang", "llamacpp"])
def test_server_with_templates_is_told_not_to_think(server: ModelServer, owner: str) -> None:
    server.routes[MODELS] = listing("qwen3", owned_by=owner)
    ask(load(server.url), sampling_top_k=5)
    assert server.asked()["chat_template_kwargs"] == {"enable_thinking": False}
    assert server.asked()["top_k"] == 5


def test_server_that_cannot_stream_is_asked_for_the_whole_answer(server: ModelServer) -> None:
    message = {"role": "assistant", "content": "Within 30 days [1]."}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
    server.routes[CHAT] = Reply(body=body)
    assert ask(load(server.url)) == "Within 30 days [1]."


@pytest.mark.parametrize(
    ("models", "extra", "context"),
    [
        (listing("qwen3", owned_by="vllm", max_model_len=32768), {}, 32768),
        (listing("qwen3", context_length=131072), {}, 131072),
        (
            listing("qwen3", owned_by="llamacpp", meta={"n_ctx": 16384, "n_ctx_train": 40960}),
            {"GET /props": Reply(body={"default_generation_settings": {"n_ctx": 8192}})},
            8192,
        ),
        (listing("qwen3", owned_by="llamacpp", meta={"n_ctx": 16384, "n_ctx_train": 40960}), {}, 16384),
        (
            listing("qwen3", owned_by="organization_owner"),
            {"GET /api/v0/models": Reply(body={"data": [{"id": "qwen3", "loaded_context_length": 6000}]})},
            6000,
        ),
    ],
)
def test_context_is_what_the_server_runs_with(
    server: ModelServer, models: Reply, extra: dict[str, Reply], context: int
) -> None:
    server.routes.update({MODELS: models, **extra})
    assert load(server.url).status.context_tokens == context


def test_unknown_context_is_assumed_and_noticed(server: ModelServer) -> None:
    loaded = load(server.url)
    assert loaded.status.context_tokens == 4096
    assert "does not say how long the context" in loaded.status.notices[0]
    assert "4096" in loaded.notices[0].in_language(Language.CHINESE)
    assert load(server.url, llm_context=9000).status.notices == ()
    assert load(server.url, llm_context=9000).status.context_tokens == 9000


def test_context_above_the_servers_own_is_not_used(server: ModelServer) -> None:
    server.routes[MODELS] = listing("qwen3", max_model_len=8192)
    loaded = load(server.url, llm_context=20000)
    assert loaded.status.context_tokens == 8192
    assert "DOCENT_LLM_CONTEXT is 20000" in loaded.status.notices[0]


@pytest.fixture
def ollama(server: ModelServer) -> ModelServer:
    """The server as Ollama, with the model loaded at 4096 tokens."""
    loaded = {"name": "qwen3:latest", "model": "qwen3:latest", "context_length": 4096, "size": 6_000_000_000}
    running = {"models": [loaded]}
    server.routes.update(
        {
            MODELS: listing("qwen3:latest", owned_by="library"),
            "GET /api/version": Reply(body={"version": "0.17.1"}),
            "POST /api/show": Reply(body={"capabilities": ["completion", "thinking"], "parameters": "top_k 20"}),
            "GET /api/ps": Reply(body=running),
        }
    )
    return server


def test_window_of_ollama_is_the_one_it_runs_and_is_noticed(ollama: ModelServer) -> None:
    loaded = load(ollama.url)
    assert loaded.status.context_tokens == 4096
    assert "OLLAMA_CONTEXT_LENGTH" in loaded.status.notices[0]
    assert len(loaded.status.notices) == 1
    assert loaded.status.memory_bytes == 6_000_000_000


def test_model_of_ollama_is_loaded_to_learn_its_window(ollama: ModelServer) -> None:
    ollama.routes["GET /api/ps"] = Reply(body={"models": []})
    load(ollama.url)
    assert ("POST /api/generate", {"model": "qwen3", "stream": False}) in ollama.requests


@pytest.mark.parametrize(("parameters", "context"), [("num_ctx    16384\ntop_k 20", 16384), ("top_k 20", 2048)])
def test_old_ollama_that_does_not_tell_is_taken_at_its_default(
    ollama: ModelServer, parameters: str, context: int
) -> None:
    ollama.routes["GET /api/ps"] = Reply(body={"models": [{"name": "qwen3:latest"}]})
    ollama.routes["POST /api/show"] = Reply(body={"parameters": parameters})
    assert load(ollama.url).status.context_tokens == context


def test_thinking_model_of_ollama_is_told_not_to(ollama: ModelServer) -> None:
    ask(load(ollama.url))
    assert ollama.asked()["reasoning_effort"] == "none"


def test_top_k_that_ollama_would_drop_is_noticed_instead(ollama: ModelServer) -> None:
    loaded = load(ollama.url)
    asked = sampling(loaded, AskOptions(sampling_top_k=10, temperature=0.5))
    assert asked.arguments == {"temperature": 0.5, "max_tokens": 512}
    assert asked.notices[0].english == "qwen3 does not support sampling top k; the setting has no effect."
