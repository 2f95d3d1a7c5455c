"""What every test gets: no network but this machine's own, no hub, and a tiny chat model for those that ask for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.fake_hub import FakeHub

MOST_WORKERS = 4
WORKER_BYTES = 3_000_000_000  # one that has run tests of every kind holds 2.5 GB, without its browser and servers

# Read by huggingface_hub when it is imported, so it must be set before any test module is.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["LANGSMITH_TRACING"] = "false"
for _proxy in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
    os.environ.pop(_proxy, None)
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"  # the workers share the cores; more threads of torch would wait for each other


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    # Connecting anywhere but to this machine raises; sockets themselves are free, as asyncio and servers need them.
    config.option.allow_hosts = "127.0.0.1,::1,localhost"
    config.option.allow_unix_socket = True


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes share the tests. Chosen ones run in this process: they are done before workers would be up."""
    if config.option.keyword or config.getoption("lf", False) or any(".py" in argument for argument in config.args):
        return 0
    import psutil

    workers = (os.cpu_count() or 1) + 1  # a test of the page waits for a third of its time
    return min(MOST_WORKERS, workers, max(1, psutil.virtual_memory().available // WORKER_BYTES))


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
