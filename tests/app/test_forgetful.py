"""Whatever takes text out of a collection takes it out of kept conversations: the engine, and the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.conversations import FILE, Conversations
from app.conversations.kept import Asked, is_gone
from app.engine import Engine
from app.main import main
from app.settings import AppSettings
from app.types import Answer, Citation, Sentence

ME = "me"
TEXT = "The balloon rises to three thousand metres."
NAME = "balloon.txt"


def remove_in_the_page(data: Path) -> None:
    engine = Engine(AppSettings(data_dir=data, device="cpu"))
    engine.pipeline().remove([NAME])
    engine.close()


def remove_by_command(data: Path) -> None:
    assert main(["remove", NAME, "--data-dir", str(data), "--device", "cpu"]) == 0


def remove_everything(data: Path) -> None:
    assert main(["remove", "--everything", "--data-dir", str(data), "--device", "cpu"]) == 0
    assert not (data / "index").exists()


def replace_the_file(data: Path) -> None:
    (data / "documents" / NAME).write_text("Balloons were given up.", encoding="utf-8")
    assert main(["sync", "--data-dir", str(data), "--device", "cpu"]) == 0


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("forgetful")
    (data / "documents").mkdir()
    (data / "documents" / NAME).write_text(TEXT, encoding="utf-8")
    assert main(["sync", "--data-dir", str(data), "--device", "cpu"]) == 0
    return data


@pytest.mark.parametrize("go", [remove_in_the_page, replace_the_file, remove_by_command, remove_everything])
def test_text_that_goes_is_in_no_conversation(indexed: Path, go: Callable[[Path], None]) -> None:
    if not (indexed / "documents" / NAME).exists() or TEXT not in (indexed / "documents" / NAME).read_text("utf-8"):
        (indexed / "documents").mkdir(exist_ok=True)
        (indexed / "documents" / NAME).write_text(TEXT, encoding="utf-8")
        assert main(["sync", "--data-dir", str(indexed), "--device", "cpu"]) == 0
    conversations = Conversations(indexed / FILE)
    conversation = quoted(conversations)
    go(indexed)
    (kept,) = conversations.exchanges(ME, conversation)
    assert kept.answer is not None
    assert [is_gone(citation) for citation in kept.answer.citations] == [True]
    conversations.close()
    assert TEXT.encode() not in b"".join(file.read_bytes() for file in indexed.glob(f"{FILE}*"))


def sync_by_command(data: Path) -> None:
    assert main(["sync", "--data-dir", str(data), "--device", "cpu"]) == 0


def sync_in_the_page(data: Path) -> None:
    engine = Engine(AppSettings(data_dir=data, device="cpu"))
    engine.pipeline().sync(report=lambda progress: None)
    engine.close()


@pytest.mark.parametrize("sync", [sync_by_command, sync_in_the_page])
def test_quotes_follow_a_document_to_its_new_name(indexed: Path, sync: Callable[[Path], None]) -> None:
    (indexed / "documents").mkdir(exist_ok=True)
    (indexed / "documents" / NAME).write_text(TEXT, encoding="utf-8")
    sync(indexed)
    conversations = Conversations(indexed / FILE)
    conversation = quoted(conversations)
    (indexed / "documents" / NAME).rename(indexed / "documents" / "Ballon 气球.txt")
    sync(indexed)
    (kept,) = conversations.exchanges(ME, conversation)
    assert kept.answer is not None
    assert [(c.document, c.quote) for c in kept.answer.citations] == [("Ballon 气球.txt", TEXT)]
    assert kept.asked.scope == ("Ballon 气球.txt",)
    (indexed / "documents" / "Ballon 气球.txt").unlink()
    sync(indexed)
    (kept,) = conversations.exchanges(ME, conversation)
    assert kept.answer is not None
    assert is_gone(kept.answer.citations[0])
    conversations.close()


def quoted(conversations: Conversations) -> str:
    """A kept conversation that quotes the document."""
    conversation, exchange = conversations.begin(ME, None, Asked("How high?", "default", "built-in", (NAME,)))
    citation = Citation(1, NAME, None, None, 0, len(TEXT), TEXT)
    said = Answer("How high?", "How high?", (Sentence(TEXT, (1,)),), (citation,), (), 0.9, False, True)
    conversations.finish(exchange, answer=said)
    return conversation
