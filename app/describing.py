"""Let the chat model write about passages, so that they are found by other words too. Knows prompts and replies."""

from __future__ import annotations

from collections.abc import Mapping

from langchain_core.prompts import ChatPromptTemplate

from app.checks.endings import LIST_MARKER
from app.language import detect_language
from app.models import LoadedModel, short_reply
from app.types import AskOptions, Language, ModelKind
from ingest.enrich import Write
from ingest.errors import SettingsError
from ingest.types import DerivedKind

_MOST_TOKENS = 200  # of the reply
_MOST_CHARACTERS = 400  # of one text: a model that goes on and on has not followed the prompt


def describing(
    model: LoadedModel, kind: DerivedKind, prompts: Mapping[tuple[DerivedKind, Language], ChatPromptTemplate]
) -> Write:
    """What `model` writes about a passage, in the passage's language: a summary, or a question a line.

    Raises SettingsError for the built-in reader, which writes nothing of its own.
    """
    if model.status.kind is ModelKind.BUILT_IN:
        raise SettingsError(
            "The built-in reader only quotes, and cannot write about passages. Name a language model with --llm."
        )

    def write(passage: str) -> list[str]:
        prompt = prompts[kind, detect_language(passage)].invoke({"passage": passage})
        reply = short_reply(model, prompt, AskOptions(), max_tokens=_MOST_TOKENS)
        lines = [LIST_MARKER.sub("", line.strip()) for line in reply.splitlines() if line.strip()]
        texts = [" ".join(lines)] if kind is DerivedKind.SUMMARY else lines
        return [text for text in texts if 0 < len(text) <= _MOST_CHARACTERS]

    return write
