"""search, ask and doctor as another program meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.main import main
from ingest.parse import docling

COMMANDS = ("serve", "sync", "rebuild", "list", "remove", "verify", "enrich", "search", "ask", "eval", "doctor")
QUESTION = "How long is a gift card valid?"


def test_search_prints_passages_best_first(handbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", QUESTION, "--top-k", "3", "--json", "--data-dir", str(handbook)]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 3
    assert set(rows[0]) == {"document", "page", "heading", "start", "end", "text", "score"}
    assert rows[0]["document"] == "Customer FAQ.md"
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)


def test_ask_prints_one_answer(handbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", QUESTION, "--json", "--data-dir", str(handbook)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == {"answer", "refused", "confidence", "citations", "passages", "seconds"}
    assert not answer["refused"]
    assert set(answer["citations"][0]) == {"number", "document", "page", "heading", "start", "end", "quote"}
    assert answer["citations"][0]["quote"] in answer["passages"][0]["text"]


def test_ask_answers_a_file_of_questions_in_order(
    handbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"id": "b", "question": QUESTION},
        {"id": 7, "question": "那能用多久？", "history": [{"question": "礼品卡在哪里买？", "answer": "收银台。"}]},
        {"id": None, "question": "What is the airspeed of an unladen swallow?"},
    ]
    source, target = tmp_path / "questions.jsonl", tmp_path / "answers.jsonl"
    source.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    arguments = ["ask", "--input", str(source), "--output", str(target), "--data-dir", str(handbook)]
    assert main(arguments) == 0
    assert capsys.readouterr().out == ""
    answers = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [answer["id"] for answer in answers] == ["b", 7, None]
    assert [answer["refused"] for answer in answers][0::2] == [False, True]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("not json", "Line 1"),
        ('{"id": 1}', "Line 1"),
        ('{"id": 1, "question": "x", "history": [1]}', '"history" is a list'),
    ],
)
def test_bad_line_is_named_before_anything_is_asked(
    line: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "questions.jsonl"
    source.write_text(line)
    assert main(["ask", "--input", str(source), "--data-dir", str(tmp_path / "data")]) == 1
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("arguments", [["ask", "   "], ["ask"], ["search", " "], ["search", "x", "--top-k", "0"]])
def test_question_that_asks_nothing_is_wrong_usage(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, "--data-dir", str(tmp_path)])
    assert stopped.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_empty_collection_refuses_instead_of_failing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", QUESTION, "--json", "--data-dir", str(tmp_path)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["refused"], answer["confidence"], answer["passages"]) == (True, 0.0, [])
    assert main(["search", QUESTION, "--json", "--data-dir", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_doctor_finds_nothing_wrong(handbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--data-dir", str(handbook)]) == 0
    report = capsys.readouterr().out
    assert "FAIL" not in report
    assert "multilingual-e5-small, 384 dimensions" in report


def test_doctor_says_what_is_wrong_and_fails(
    handbook: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCENT_PARSER", "docling")
    monkeypatch.setattr(docling, "_PACKAGE", "docling-that-nobody-installed")
    assert main(["doctor", "--llm", "/nowhere/at/all", "--data-dir", str(handbook)]) == 1
    output = capsys.readouterr()
    assert "FAIL  model" in output.out
    assert "FAIL  parser       DOCENT_PARSER is docling, and Docling is not installed." in output.out
    assert output.err.count("\n") == 1


def test_every_command_of_the_contract_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit) as stopped:
            main([command, "--help"])
        assert stopped.value.code == 0
    capsys.readouterr()
