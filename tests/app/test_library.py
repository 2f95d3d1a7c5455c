"""Several collections side by side, over real indexes: what each keeps to itself, and what they share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.conversations.kept import Asked
from app.settings import AppSettings
from app.types import Answer, AnswerReady, AskOptions, ModelChoice
from app.workspace import Library, Workspace
from ingest.errors import DocentError, IndexBusy
from ingest.storage import Storage
from ingest.types import DocumentState
from tests.app.model_server import ModelServer
from tests.app.test_workspace import wait_for
from tests.ingest.test_knowledge_base import held_elsewhere

OWNER = "someone"
KETTLE = "Which acid descales the kettle?"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Two collections: the default one with a document about balloons, and one about kettles."""
    data = tmp_path_factory.mktemp("library")
    (data / "documents").mkdir()
    (data / "documents" / "balloon.txt").write_text("The balloon's ceiling is three thousand two hundred metres.")
    library = Library(AppSettings(data_dir=data, device="cpu"))
    library.open()
    library.warm_up()
    source = data / "kettle.txt"
    source.write_text("Descale the kettle once a month with forty grams of citric acid.")
    kettles = library.workspace(library.create("水壶 <b>"))
    kettles.upload([source])
    for workspace in (library.home, kettles):
        wait_for(lambda: any(record.state is DocumentState.READY for record in workspace.documents()))  # noqa: B023
    yield library
    library.close()


def id_of(library: Library, name: str) -> str:
    return next(collection.id for collection in library.collections() if collection.name == name)


def asked(workspace: Workspace, question: str) -> Answer:
    *_, last = workspace.stream(question, (), AskOptions())
    assert isinstance(last, AnswerReady)
    return last.answer


def answer(workspace: Workspace, question: str) -> str:
    said = asked(workspace, question)
    return "" if said.refused else said.text


def test_each_collection_answers_from_its_own_documents(library: Library) -> None:
    kettles = library.workspace(id_of(library, "水壶 <b>"))
    assert "citric acid" in answer(kettles, KETTLE)
    assert answer(library.home, KETTLE) == ""
    assert [record.name for record in kettles.documents()] == ["kettle.txt"]
    assert [record.name for record in library.home.documents()] == ["balloon.txt"]


def test_models_and_processes_are_there_once(library: Library) -> None:
    home, kettles = library.home._engine, library.workspace(id_of(library, "水壶 <b>"))._engine
    assert home.serving_encoder() is kettles.serving_encoder()
    assert home.resources is kettles.resources
    assert library.home.answering is library.workspace(id_of(library, "水壶 <b>")).answering


def test_model_that_is_chosen_answers_in_all_collections(library: Library, server: ModelServer) -> None:
    kettles = library.workspace(id_of(library, "水壶 <b>"))
    assert asked(kettles, KETTLE).quoted
    library.home.use_model(ModelChoice("qwen3", server.url))
    composed = [asked(kettles, KETTLE), asked(library.home, "How high is the balloon's ceiling?")]
    library.home.use_model(ModelChoice("built-in"))
    assert [one.quoted for one in composed] == [False, False]
    assert "citric acid" in answer(kettles, KETTLE)


def test_renamed_collection_answers_on_and_takes_its_conversations_along(library: Library) -> None:
    id_ = id_of(library, "水壶 <b>")
    workspace = library.workspace(id_)
    question = Asked(KETTLE, workspace.collection, "built-in")
    conversation, _ = workspace.conversations.begin(OWNER, None, question)
    library.rename(id_, "Kettles")
    assert id_of(library, "Kettles") == id_
    assert workspace.conversations.collection(OWNER, conversation) == workspace.collection == "Kettles"
    assert "citric acid" in answer(library.workspace(id_), KETTLE)
    with pytest.raises(DocentError, match="already"):
        library.create("Kettles")
    library.rename(id_, "水壶 <b>")


def test_removed_collection_leaves_nothing_behind(library: Library, tmp_path: Path) -> None:
    id_ = library.create("gone")
    workspace = library.workspace(id_)
    source = tmp_path / "secret.txt"
    source.write_text("The secret of the house is a trapdoor.")
    workspace.upload([source])
    wait_for(lambda: any(record.chunks for record in workspace.documents()))
    said = asked(workspace, "What is the secret of the house?")
    assert "trapdoor" in said.text
    conversation, exchange = workspace.conversations.begin(OWNER, None, Asked("The secret?", "gone", "built-in"))
    workspace.conversations.finish(exchange, answer=said)
    root = workspace._engine.knowledge_base.storage.root
    library.remove(id_)
    assert not root.exists()
    assert "gone" not in [collection.name for collection in library.collections()]
    (kept,) = library.home.conversations.exchanges(OWNER, conversation)
    assert kept.answer is not None
    assert "trapdoor" not in kept.answer.text
    with pytest.raises(DocentError, match="not here any more"):
        library.workspace(id_)


def test_home_collection_stays(library: Library) -> None:
    assert not library.can_be_removed(library.home_id)
    with pytest.raises(DocentError, match="was started with this collection"):
        library.remove(library.home_id)
    with pytest.raises(DocentError, match="keeps its name"):
        library.rename(library.home_id, "other")


def test_collection_that_another_server_has_is_told_and_the_others_go_on(library: Library) -> None:
    id_ = library.create("elsewhere")
    storage = Storage(library.home.settings.data_dir, "elsewhere")
    with held_elsewhere(_Held(storage), "serving"), pytest.raises(IndexBusy, match="already serves"):  # type: ignore[arg-type]
        library.workspace(id_)
    assert library.workspace(id_).documents() == []
    assert [record.name for record in library.home.documents()] == ["balloon.txt"]
    library.remove(id_)


class _Held:
    """What `held_elsewhere` needs to know of a knowledge base."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
