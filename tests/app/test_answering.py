"""Who answers, from one start to the next; over the sample handbook, with nothing replaced."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.answering import Answering
from app.asking import Asking
from app.engine import Engine
from app.main import main
from app.own_prompts import answer_file
from app.preferences import FILE, PreferenceStore
from app.prompt import prompt_text
from app.settings import AppSettings
from app.types import AnswerReady, AnswerStyle, AskOptions, Language, ModelChoice, ModelKind
from ingest.errors import ModelUnavailable, SettingsError
from tests.app.model_server import CHAT, MODELS, ModelServer, listing, serve, stream

QUESTION = "How long is a gift card valid?"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serve({MODELS: listing("qwen3", max_model_len=8192), CHAT: stream("Three years [1].")}) as running:
        yield running


class Start:
    """One start of Docent on the handbook, with the settings file in a folder of the test's own."""

    def __init__(self, handbook: Path, folder: Path) -> None:
        self.preferences = PreferenceStore(AppSettings(data_dir=folder))
        settings = self.preferences.with_model(AppSettings(data_dir=handbook, device="cpu"))
        self.engine = Engine(settings)
        prompts = self.engine.resources.own_prompts
        self.answering = Answering(settings, self.preferences, prompts, load=self.engine.load_model)
        self.asking = Asking(self.engine, self.answering)

    def close(self) -> None:
        self.engine.close()


def says(asking: Asking, options: AskOptions | None = None) -> str:
    *_, last = asking.stream(QUESTION, (), options or AskOptions())
    assert isinstance(last, AnswerReady)
    return last.answer.text


def test_chosen_server_answers_again_after_a_restart(handbook: Path, tmp_path: Path, server: ModelServer) -> None:
    with closing(Start(handbook, tmp_path)) as first:
        first.answering.load()
        assert first.answering.use(ModelChoice("qwen3", server.url)).kind is ModelKind.SERVER
    with closing(Start(handbook, tmp_path)) as second:
        second.answering.load()
        assert "Three years" in says(second.asking)
        assert second.answering.problem is None


def test_chosen_server_that_is_gone_leaves_the_built_in_reader_and_says_so(
    handbook: Path, tmp_path: Path, server: ModelServer
) -> None:
    (tmp_path / FILE).write_text(json.dumps({"llm": "qwen3", "llm_url": "http://127.0.0.1:9/v1"}))
    with closing(Start(handbook, tmp_path)) as start:
        start.answering.load()
        assert start.answering.status is not None
        assert start.answering.status.kind is ModelKind.BUILT_IN
        assert "Until then the built-in reader answers" in (start.answering.problem or "")
        assert says(start.asking)
        start.answering.use(ModelChoice("qwen3", server.url))
        assert start.answering.problem is None


def test_chosen_hub_model_that_is_gone_is_not_fetched_unasked(handbook: Path, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps({"llm": "org/gone"}))
    with closing(Start(handbook, tmp_path)) as start:
        start.answering.load()
        assert "org/gone was chosen and is not on this machine any more" in (start.answering.problem or "")


def test_failed_switch_keeps_the_old_model_and_what_was_kept(handbook: Path, tmp_path: Path) -> None:
    with closing(Start(handbook, tmp_path)) as start:
        with pytest.raises(ModelUnavailable, match="warming up"):
            says(start.asking)
        start.answering.load()
        before = says(start.asking)
        with pytest.raises(ModelUnavailable, match="No server can be reached"):
            start.answering.use(ModelChoice("qwen3", "http://127.0.0.1:9/v1"))
        assert says(start.asking) == before
        assert not (tmp_path / FILE).exists()


def test_preview_is_what_the_model_is_sent(handbook: Path, tmp_path: Path, server: ModelServer) -> None:
    options = AskOptions(style=AnswerStyle.CUSTOM, instructions="Answer in verse.", top_k=2)
    with closing(Start(handbook, tmp_path)) as start:
        start.answering.load()
        start.answering.use(ModelChoice("qwen3", server.url))
        says(start.asking, options)
        sent = [message["content"] for message in server.asked()["messages"]]
        assert [message.text for message in start.asking.preview(QUESTION, options)] == sent
        assert "Answer in verse." in sent[0]


def test_preview_of_a_bad_draft_names_the_fault(handbook: Path, tmp_path: Path) -> None:
    name = answer_file(Language.ENGLISH)
    with closing(Start(handbook, tmp_path)) as start:
        start.answering.load()
        with pytest.raises(SettingsError, match=r"lacks \{question\}"):
            start.asking.preview(QUESTION, AskOptions(), {name: prompt_text(name).replace("{question}", "")})


def test_memory_of_this_machine_is_told(handbook: Path, tmp_path: Path) -> None:
    with closing(Start(handbook, tmp_path)) as start:
        memory = start.answering.memory()
    assert 0 < memory.process_bytes < memory.total_bytes
    assert 0 < memory.free_bytes <= memory.total_bytes
    assert not memory.is_gpu


def test_terminal_answers_as_the_page_was_set(
    tmp_path: Path, server: ModelServer, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / FILE).write_text(json.dumps({"llm": "qwen3", "llm_url": server.url}))
    assert main(["doctor", "--data-dir", str(tmp_path)]) == 0
    assert "qwen3 (server)" in capsys.readouterr().out
    assert main(["doctor", "--llm", "built-in", "--data-dir", str(tmp_path)]) == 0
    assert "built-in (built-in)" in capsys.readouterr().out
