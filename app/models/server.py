"""Answer with a model behind an OpenAI-compatible server. Knows chat completions and its dialects."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr, SecretStr

from app.models.server_errors import explained
from app.models.server_probe import Flavour, Server, make_client, model_lister
from app.models.streamed import StreamedChatModel
from app.models.thinking import without_thinking
from ingest.errors import ModelError, ModelUnavailable

# Servers whose chat template takes `enable_thinking`; others would refuse the field or do without it.
_TEMPLATE_ARGUMENTS = frozenset({Flavour.VLLM, Flavour.SGLANG, Flavour.LLAMA_CPP})
# OpenAI refuses top_k; Ollama's and DeepSeek's chat completions ignore it without a word.
WITHOUT_TOP_K = frozenset({Flavour.OPENAI, Flavour.OLLAMA, Flavour.DEEPSEEK})


class ServerChatModel(StreamedChatModel):
    """A model behind a server. Sampling arguments: temperature, top_p, top_k, max_tokens."""

    max_tokens: int = 512  # of an answer, unless the call says otherwise

    _server: Server = PrivateAttr()
    _client: Any = PrivateAttr()

    def __init__(self, server: Server, key: str | None, **fields: Any) -> None:
        from langchain_openai.chat_models.base import BaseChatOpenAI

        super().__init__(**fields)
        self._server = server
        client = make_client(server.endpoint.url, key)
        weakref.finalize(self, client.close)  # idle connections are kept for the next question, and no longer
        # BaseChatOpenAI, because ChatOpenAI renames max_tokens to a name that most other servers do not know.
        self._client = BaseChatOpenAI(
            model=server.endpoint.model,
            root_client=client,
            client=client.chat.completions,
            root_async_client=None,
            async_client=_NoAsyncClient(),
            api_key=SecretStr(key or "none"),
            base_url=server.endpoint.url,
            use_responses_api=False,
        )

    @property
    def _llm_type(self) -> str:
        return "docent-server"

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        body = request_fields(self._server, {"max_tokens": self.max_tokens, **kwargs})
        reply = _Reply(self._server.endpoint.url, int(kwargs.get("max_tokens") or self.max_tokens))
        with explained(self._server.endpoint, model_lister(self._client.root_client)):
            chunks = self._client._stream(messages, stop, None, **body)
            try:
                for piece in without_thinking(reply.read(chunks)):
                    reply.said = reply.said or bool(piece.strip())
                    yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
            finally:
                chunks.close()
            if not (reply.said or reply.finish):
                # GPT4All's server answers in one piece whatever is asked for.
                result = self._client._generate(messages, stop, None, **body)
                for piece in without_thinking(reply.read_whole(result)):
                    reply.said = reply.said or bool(piece.strip())
                    yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        reply.require_complete()
        finish = {"finish_reason": reply.finish}
        yield ChatGenerationChunk(message=AIMessageChunk(content="", chunk_position="last", response_metadata=finish))


class _NoAsyncClient:
    """Stands where the openai client for asyncio would: LangChain runs our calls in a thread instead."""


class _Reply:
    """Reads one answer and remembers how it ended."""

    def __init__(self, url: str, max_tokens: int) -> None:
        self.said = False
        self.finish: str | None = None
        self._url = url
        self._max_tokens = max_tokens

    def read(self, chunks: Iterator[ChatGenerationChunk]) -> Iterator[str]:
        for chunk in chunks:
            self.finish = (chunk.generation_info or {}).get("finish_reason") or self.finish
            if text := chunk.text:
                yield text

    def read_whole(self, result: ChatResult) -> Iterator[str]:
        for generation in result.generations:
            self.finish = (generation.generation_info or {}).get("finish_reason") or "stop"
            yield generation.text

    def require_complete(self) -> None:
        """Raises when the answer is empty, or stopped before the server said that it ends."""
        if not self.finish:
            raise ModelUnavailable(
                f"The server at {self._url} stopped in the middle of the answer. Look into its log, or ask again."
            )
        if self.said:
            return
        if self.finish == "length":
            raise ModelError(
                f"The model used all {self._max_tokens} tokens, for thinking perhaps, and answered nothing. Raise "
                "DOCENT_MAX_TOKENS, or choose a model that does not think aloud."
            )
        raise ModelError(
            f"The server at {self._url} sent an empty answer. Its context may be shorter than the prompt: set "
            "DOCENT_LLM_CONTEXT to the real length, or show fewer passages."
        )


def request_fields(server: Server, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the request for our sampling arguments, in the dialect of this server."""
    fields = {name: value for name, value in arguments.items() if value is not None and name != "top_k"}
    extra: dict[str, Any] = {}
    if arguments.get("top_k") is not None:
        extra["top_k"] = arguments["top_k"]  # not in OpenAI's API, in that of most local servers
    if server.flavour in _TEMPLATE_ARGUMENTS:
        extra["chat_template_kwargs"] = {"enable_thinking": False}
    elif server.flavour is Flavour.OLLAMA and server.thinks:
        fields["reasoning_effort"] = "none"  # ollama/ollama#14820
    elif server.flavour is Flavour.OPENAI:
        fields["max_completion_tokens"] = fields.pop("max_tokens")  # the newer models refuse the old name
    return {**fields, **({"extra_body": extra} if extra else {})}
