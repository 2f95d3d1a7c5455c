"""Let a chat model mark answers. Knows the judge's prompts and replies; knows nothing of known answers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import BaseMessage

from app.language import detect_language
from app.models import LoadedModel, short_reply
from app.prompt import Prompts, render_sources
from app.types import Answer, AskOptions
from ingest.errors import ContextOverflow

MARKS = range(1, 6)
_REPLY_TOKENS = 256
_OBJECT = re.compile(r"\{[^{}]*\}")
_SPREAD = re.compile(r"<(\s*/?\s*(?:answer|first|second)\b)", re.IGNORECASE)
_PREFERENCES = {"first": -1, "equal": 0, "second": 1}


@dataclass(frozen=True, slots=True)
class Marks:
    """Each 1 (bad) to 5 (without fault)."""

    faithfulness: int  # everything said stands in the sources
    relevance: int  # it speaks to the question
    completeness: int  # everything that the sources hold on it is said


class Judge:
    """Marks answers with a chat model, at temperature 0."""

    def __init__(self, model: LoadedModel, prompts: Prompts) -> None:
        self._model = model
        self._prompts = prompts

    def marks(self, question: str, answer: Answer) -> Marks | None:
        """The marks of one answer, beside the passages that it was made from; None when the reply holds none."""
        prompt = self._prompts.judge[detect_language(question)].format_messages(
            sources=render_sources(answer.passages), question=question, answer=_contained(answer.text)
        )
        found = self._reply(prompt)
        marks = [found.get(name) for name in ("faithfulness", "relevance", "completeness")]
        whole = [mark for mark in marks if isinstance(mark, int) and mark in MARKS]
        return Marks(*whole) if len(whole) == len(marks) else None

    def preference(self, question: str, mine: Answer, other: Answer) -> int | None:
        """-1 where `mine` is better, 1 where `other` is, 0 where neither; None when a reply holds no verdict.

        Models favour a place, so both orders are asked, and what depends on the order counts as equal.
        """
        forth = self._compared(question, mine, other)
        back = self._compared(question, other, mine)
        if forth is None or back is None:
            return None
        return forth if forth == -back else 0

    def _compared(self, question: str, first: Answer, second: Answer) -> int | None:
        passages = list(dict.fromkeys((*first.passages, *second.passages)))
        prompt = self._prompts.judge_pair[detect_language(question)].format_messages(
            sources=render_sources(passages),
            question=question,
            first=_contained(first.text),
            second=_contained(second.text),
        )
        return _PREFERENCES.get(str(self._reply(prompt).get("better")))

    def _reply(self, prompt: list[BaseMessage]) -> dict[str, Any]:
        """The last JSON object of the reply; empty where there is none, or where the prompt is too long."""
        try:
            text = short_reply(self._model, prompt, AskOptions(), max_tokens=_REPLY_TOKENS)
        except ContextOverflow:
            return {}
        for found in reversed(_OBJECT.findall(text)):
            try:
                reply = json.loads(found)
            except ValueError:
                continue
            if isinstance(reply, dict):
                return reply
        return {}


def _contained(answer: str) -> str:
    """The answer so that it cannot close what it stands in."""
    return _SPREAD.sub(r"‹\1", answer)
