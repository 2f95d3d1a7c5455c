"""What a chat model writes about passages, and that they are found by it from the command line on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.describing import describing
from app.main import main
from app.models import LoadedModel
from app.prompt import load_prompts
from app.types import ModelKind, ModelStatus
from ingest.errors import SettingsError
from ingest.types import DerivedKind
from tests.app.model_server import ModelServer
from tests.app.test_assistant import Scripted

ENGLISH = "Returns\nBooks may be returned within 30 days."
CHINESE = "退货\n图书可在 30 天内退回。"


def written(kind: DerivedKind, passage: str, reply: str) -> tuple[list[str], Scripted]:
    chat_model = Scripted(replies=[reply])
    model = LoadedModel(chat_model, ModelStatus(ModelKind.SERVER, "scripted", "here", 4096), len)
    return list(describing(model, kind, load_prompts().describing)(passage)), chat_model


def test_each_line_of_the_reply_is_a_question_without_its_number() -> None:
    reply = "1. May I send a book back?\n\n- How long do I have?\n（3）还有吗？\n30 days enough?"
    texts, chat_model = written(DerivedKind.QUESTIONS, ENGLISH, reply)
    assert texts == ["May I send a book back?", "How long do I have?", "还有吗？", "30 days enough?"]
    assert chat_model.asked[0][-1].content == ENGLISH


def test_a_summary_is_one_text() -> None:
    assert written(DerivedKind.SUMMARY, ENGLISH, "Books come back\nfor 30 days.")[0] == ["Books come back for 30 days."]


@pytest.mark.parametrize("reply", ["", "words " * 100], ids=["nothing", "too much"])
def test_a_reply_that_does_not_follow_the_prompt_is_left_out(reply: str) -> None:
    assert written(DerivedKind.SUMMARY, ENGLISH, reply)[0] == []


@pytest.mark.parametrize("kind", DerivedKind)
def test_the_model_is_asked_in_the_language_of_the_passage(kind: DerivedKind) -> None:
    assert "一段话" in written(kind, CHINESE, "退书")[1].asked[0][0].text
    assert "passage" in written(kind, ENGLISH, "Returns")[1].asked[0][0].text


def test_built_in_reader_is_told_to_write_nothing() -> None:
    reader = LoadedModel(Scripted(replies=[]), ModelStatus(ModelKind.BUILT_IN, "built-in", "cpu", None), len)
    with pytest.raises(SettingsError, match="--llm"):
        describing(reader, DerivedKind.SUMMARY, load_prompts().describing)


def test_passage_is_found_by_what_the_model_wrote_until_that_is_taken_out(
    tmp_path: Path, server: ModelServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server says "Within 30 days [1]." to everything."""
    (tmp_path / "gifts.txt").write_text("Vouchers never expire.", encoding="utf-8")
    data = ["--data-dir", str(tmp_path / "data")]
    assert main(["sync", str(tmp_path / "gifts.txt"), *data]) == 0

    def score() -> float:
        capsys.readouterr()
        assert main(["search", "Within 30 days", "--json", *data]) == 0
        return float(json.loads(capsys.readouterr().out)[0]["score"])

    before = score()
    assert main(["enrich", "--llm", "qwen3", "--llm-url", server.url, *data]) == 0
    assert "1 passages are found by more words now" in capsys.readouterr().err
    assert score() > before
    assert main(["verify", *data]) == 0
    assert main(["enrich", "--remove", *data]) == 0
    assert score() == pytest.approx(before)
