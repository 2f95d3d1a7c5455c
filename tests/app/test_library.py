"""Several collections side by side, over real indexes: what each keeps to itself, and what they share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.conversations.kept import Asked
from app.settings import AppSettings
from app.types import Answer, AnswerReady, AskOptions, Citation, ModelChoice, Sentence
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


def test_renamed_default_collection_is_still_the_one_that_docent_starts_with(library: Library) -> None:
    question = Asked("How high?", library.home.collection, "built-in")
    conversation, _ = library.home.conversations.begin(OWNER, None, question)
    library.rename(library.home_id, "Balloons")
    assert library.home.conversations.collection(OWNER, conversation) == library.home.collection == "Balloons"
    assert id_of(library, "Balloons") == library.home_id
    assert "metres" in answer(library.home, "How high is the balloon's ceiling?")
    library.rename(library.home_id, "default")


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
    library.removals.close()
    assert not root.exists()
    assert "gone" not in [collection.name for collection in library.collections()]
    (kept,) = library.home.conversations.exchanges(OWNER, conversation)
    assert kept.answer is not None
    assert "trapdoor" not in kept.answer.text
    with pytest.raises(DocentError, match="not here any more"):
        library.workspace(id_)


def test_removed_collection_can_be_taken_back_and_until_then_nobody_is_shown_it(library: Library) -> None:
    id_ = id_of(library, "水壶 <b>")
    library.remove(id_)
    assert list(library.leaving()) == ["水壶 <b>"]
    assert [collection.id for collection in library.collections()] == [library.home_id]
    for ask in (library.workspace, library.remove):
        with pytest.raises(DocentError, match="not here any more"):
            ask(id_)
    with pytest.raises(IndexBusy, match="'水壶 <b>' is being removed"):
        library.create(" 水壶  <b>")
    library.removals.undo()
    assert library.leaving() == {}
    assert "citric acid" in answer(library.workspace(id_), KETTLE)


def test_removal_that_fails_is_told_and_the_collection_is_there_as_it_was(library: Library) -> None:
    id_ = library.create("busy")
    with held_elsewhere(library.workspace(id_)._engine.knowledge_base, "writing", "a sync"):
        library.remove(id_)
        library.removals.close()
    assert "is being written" in (library.problem or "")
    assert library.workspace(id_).documents() == []
    library.remove(id_)
    library.removals.close()
    assert library.problem is None


def test_removal_that_was_cut_short_is_finished_by_the_next_start(tmp_path: Path) -> None:
    storage = Storage(tmp_path, "gone")
    storage.prepare()
    (storage.documents / "secret.txt").write_text("The secret is a trapdoor.")
    with pytest.raises(KeyboardInterrupt):
        storage.delete(on_gone=_interrupted)
    library = Library(AppSettings(data_dir=tmp_path, device="cpu"))
    conversations = library.home.conversations
    quote = Citation(1, "secret.txt", None, None, 0, 25, "The secret is a trapdoor.")
    said = Answer("?", "?", (Sentence(quote.quote, (1,)),), (quote,), (), 0.9, False, True)
    conversation, exchange = conversations.begin(OWNER, None, Asked("The secret?", "gone", "built-in"))
    conversations.finish(exchange, answer=said)
    library.open()
    (kept,) = conversations.exchanges(OWNER, conversation)
    library.close()
    assert kept.answer is not None
    assert "trapdoor" not in kept.answer.text
    assert not storage.root.exists()


def _interrupted() -> None:
    raise KeyboardInterrupt


def test_home_collection_stays(library: Library) -> None:
    assert not library.can_be_removed(library.home_id)
    with pytest.raises(DocentError, match="was started with this collection"):
        library.remove(library.home_id)


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
