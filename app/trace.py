"""Say how an answer came about: which candidates were kept and why not the others, the prompt, the tokens. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.fit import FittedPrompt, count_messages
from app.models import LoadedModel
from app.retrieval.search import is_shown, to_passage, to_scores
from app.retrieval.wordings import Searched
from app.types import AskOptions, Candidate, Fate, ModelKind, PromptMessage, Trace

_ROLES = {"human": "user", "ai": "assistant"}  # LangChain's names of roles -> those that models are told


def trace(
    searched: Searched,
    queries: Sequence[str],
    options: AskOptions,
    prompt: FittedPrompt | None,
    model: LoadedModel,
    answer: str,
) -> Trace:
    """The trace of an answer; without a `prompt` the question was refused before a model was asked.

    Of what was found, best first, some were shown as passages for the answer.
    """
    kept = len(prompt.passages) if prompt is not None else 0
    candidates = tuple(
        Candidate(to_passage(document), to_scores(document), _fate(rank, kept, prompt, shown=is_shown(document)))
        for rank, document in enumerate(searched.found)
    )
    status = model.status
    told = Trace(
        candidates,
        options.threshold,
        options.top_k,
        status.name,
        queries=tuple(queries),
        wordings=searched.wordings,
    )
    if prompt is None or status.kind is ModelKind.BUILT_IN:
        return told
    return replace(
        told,
        messages=tuple(PromptMessage(_ROLES.get(m.type, m.type), str(m.text)) for m in prompt.messages),
        prompt_tokens=count_messages(prompt.messages, model.count_tokens),
        answer_tokens=model.count_tokens(answer),
        context_tokens=status.context_tokens,
    )


def _fate(rank: int, kept: int, prompt: FittedPrompt | None, *, shown: bool) -> Fate:
    if not shown:
        return Fate.RANK
    if prompt is None:
        return Fate.UNSURE
    return Fate.KEPT if rank < kept else Fate.SPACE
