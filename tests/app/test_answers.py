"""The built-in tier answers the sample handbook's questions, from files to citations, with nothing replaced."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.assistant import Assistant
from app.engine import Engine
from app.types import Answer, AskOptions, Turn

QUESTIONS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "sample_questions.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def assistant(engine: Engine) -> Assistant:
    return engine.assistant(engine.load_model(engine.settings))


@pytest.fixture(scope="module")
def answers(assistant: Assistant) -> dict[str, Answer]:
    return {row["id"]: assistant.ask(row["question"]) for row in QUESTIONS}


def is_right(row: dict[str, Any], answer: Answer) -> bool:
    if not row["answerable"]:
        return answer.refused
    cited = " ".join(citation.quote for citation in answer.citations if citation.document in row["documents"])
    return not answer.refused and any(wanted in cited for wanted in row["answer_contains"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_most_questions_are_answered_rightly_and_from_the_right_document(
    language: str, answers: dict[str, Answer]
) -> None:
    rows = [row for row in QUESTIONS if row["language"] == language]
    wrong = [row["question"] for row in rows if not is_right(row, answers[row["id"]])]
    assert len(wrong) <= len(rows) // 6, wrong


def test_every_citation_is_verbatim(answers: dict[str, Answer], engine: Engine) -> None:
    cited = [citation for answer in answers.values() for citation in answer.citations]
    assert len(cited) > len(QUESTIONS) / 2
    for citation in cited:
        text = engine.knowledge_base.text(citation.document)
        assert text[citation.start : citation.end] == citation.quote


def test_every_sentence_of_an_answer_has_a_citation_and_a_refusal_has_none(answers: dict[str, Answer]) -> None:
    for answer in answers.values():
        numbers = {citation.number for citation in answer.citations}
        assert numbers == set(range(1, len(numbers) + 1))
        for sentence in answer.sentences:
            assert bool(sentence.citations) is not answer.refused
            assert set(sentence.citations) <= numbers


def test_refusal_shows_the_nearest_passages(answers: dict[str, Answer]) -> None:
    refused = [answer for answer in answers.values() if answer.refused]
    assert refused
    assert all(answer.passages for answer in refused)


def test_what_is_not_sure_enough_is_refused_and_what_is_mostly_answered(answers: dict[str, Answer]) -> None:
    threshold = AskOptions().threshold
    assert all(answer.refused for answer in answers.values() if answer.confidence < threshold)
    sure = [answer for answer in answers.values() if answer.confidence >= threshold]
    assert sum(answer.refused for answer in sure) <= len(sure) // 20  # where the best sentence stands elsewhere


def test_scores_are_sorted_probabilities(answers: dict[str, Answer]) -> None:
    for answer in answers.values():
        scores = [passage.score for passage in answer.passages]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)
        assert answer.confidence == scores[0]


def test_answer_speaks_of_every_stage(answers: dict[str, Answer]) -> None:
    for answer in answers.values():
        assert list(answer.seconds) == ["condense", "retrieve", "prompt", "generate", "cite"]


def test_scope_limits_the_answer_to_the_chosen_documents(assistant: Assistant) -> None:
    question = "How long is a gift card valid?"
    assert {p.document for p in assistant.ask(question).passages} != {"Employee Handbook.md"}
    scoped = assistant.ask(question, (), AskOptions(documents=("Employee Handbook.md",)))
    assert {p.document for p in scoped.passages} == {"Employee Handbook.md"}


@pytest.mark.parametrize(
    ("question", "document", "quote"),
    [
        ("可以带狗进店吗？", "Customer FAQ.md", "Small dogs on a lead are welcome"),
        ("How much is the birthday book voucher?", "员工手册.docx", "100 元书券"),
    ],
)
def test_question_is_answered_from_a_document_in_the_other_language(
    question: str, document: str, quote: str, assistant: Assistant
) -> None:
    answer = assistant.ask(question)
    assert answer.passages[0].document == document
    assert any(quote in citation.quote for citation in answer.citations)


def test_follow_up_is_searched_with_what_it_leans_on(assistant: Assistant) -> None:
    history = [Turn("How long is a gift card valid?", "Three years.")]
    answer = assistant.ask("And where can I use it?", history)
    assert answer.question == "And where can I use it?"
    assert answer.standalone_question == "How long is a gift card valid? And where can I use it?"
    assert answer.passages[0].document == "Customer FAQ.md"


def test_threshold_decides_between_answer_and_refusal(assistant: Assistant) -> None:
    question = "How long is a gift card valid?"
    assert not assistant.ask(question, (), AskOptions(threshold=0.0)).refused
    assert assistant.ask(question, (), AskOptions(threshold=1.0)).refused
