"""The client against a real server: `transformers serve` with the tiny model."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.language_models import FakeListChatModel

from app.models import LoadedModel, load_model
from app.settings import AppSettings
from tests.app.tiny_model import CHINESE_ANSWER, ENGLISH_ANSWER

pytest.importorskip("fastapi", reason="transformers[serving] is not installed")

_START_SECONDS = 120


@pytest.fixture(scope="module")
def served(tiny_chat_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server that has the tiny model."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("serve") / "log"
    command = [Path(sys.executable).with_name("transformers"), "serve", tiny_chat_model]
    options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*map(str, command), *options], stdout=output, stderr=output, env={**os.environ, "OMP_NUM_THREADS": "1"}
        )
        try:
            _wait(f"http://127.0.0.1:{port}/health", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text(errors="replace")
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.3)
        else:
            return
    pytest.fail(f"the server did not start: {log.read_text(errors='replace')}")


@pytest.fixture
def loaded(served: str, tiny_chat_model: Path) -> LoadedModel:
    settings = AppSettings(llm=str(tiny_chat_model), llm_url=served)
    return load_model(settings, reader=lambda: FakeListChatModel(responses=[]))


def test_real_server_is_found_without_its_v1(loaded: LoadedModel, served: str) -> None:
    assert loaded.status.device == f"{served}/v1"


@pytest.mark.parametrize(
    ("question", "answer"),
    [("When may I return an order?", ENGLISH_ANSWER), ("商品多少天内可以退货？", CHINESE_ANSWER)],
)
def test_real_server_streams_the_answer(loaded: LoadedModel, question: str, answer: str) -> None:
    pieces = [chunk.text for chunk in loaded.chat_model.bind(temperature=0.0).stream(question) if chunk.text]
    assert "".join(pieces) == answer
    assert len(pieces) > 3


def test_real_server_obeys_max_tokens(loaded: LoadedModel) -> None:
    text = loaded.chat_model.bind(temperature=0.0, max_tokens=3).invoke("When may I return an order?").text
    assert text
    assert ENGLISH_ANSWER.startswith(text.strip())
    assert text.strip() != ENGLISH_ANSWER
