"""What every test gets: no network but this machine's own, no hub, and a tiny chat model for those that ask for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.fake_hub import FakeHub

# Read by huggingface_hub when it is imported, so it must be set before any test module is.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["LANGSMITH_TRACING"] = "false"
for _proxy in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
    os.environ.pop(_proxy, None)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    # Connecting anywhere but to this machine raises; sockets themselves are free, as asyncio and servers need them.
    config.option.allow_hosts = "127.0.0.1,::1,localhost"
    config.option.allow_unix_socket = True


@pytest.fixture(scope="session")
def tiny_chat_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a chat model that answers with tests.app.tiny_model.ENGLISH_ANSWER or CHINESE_ANSWER."""
    from tests.app.tiny_model import train_tiny_model

    return train_tiny_model(tmp_path_factory.mktemp("models") / "tiny-chat")


@pytest.fixture
def fake_hub(tiny_chat_model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub on this machine that holds the tiny chat model as org/tiny."""
    from huggingface_hub import constants

    from tests.fake_hub import serve_hub

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with serve_hub(tiny_chat_model) as server:
        yield server
