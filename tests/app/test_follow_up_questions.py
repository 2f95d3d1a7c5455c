"""Follow-up questions about the sample handbook find their passage through the built-in assistant, nothing replaced.

Of the 43 in follow_ups.jsonl the best passage was right for 38 when every follow-up was searched behind the question
before it and all else as it stood, and is for 40 now: one was lost again when passages in the other language came to be
found by their words. Only the odd conversations were looked at while the rules were made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.engine import Engine
from app.types import Answer, Turn

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "follow_ups.jsonl").read_text(encoding="utf-8").splitlines()
]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One follow-up and what became of it."""

    language: str
    question: str
    contains: str | None  # stands in the right passage; None where the handbook does not answer
    is_alone: bool  # a change of topic, which must be searched as it stands
    answer: Answer

    @property
    def is_right(self) -> bool:
        if self.contains is None or self.answer.refused:
            return self.contains is None and self.answer.refused
        return _packed(self.contains) in _packed(self.answer.passages[0].text)


def _packed(text: str) -> str:
    return "".join(text.split())


@pytest.fixture(scope="module")
def asked(engine: Engine) -> list[FollowUp]:
    assistant = engine.assistant(engine.load_model(engine.settings))
    found = []
    for row in ROWS:
        history = [Turn(row["first"], "")]
        for follow_up in row["follow_ups"]:
            question = follow_up["question"]
            answer = assistant.ask(question, history)
            is_alone = follow_up.get("alone", False)
            found.append(FollowUp(row["id"][:2], question, follow_up["contains"], is_alone, answer))
            history.append(Turn(question, ""))
    return found


def test_seven_of_eight_follow_ups_find_their_passage(asked: list[FollowUp]) -> None:
    wrong = [follow_up.question for follow_up in asked if not follow_up.is_right]
    assert len(wrong) <= len(asked) / 8, wrong


@pytest.mark.parametrize("language", ["zh", "en"])
def test_neither_language_is_far_behind(language: str, asked: list[FollowUp]) -> None:
    own = [follow_up for follow_up in asked if follow_up.language == language]
    wrong = [follow_up.question for follow_up in own if not follow_up.is_right]
    assert len(wrong) <= len(own) / 5, wrong


def test_change_of_topic_is_searched_as_it_was_asked(asked: list[FollowUp]) -> None:
    alone = [follow_up for follow_up in asked if follow_up.is_alone]
    assert alone
    for follow_up in alone:
        assert follow_up.answer.standalone_question == follow_up.question


def test_trace_tells_what_else_was_searched(asked: list[FollowUp]) -> None:
    for follow_up in asked:
        trace = follow_up.answer.trace
        assert trace is not None
        if trace.wordings:
            assert trace.wordings[0].question == follow_up.answer.standalone_question
            assert trace.wordings[0].score == follow_up.answer.confidence
            assert len({wording.question for wording in trace.wordings}) == len(trace.wordings)


def test_a_wording_whose_best_passage_has_no_word_of_the_question_is_not_read(engine: Engine) -> None:
    behind = "How long do gift cards stay valid? Do you sell vinyl record players?"
    read = engine.retriever.scored(behind, top_k=5)
    unread = engine.retriever.scored(behind, top_k=5, needs=["vinyl", "record", "players"])
    assert any(scores.reader is not None for _, scores in read)
    assert not any(scores.reader is not None for _, scores in unread)
    held = engine.retriever.scored(behind, top_k=5, needs=["gift", "cards"])
    assert [passage for passage, _ in held] == [passage for passage, _ in read]
