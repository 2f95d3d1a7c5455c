"""A knowledge base on disk, filled by the real parser and a stand-in encoder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.knowledge_base import KnowledgeBase
from ingest.parse.isolated import ParserProcess
from ingest.pipeline import Pipeline
from ingest.settings import IngestSettings
from ingest.storage import Storage
from tests.ingest.fakes import WordEncoder
from tests.ingest.page_server import Pages
from tests.serving import serving


@pytest.fixture(scope="session")
def parser() -> Iterator[ParserProcess]:
    with ParserProcess(IngestSettings(parse_seconds=60)) as parser:
        yield parser


@pytest.fixture
def knowledge_base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    base = KnowledgeBase(Storage(tmp_path / "data"))
    base.storage.prepare()
    yield base
    base.close()


@pytest.fixture
def make_pipeline(knowledge_base: KnowledgeBase, parser: ParserProcess) -> Callable[..., Pipeline]:
    def make(encoder: WordEncoder | None = None) -> Pipeline:
        settings = IngestSettings(data_dir=knowledge_base.storage.root)
        return Pipeline(knowledge_base, encoder=encoder or WordEncoder(), parser=parser, settings=settings)

    return make


@pytest.fixture
def pipeline(make_pipeline: Callable[..., Pipeline]) -> Pipeline:
    return make_pipeline()


@pytest.fixture
def documents(knowledge_base: KnowledgeBase) -> Path:
    return knowledge_base.storage.documents


@pytest.fixture
def no_parsing(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called, it forbids parsing from then on."""

    def forbid() -> None:
        monkeypatch.setattr(ParserProcess, "start", lambda self, path: pytest.fail(f"{path} was parsed"))

    return forbid


@pytest.fixture
def pages() -> Iterator[Pages]:
    with serving(Pages()) as server:
        yield server
