"""Let the language model make a follow-up question stand on its own; the rules do where there is none."""

from __future__ import annotations

from collections.abc import Sequence

from app.language import detect_language
from app.models import LoadedModel, short_reply
from app.prompt import Prompts, render_conversation
from app.reading import overview
from app.retrieval import standalone
from app.retrieval.wordings import Way
from app.types import AskOptions, ModelKind, Turn

_TOKENS = 128
_CHARACTERS = 500


def ways(
    question: str, history: Sequence[Turn], model: LoadedModel, prompts: Prompts, options: AskOptions
) -> list[Way]:
    """What could be searched, in the order of trying: the model's rewriting first, then the question as asked, and what
    it is about where it asks for an overview of that."""
    found = _standing_alone(question, history, model, prompts, options)
    topic = overview.topic(found[0].text)
    return [*found, Way(topic)] if topic else found


def _standing_alone(
    question: str, history: Sequence[Turn], model: LoadedModel, prompts: Prompts, options: AskOptions
) -> list[Way]:
    if not history or model.status.kind is ModelKind.BUILT_IN:
        return standalone.ways(question, history)
    language = detect_language(question)
    prompt = prompts.condense[language].invoke(
        {"conversation": render_conversation(history, language), "question": question}
    )
    rewritten = short_reply(model, prompt, options, max_tokens=_TOKENS).strip()
    # A model that says nothing, or goes on and on, has not rewritten the question.
    one_line = rewritten.splitlines()[0].strip() if rewritten else ""
    if not 0 < len(one_line) <= _CHARACTERS:
        return standalone.ways(question, history)
    return [Way(text) for text in dict.fromkeys([one_line, question])]
