"""Fit the answer prompt into a model's context. Knows token budgets; counts with the function it is given.

Order of claims: the fixed text, the question and room for the answer come first, then the newest turns of the
conversation (at most a quarter of what is left), then the passages, best first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from langchain_core.messages import BaseMessage

from app.language import detect_language
from app.models import LoadedModel, sampling
from app.prompt import Prompts, history_messages, render_source, render_sources
from app.types import AskOptions, Language, Passage, Turn
from ingest.errors import ContextOverflow
from ingest.sentences import sentence_spans

CountTokens = Callable[[str], int]

MESSAGE_TOKENS = 8  # a chat template's role markers around one message; 3 to 7 in the common ones
_HISTORY_SHARE = 0.25  # of what the fixed text and the answer leave; passages matter more than old turns


@dataclass(frozen=True, slots=True)
class FittedPrompt:
    """What is sent to the model, and what had to stay out."""

    messages: tuple[BaseMessage, ...]
    passages: tuple[Passage, ...]  # source [n] is passages[n - 1]; the last may be cut short
    turns: tuple[Turn, ...]  # earlier turns that are shown, oldest first
    passages_left_out: int
    turns_left_out: int

    def notice(self, language: Language) -> str | None:
        """What the user should know of it; None where every passage was shown to the model."""
        if not self.passages_left_out:
            return None
        if language is Language.CHINESE:
            return f"有 {self.passages_left_out} 个段落超出了模型的上下文长度，没有给模型看。"
        return f"{self.passages_left_out} passages did not fit into the model's context and were not shown to it."


def fitted(
    prompts: Prompts,
    model: LoadedModel,
    options: AskOptions,
    question: str,
    history: Sequence[Turn],
    passages: Sequence[Passage],
) -> FittedPrompt:
    """What `model` is sent; raises ContextOverflow, as `fit_prompt` does."""
    return fit_prompt(
        prompts.styled(options.style, options.instructions),
        detect_language(question),
        question=question,
        history=history,
        passages=passages,
        context_tokens=model.status.context_tokens,
        answer_tokens=sampling(model, options).max_tokens,
        count_tokens=model.count_tokens,
    )


def fit_prompt(
    prompts: Prompts,
    language: Language,
    *,
    question: str,
    history: Sequence[Turn],
    passages: Sequence[Passage],
    context_tokens: int | None,
    answer_tokens: int,
    count_tokens: CountTokens,
) -> FittedPrompt:
    """The answer prompt with as many turns and passages as `context_tokens` hold; None sets no limit.

    Raises ContextOverflow when not even the beginning of the best passage fits.
    """
    template = prompts.answer[language]

    def messages(turns: Sequence[Turn], kept: Sequence[Passage]) -> tuple[BaseMessage, ...]:
        filled = template.format_messages(
            sources=render_sources(kept), question=question, history=history_messages(turns)
        )
        return tuple(filled)

    if context_tokens is None:
        return FittedPrompt(messages(history, passages), tuple(passages), tuple(history), 0, 0)
    left = context_tokens - answer_tokens - count_messages(messages((), ()), count_tokens)
    turns = fit_history(history, budget_tokens=int(left * _HISTORY_SHARE), count_tokens=count_tokens)
    left -= count_messages(history_messages(turns), count_tokens)
    try:
        kept, left_out = fit_sources(passages, budget_tokens=left, count_tokens=count_tokens)
    except ContextOverflow as error:
        raise ContextOverflow(
            f"The model's context holds {context_tokens} tokens, of which {answer_tokens} are reserved for the answer. "
            f"{error} Ask for a shorter answer, or choose a model with a longer context."
        ) from error
    return FittedPrompt(messages(turns, kept), kept, turns, left_out, len(history) - len(turns))


def count_messages(messages: Sequence[BaseMessage], count_tokens: CountTokens) -> int:
    """Tokens of `messages`, the role markers around each included."""
    return sum(count_tokens(message.text) + MESSAGE_TOKENS for message in messages)


def fit_history(history: Sequence[Turn], *, budget_tokens: int, count_tokens: CountTokens) -> tuple[Turn, ...]:
    """The newest turns that fit, oldest first, without a gap."""
    kept: list[Turn] = []
    for turn in reversed(history):
        budget_tokens -= count_messages(history_messages([turn]), count_tokens)
        if budget_tokens < 0:
            break
        kept.append(turn)
    return tuple(reversed(kept))


def fit_sources(
    passages: Sequence[Passage], *, budget_tokens: int, count_tokens: CountTokens
) -> tuple[tuple[Passage, ...], int]:
    """The best passages that fit, and how many were left out; the last kept may be cut at the end of a sentence.

    Raises ContextOverflow when there are passages and not even the first sentence of the best one fits.
    """
    kept: list[Passage] = []
    left = budget_tokens
    for number, passage in enumerate(passages, start=1):
        needed = count_tokens(render_source(number, passage))
        if needed <= left:
            kept.append(passage)
            left -= needed
            continue
        if cut := _cut(number, passage, left, count_tokens):
            kept.append(cut)
        break
    if passages and not kept:
        needed = count_tokens(render_source(1, passages[0]))
        raise ContextOverflow(f"The best passage takes {needed} tokens and {max(left, 0)} are left for passages.")
    return tuple(kept), len(passages) - len(kept)


def _cut(number: int, passage: Passage, budget_tokens: int, count_tokens: CountTokens) -> Passage | None:
    for _, end in reversed(sentence_spans(passage.text)[:-1]):
        shorter = replace(passage, text=passage.text[:end], end=passage.start + end)
        if count_tokens(render_source(number, shorter)) <= budget_tokens:
            return shorter
    return None
