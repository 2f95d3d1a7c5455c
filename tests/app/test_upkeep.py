"""Claims about what surrounds a collection: tags, removals that wait, pace. No index, no model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.workspace.background import Background
from app.workspace.pace import Batch
from app.workspace.removals import Removals
from app.workspace.tags import MOST_CHARACTERS, Tags, clean_tag
from ingest.errors import IndexBusy, IndexMismatch
from ingest.types import DocumentState, Progress


def test_tags_are_there_after_a_restart(tmp_path: Path) -> None:
    tags = Tags(tmp_path / "tags.sqlite3")
    tags.add(["a.md", "合同.pdf"], "重要")
    tags.add(["a.md"], "2025")
    tags.add(["a.md"], "2025")
    tags.close()
    again = Tags(tmp_path / "tags.sqlite3")
    assert again.all() == {"a.md": ("2025", "重要"), "合同.pdf": ("重要",)}
    again.drop(["a.md"], "2025")
    assert again.all()["a.md"] == ("重要",)
    again.close()


def test_tags_follow_a_renamed_document_and_leave_with_a_removed_one(tmp_path: Path) -> None:
    path = tmp_path / "tags.sqlite3"
    tags = Tags(path)
    tags.add(["old.md", "secret.md"], "draft")
    tags.rename({"old.md": "new.md", "untagged.md": "other.md"})
    tags.forget(["secret.md", "untagged.md"])
    assert tags.all() == {"new.md": ("draft",)}
    tags.close()
    assert b"secret" not in path.read_bytes()


@pytest.mark.parametrize(
    ("typed", "tag"),
    [("  two \n words ", "two words"), ("\x00", "_"), ("   ", ""), ("长" * 99, "长" * MOST_CHARACTERS)],
)
def test_tag_is_one_short_line(typed: str, tag: str) -> None:
    assert clean_tag(typed) == tag


class Recorder:
    """Removes by writing down."""

    def __init__(self, error: Exception | None = None) -> None:
        self.removed: list[str] = []
        self.error = error

    def __call__(self, names: Sequence[str]) -> None:
        if self.error is not None:
            raise self.error
        self.removed.extend(names)


def wait_until_done(removals: Removals) -> None:
    deadline = time.monotonic() + 5
    while removals.waiting():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_removal_waits_and_is_then_carried_out() -> None:
    recorder = Recorder()
    removals = Removals(recorder, Background(), seconds=0.1)
    removals.schedule(["a.md"])
    removals.schedule(["b.md"])
    assert set(removals.waiting()) == {"a.md", "b.md"}
    assert recorder.removed == []
    wait_until_done(removals)
    assert recorder.removed == ["a.md", "b.md"]


def test_removal_that_is_taken_back_never_happens() -> None:
    recorder = Recorder()
    removals = Removals(recorder, Background(), seconds=0.05)
    removals.schedule(["a.md"])
    removals.undo()
    assert removals.waiting() == {}
    time.sleep(0.15)
    removals.close()
    assert recorder.removed == []


def test_closing_carries_out_at_once_what_still_waits() -> None:
    recorder = Recorder()
    removals = Removals(recorder, Background(), seconds=60)
    removals.schedule(["a.md"])
    removals.close()
    assert recorder.removed == ["a.md"]
    assert removals.waiting() == {}


def test_removal_that_fails_is_told_and_the_document_stays() -> None:
    background = Background()
    removals = Removals(Recorder(IndexBusy("Another process is writing.")), background, seconds=0.01)
    removals.schedule(["a.md"])
    wait_until_done(removals)
    assert background.problem is not None
    assert background.problem.text == "Another process is writing."
    assert not background.problem.is_mismatch


def test_mismatch_is_known_as_one_whatever_its_words() -> None:
    background = Background()

    def fail() -> None:
        raise IndexMismatch("任何话")

    background.attempt("embed", fail)
    assert background.problem is not None
    assert background.problem.is_mismatch


def test_pace_weighs_documents_by_their_size_and_foresees_the_end() -> None:
    batch = Batch()
    assert batch.pace(0) is None
    batch.step(Progress("small.txt", DocumentState.QUEUED), 100_000, 100)
    batch.step(Progress("large.pdf", DocumentState.QUEUED), 300_000, 100)
    start = batch.pace(100)
    assert start is not None
    assert (start.documents, start.done, start.share, start.seconds_left) == (2, 0, 0, None)
    batch.step(Progress("small.txt", DocumentState.READY, 20, 20), 100_000, 110)
    batch.step(Progress("large.pdf", DocumentState.EMBEDDING, 30, 90), 300_000, 120)
    now = batch.pace(120)
    assert now is not None
    assert (now.documents, now.done, now.share) == (2, 1, 0.5)
    assert now.passages_per_second == pytest.approx(2.5)
    assert now.seconds_left == pytest.approx(20)


def test_next_batch_begins_anew() -> None:
    batch = Batch()
    batch.step(Progress("a.txt", DocumentState.READY, 5, 5), 10, 0)
    batch.end()
    batch.step(Progress("b.txt", DocumentState.QUEUED), 10, 50)
    pace = batch.pace(51)
    assert pace is not None
    assert (pace.documents, pace.share) == (1, 0)
