"""The sample handbook, indexed once with the built-in encoder, and an engine that answers from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.engine import Engine
from app.samples import FOLDER
from app.settings import AppSettings
from tests.app.model_server import CHAT, MODELS, ModelServer, listing, serve, stream


@pytest.fixture(scope="session")
def handbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the samples in it, ready to be asked. Read only."""
    data = tmp_path_factory.mktemp("handbook")
    engine = Engine(AppSettings(data_dir=data, device="cpu"))
    summary = engine.pipeline().sync([FOLDER], report=lambda progress: None)
    engine.close()
    assert not summary.rejected
    return data


@pytest.fixture(scope="session")
def engine(handbook: Path) -> Iterator[Engine]:
    engine = Engine(AppSettings(data_dir=handbook, device="cpu"))
    yield engine
    engine.close()


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serve({MODELS: listing("qwen3"), CHAT: stream("Within ", "30 days", " [1].")}) as running:
        yield running
