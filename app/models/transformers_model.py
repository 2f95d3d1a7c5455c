"""Answer with a transformers model on this machine. Knows chat templates, tokens and sampling."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from app.models.generation import Generator
from app.models.streamed import StreamedChatModel
from app.models.thinking import OPENING, without_thinking
from ingest.errors import ContextOverflow

_ROLES = {"system": "system", "human": "user", "ai": "assistant"}
_PLAIN_ROLES = {"system": "Instructions", "user": "Question", "assistant": "Answer"}
# What a base model writes when it goes on with the next question by itself.
_PLAIN_STOP = "\nQuestion:"


class TransformersChatModel(StreamedChatModel):
    """A causal language model in this process. Sampling arguments: temperature, top_p, top_k, max_tokens."""

    context_tokens: int  # prompt and answer together
    max_tokens: int = 512  # of an answer, unless the call says otherwise

    _model: Any = PrivateAttr()
    _tokenizer: Any = PrivateAttr()
    _generator: Generator = PrivateAttr()
    _control_tokens: tuple[str, ...] = PrivateAttr()

    def __init__(self, model: Any, tokenizer: Any, **fields: Any) -> None:
        super().__init__(**fields)
        self._model = model
        self._tokenizer = tokenizer
        self._generator = Generator(model, tokenizer)
        added = {str(token) for token in tokenizer.added_tokens_decoder.values()}
        # Some tokenizers add runs of spaces as tokens of their own; those are text.
        self._control_tokens = tuple(t for t in added.union(tokenizer.all_special_tokens) if len(t.strip()) > 2)

    @property
    def _llm_type(self) -> str:
        return "docent-transformers"

    @property
    def has_chat_template(self) -> bool:
        return bool(self._tokenizer.chat_template)

    def count_tokens(self, text: str) -> int:
        """Tokens of `text` for this model, special tokens not counted."""
        return len(self._tokenizer.encode(text, add_special_tokens=False))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        prompt = self._render(messages)
        # A chat template writes the special tokens itself; the plain format leaves them to the tokenizer.
        inputs = self._tokenizer(prompt, return_tensors="pt", add_special_tokens=not self.has_chat_template)
        inputs = {name: inputs[name].to(self._model.device) for name in ("input_ids", "attention_mask")}
        config = self._generation_config(inputs["input_ids"].shape[1], **kwargs)
        finish = {"finish_reason": "stop"}  # as OpenAI-compatible servers say it
        pieces = self._generator.stream(inputs, config, on_cut_off=lambda: finish.update(finish_reason="length"))
        stops = [*(stop or ()), *(() if self.has_chat_template else (_PLAIN_STOP,))]
        try:
            for piece in until(without_thinking(pieces, inside=prompt.rstrip().endswith(OPENING)), stops):
                yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
            last = AIMessageChunk(content="", chunk_position="last", response_metadata=finish)
            yield ChatGenerationChunk(message=last)
        finally:
            pieces.close()  # type: ignore[attr-defined]

    def _generation_config(
        self,
        prompt_tokens: int,
        *,
        temperature: float | None = None,
        top_p: float | None = None,
        top_k: int | None = None,
        max_tokens: int | None = None,
    ) -> Any:
        room = self.context_tokens - prompt_tokens
        if room < 1:
            raise ContextOverflow(
                f"The prompt takes {prompt_tokens} tokens and the model's context holds {self.context_tokens}. "
                "Ask a shorter question, show fewer passages, or choose a model with a longer context."
            )
        config = copy.deepcopy(self._model.generation_config)
        config.max_length = None
        config.max_new_tokens = min(max_tokens or self.max_tokens, room)
        if config.pad_token_id is None:
            config.pad_token_id = _first(config.eos_token_id, self._tokenizer.eos_token_id)
        if temperature == 0:
            config.do_sample, config.temperature, config.top_p, config.top_k = False, None, None, None
            return config
        given = {"temperature": temperature, "top_p": top_p, "top_k": top_k}
        for name, value in given.items():
            if value is not None:
                setattr(config, name, value)
                config.do_sample = True
        return config

    def _render(self, messages: Sequence[BaseMessage]) -> str:
        chat = [{"role": _ROLES[message.type], "content": self._defused(message.text)} for message in messages]
        if not self.has_chat_template:
            parts = [f"{_PLAIN_ROLES[turn['role']]}: {turn['content']}" for turn in chat]
            return "\n\n".join([*parts, "Answer:"])
        from jinja2 import TemplateError

        try:
            return self._apply_template(chat)
        except TemplateError:
            # Some templates (Gemma, early Mistral) know no system role, or want the roles to alternate.
            return self._apply_template(_alternating(chat))

    def _apply_template(self, chat: list[dict[str, str]]) -> str:
        # Templates that know no `enable_thinking` ignore it.
        text: str = self._tokenizer.apply_chat_template(
            chat, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        return text

    def _defused(self, text: str) -> str:
        """The text without the model's control tokens: a document must not be able to end its message."""
        for token in self._control_tokens:
            text = text.replace(token, f"{token[0]} {token[1:]}")
        return text


def _first(*values: int | list[int] | None) -> int | None:
    for value in values:
        if value is not None:
            return value[0] if isinstance(value, list) else value
    return None


def _alternating(chat: list[dict[str, str]]) -> list[dict[str, str]]:
    """The same chat with the system text moved into the user's and neighbours of one role joined."""
    joined: list[dict[str, str]] = []
    for turn in chat:
        role = "user" if turn["role"] == "system" else turn["role"]
        if joined and joined[-1]["role"] == role:
            joined[-1] = {"role": role, "content": f"{joined[-1]['content']}\n\n{turn['content']}"}
        else:
            joined.append({"role": role, "content": turn["content"]})
    return joined


def until(pieces: Iterator[str], stops: Sequence[str]) -> Iterator[str]:
    """The pieces up to the first of the `stops`, which may be spread over several pieces."""
    held = ""
    longest = max(map(len, stops), default=1) - 1
    for piece in pieces:
        held += piece
        if found := [at for stop in stops if (at := held.find(stop)) >= 0]:
            yield held[: min(found)]
            return
        if len(held) > longest:
            yield held[: len(held) - longest]
            held = held[len(held) - longest :]
    if held:
        yield held
