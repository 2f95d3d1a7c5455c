"""What the page talks to, from a first start on an empty folder: nothing replaced."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.samples import SUGGESTIONS, sample_files
from app.settings import AppSettings
from app.types import AnswerReady, AskOptions, Language, ModelChoice, ModelKind
from app.workspace import Library, Workspace
from app.workspace.upkeep import Outcome, Task
from ingest.errors import ModelUnavailable, UnknownDocument
from ingest.types import DocumentState, Progress


def wait_for(condition: Callable[[], bool], *, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def workspace(data: Path) -> Iterator[Workspace]:
    library = Library(AppSettings(data_dir=data, device="cpu"))
    library.open()
    workspace = library.home
    with pytest.raises(ModelUnavailable, match="warming up"):
        workspace.stream("Who won the football world cup in 1994?", (), AskOptions())
    library.warm_up()
    assert not workspace.status().ready
    assert refused(workspace, "Who won the football world cup in 1994?")  # at once; answered when the models are there
    assert workspace.status().ready
    wait_for(lambda: len(workspace.documents()) == len(sample_files()) and not workspace.progress())
    yield workspace
    library.close()


def state(workspace: Workspace, name: str) -> DocumentState | None:
    return next((record.state for record in workspace.documents() if record.name == name), None)


def refused(workspace: Workspace, question: str) -> bool:
    *_, last = workspace.stream(question, (), AskOptions())
    assert isinstance(last, AnswerReady)
    return last.answer.refused


def test_first_start_brings_the_sample_handbook_and_questions_about_it(workspace: Workspace) -> None:
    assert {record.state for record in workspace.documents()} == {DocumentState.READY}
    assert workspace.suggestions(Language.ENGLISH) == list(SUGGESTIONS[Language.ENGLISH])
    status = workspace.status()
    assert status.model is not None
    assert (status.model.kind, status.encoder, status.problem) == (ModelKind.BUILT_IN, "multilingual-e5-small", None)


@pytest.mark.parametrize("language", list(Language))
def test_every_suggested_question_is_answered(workspace: Workspace, language: Language) -> None:
    assert [question for question in SUGGESTIONS[language] if refused(workspace, question)] == []


def test_upload_becomes_searchable_and_a_removed_document_answers_no_more(workspace: Workspace, tmp_path: Path) -> None:
    source = tmp_path / "飞行手册.txt"
    source.write_text("热气球的最大飞行高度是三千二百米。\n\n气囊每两年检查一次。", encoding="utf-8")
    question = "热气球的最大飞行高度是多少？"
    assert refused(workspace, question)
    assert workspace.upload([source]) == [source.name]
    assert state(workspace, source.name) is not None
    wait_for(lambda: state(workspace, source.name) is DocumentState.READY)
    assert not refused(workspace, question)
    assert workspace.stored_text(source.name).startswith("热气球")
    workspace.remove([source.name])
    assert state(workspace, source.name) is None
    assert refused(workspace, question)
    with pytest.raises(UnknownDocument):
        workspace.stored_text(source.name)


def test_document_about_to_be_removed_answers_no_more_and_can_be_kept(workspace: Workspace, tmp_path: Path) -> None:
    source = tmp_path / "balloon.txt"
    source.write_text("The balloon's ceiling is three thousand two hundred metres.", encoding="utf-8")
    question = "What is the ceiling of the balloon?"
    workspace.upload([source], names=["rules/./aéro/balloon.txt"])
    name = "rules/_/aéro/balloon.txt"
    wait_for(lambda: state(workspace, name) is DocumentState.READY)
    workspace.tags.add([name], "flying")
    workspace.removals.schedule([name])
    assert refused(workspace, question)
    with pytest.raises(UnknownDocument, match="about to be removed"):
        workspace.stream(question, (), AskOptions(documents=(name,)))
    workspace.removals.undo()
    assert not refused(workspace, question)
    workspace.removals.schedule([name])
    workspace.removals.close()
    assert state(workspace, name) is None
    assert workspace.tags.all() == {}


def test_unchanged_document_is_read_again_when_asked_and_the_index_is_sound(workspace: Workspace) -> None:
    name = sample_files()[0].name
    workspace.read_again([name])
    assert workspace.pace() is not None
    wait_for(lambda: not workspace.progress())
    assert state(workspace, name) is DocumentState.READY
    workspace.upkeep.start(Task.VERIFY)
    wait_for(lambda: workspace.upkeep.state().outcome is not None)
    assert workspace.upkeep.state().outcome == Outcome(Task.VERIFY)
    found = workspace.contents.passages(name, first=1, count=2)
    assert [stored.chunk.ordinal for stored in found.passages] == [1, 2]
    assert all(stored.chunk.text in workspace.contents.text(name) for stored in found.passages)
    assert min(stored.tokens for stored in found.passages) > 0


def test_storage_counts_what_lies_on_disk(workspace: Workspace) -> None:
    use = workspace.upkeep.storage()
    assert use.documents == sum(path.stat().st_size for path in sample_files())
    assert use.index > use.documents / 10
    assert use.free > 0


def test_unreadable_upload_fails_alone_and_can_be_tried_again(workspace: Workspace, tmp_path: Path) -> None:
    source = tmp_path / "broken.pdf"
    source.write_bytes(b"%PDF-1.7 nothing")
    workspace.upload([source])
    wait_for(lambda: state(workspace, source.name) is DocumentState.FAILED)
    workspace.retry(source.name)
    wait_for(lambda: not workspace.progress())
    assert state(workspace, source.name) is DocumentState.FAILED
    workspace.remove([source.name])


def test_cancelled_upload_fails_at_once_and_a_retry_brings_it_in(workspace: Workspace, tmp_path: Path) -> None:
    source = tmp_path / "long.txt"
    source.write_text("\n\n".join(f"Rule {n} says that {n} is a number. " * 8 for n in range(1500)), encoding="utf-8")
    later = tmp_path / "later.txt"
    later.write_text("Balloons rise in the morning.")
    workspace.upload([source])
    wait_for(lambda: workspace.progress().get(source.name, Progress("", DocumentState.QUEUED)).done > 0)
    workspace.upload([later])
    workspace.cancel([source.name, later.name])
    assert workspace.progress() == {}
    wait_for(lambda: state(workspace, source.name) is DocumentState.FAILED, seconds=30)
    wait_for(lambda: state(workspace, later.name) is DocumentState.FAILED, seconds=30)
    workspace.retry(later.name)
    wait_for(lambda: state(workspace, later.name) is DocumentState.READY)
    workspace.remove([source.name, later.name])


def test_everything_is_embedded_anew_while_questions_are_answered(workspace: Workspace) -> None:
    before = workspace.documents()
    generation = workspace._engine.knowledge_base.storage.current()
    workspace.reembed()
    question = SUGGESTIONS[Language.ENGLISH][0]
    while workspace._engine.knowledge_base.storage.current() == generation:
        assert not refused(workspace, question)
    wait_for(lambda: not workspace.progress())
    assert workspace.documents() == before
    assert not refused(workspace, question)
    assert workspace.status().problem is None


def test_model_that_cannot_be_loaded_leaves_the_old_one_answering(workspace: Workspace) -> None:
    with pytest.raises(ModelUnavailable):
        workspace.use_model(ModelChoice("/nowhere/at/all"))
    assert not refused(workspace, SUGGESTIONS[Language.ENGLISH][0])


def test_model_can_be_changed_while_it_runs(workspace: Workspace, tiny_chat_model: Path) -> None:
    assert workspace.use_model(ModelChoice(str(tiny_chat_model))).kind is ModelKind.TRANSFORMERS
    *_, last = workspace.stream(SUGGESTIONS[Language.ENGLISH][0], (), AskOptions(max_tokens=20))
    assert isinstance(last, AnswerReady)
    assert not last.answer.quoted
    assert workspace.use_model(ModelChoice("built-in")).kind is ModelKind.BUILT_IN


def test_second_server_on_the_same_data_is_refused(workspace: Workspace, data: Path) -> None:
    command = [sys.executable, "-m", "app.main", "serve", "--port", "0", "--data-dir", str(data)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    assert "already serves" in result.stderr


def test_samples_are_not_put_beside_documents_of_the_users_own(tmp_path: Path) -> None:
    library = Library(AppSettings(data_dir=tmp_path, device="cpu"))
    library.open()
    first = library.home
    (tmp_path / "documents" / "own.txt").write_text("A document of the user's own, put there by hand.")
    library.warm_up()
    wait_for(lambda: state(first, "own.txt") is DocumentState.READY)
    assert [record.name for record in first.documents()] == ["own.txt"]
    library.close()
