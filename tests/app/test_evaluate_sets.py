"""Sets of questions are read as they are meant, and what is wrong with one is said in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.evaluate.dataset import Question, Span, found_in_files, placed
from app.evaluate.load import find_datasets, load_dataset
from ingest.errors import SettingsError
from tests.app.evaluation import QUESTIONS, TEXTS, row, write_lines, write_set

PLACE = {"document": "a", "start": 0, "end": 6, "text": "eighty"}


@pytest.mark.parametrize(
    ("chunk", "right"),
    [
        (Span("a", 12, 18), True),  # in the evidence
        (Span("a", 5, 40), True),  # holds all of it
        (Span("a", 14, 40), True),  # holds an answer
        (Span("a", 17, 40), False),  # overlaps the evidence and holds no answer
        (Span("a", 0, 12), False),
        (Span("b", 12, 18), False),
    ],
)
def test_a_chunk_is_right_in_the_evidence_around_it_or_around_an_answer(chunk: Span, right: bool) -> None:
    question = Question("1", "?", evidence=(Span("a", 10, 20),), answers=(Span("a", 15, 18),))
    assert question.is_answered_by(chunk) is right


def test_answers_count_only_in_the_evidence(tmp_path: Path) -> None:
    texts = {"a": "eighty and eighty, then eighty"}
    place = {"document": "a", "start": 0, "end": 18}
    question = row(id=1, answers=["eighty", ""], documents=["a"], evidence=[place])
    dataset = load_dataset(write_set(tmp_path / "set", texts, [question, row(answerable=False)]))
    answerable, unanswerable = dataset.questions
    assert (answerable.id, answerable.answers) == ("1", (Span("a", 0, 6), Span("a", 11, 17)))
    assert not unanswerable.answerable


def test_sets_are_found_in_a_folder_and_their_absence_is_said(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "sets" / "small", TEXTS, QUESTIONS)
    assert find_datasets([folder]) == find_datasets([folder.parent]) == [folder]
    with pytest.raises(SettingsError, match=r"no file or folder .*absent"):
        find_datasets([tmp_path / "absent"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        SettingsError, match=r"no questions\.jsonl\.gz with documents\.jsonl\.gz or documents/ in .*empty"
    ):
        find_datasets([tmp_path / "empty"])


@pytest.mark.parametrize(
    ("question", "complaint"),
    [
        ({"id": "1", "question": "?"}, "Line 1 of .* lacks answerable, answers, documents, evidence"),
        (row(question=7), "has '7' as 'question', which is not str"),
        (row(documents=["b"]), "names the document 'b', which is not among the set's"),
        (row(evidence=[{"document": "a"}]), "evidence that is not .*KeyError 'start'"),
        (row(evidence=[{**PLACE, "end": 99}]), r"evidence at \[0, 99\) of 'a', which has 12 characters"),
        (row(evidence=[{**PLACE, "start": 6}]), r"evidence at \[6, 6\)"),
        (row(evidence=[{**PLACE, "start": 1, "end": 7}]), "quotes 'eighty' .* stands 'ighty '"),
        ([1], "is not a JSON object"),
    ],
)
def test_a_question_that_cannot_be_trusted_is_named(question: Any, complaint: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", {"a": "eighty seats"}, [])
    write_lines(folder / "questions.jsonl.gz", [question])
    with pytest.raises(SettingsError, match=complaint):
        load_dataset(folder)


def test_a_byte_order_mark_moves_no_place(tmp_path: Path) -> None:
    behind, with_it = {"start": 1, "end": 7, "text": "eighty"}, {"start": 0, "end": 7, "text": "\ufeffeighty"}
    evidence = [{"document": "a", **place} for place in (behind, with_it)]
    loaded = load_dataset(write_set(tmp_path / "set", {"a": "\ufeffeighty seats"}, [row(evidence=evidence)]))
    assert loaded.texts == {"a": " eighty seats"}
    assert [span.end for span in loaded.questions[0].evidence] == [7, 7]


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        ({"a": "one\r\ntwo"}, "'a' of set has carriage returns"),
        ({}, "The set 'set' has no document"),
        ({"a": "one"}, "The set 'set' has no question"),
    ],
)
def test_a_set_without_use_is_refused(texts: dict[str, str], complaint: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=complaint):
        load_dataset(write_set(tmp_path / "set", texts, []))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", TEXTS, QUESTIONS)
    (folder / "questions.jsonl.gz").write_bytes(b"\x1f\x8b\x08 cut off")
    with pytest.raises(SettingsError, match=r"questions\.jsonl\.gz' cannot be read"):
        load_dataset(folder)
    (folder / "questions.jsonl.gz").unlink()
    (folder / "questions.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"Line 1 of .*questions\.jsonl' is not JSON"):
        load_dataset(folder)


def test_squad_files_are_sets_with_their_paragraphs_as_evidence(tmp_path: Path) -> None:
    answerable = {"id": "1", "question": "Seats?", "answers": [{"text": "eighty", "answer_start": 0}]}
    impossible = {"id": "2", "question": "Doors?", "answers": [], "is_impossible": True}
    paragraphs = [{"context": "One hall.", "qas": [impossible]}, {"context": "eighty seats", "qas": [answerable]}]
    path = tmp_path / "dev-v2.0.json"
    path.write_text(json.dumps({"data": [{"title": "Halls", "paragraphs": paragraphs}]}), encoding="utf-8")
    dataset = load_dataset(*find_datasets([path]))
    assert dataset.texts == {"Halls": "One hall.\n\neighty seats"}
    unanswerable, question = dataset.questions
    assert not unanswerable.answerable
    assert (question.evidence, question.answers) == ((Span("Halls", 11, 23),), (Span("Halls", 11, 17),))
    path.write_text('{"data": [{"title": "Halls"}]}', encoding="utf-8")
    with pytest.raises(SettingsError, match="not in SQuAD's format: KeyError 'paragraphs'"):
        load_dataset(path)


def test_evidence_in_files_stands_where_its_quote_is_read() -> None:
    question = Question("1", "?", evidence=(Span("a", 0, 6), Span("a", 50, 60)), quotes=("eighty", "not there"))
    found = found_in_files(question, lambda name: "In all, eighty.")
    assert found.evidence == (Span("a", 8, 14),)
    with pytest.raises(SettingsError, match=r"evidence at \[50, 60\)"):
        placed(question, lambda name: "eighty seats")
