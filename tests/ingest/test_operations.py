"""Rename, repeat, re-embed, cancel, retry, resume, repair: what a collection goes through and loses nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.errors import IndexUnusable, ModelUnavailable
from ingest.knowledge_base import KnowledgeBase
from ingest.look_ahead import CANCELLED, Cancellation
from ingest.parse import parse
from ingest.parse.isolated import ParserProcess
from ingest.pipeline import Pipeline
from ingest.settings import IngestSettings
from ingest.types import DocumentState, ParsedDocument, Progress
from tests.ingest.fakes import FailingEncoder, WordEncoder, ignore, write
from tests.ingest.test_pipeline import APPLES, PEARS, PLUMS, assert_consistent, found, states, sync

Make = Callable[..., Pipeline]
Forbid = Callable[[], None]


# --- renames and repetitions ------------------------------------------------------------------------------------------


def test_renamed_file_is_neither_parsed_nor_embedded(
    pipeline: Pipeline, make_pipeline: Make, knowledge_base: KnowledgeBase, documents: Path
) -> None:
    class Unused(WordEncoder):
        def _encode(self, texts: object, prefix: str) -> object:  # type: ignore[override]
            pytest.fail("it was embedded")

    (path,) = write(documents, apples=APPLES)
    sync(pipeline)
    added_at = knowledge_base.records()[0].added_at
    (documents / "fruit").mkdir()
    path.rename(documents / "fruit" / "red.txt")
    summary = make_pipeline(Unused()).sync(report=ignore)
    assert summary.renamed == {"fruit/red.txt": "apples.txt"}
    assert (summary.ready, summary.removed) == ([], [])
    assert found(knowledge_base, "red") == {"fruit/red.txt"}
    assert knowledge_base.records()[0].added_at == added_at
    assert_consistent(knowledge_base)


def test_file_renamed_in_a_given_folder_leaves_no_copy_under_its_old_name(
    pipeline: Pipeline, knowledge_base: KnowledgeBase, documents: Path, tmp_path: Path
) -> None:
    (path,) = write(tmp_path / "outside", apples=APPLES)
    sync(pipeline, tmp_path / "outside")
    path.rename(path.with_name("red.txt"))
    summary = pipeline.sync([tmp_path / "outside"], report=ignore)
    assert summary.renamed == {"red.txt": "apples.txt"}
    assert [file.name for file in documents.iterdir()] == ["red.txt"]
    assert sync(pipeline) == []


def test_repetition_is_told(pipeline: Pipeline, knowledge_base: KnowledgeBase, documents: Path) -> None:
    write(documents, apples=APPLES, again=APPLES, pears=PEARS)
    summary = pipeline.sync(report=ignore)
    assert summary.duplicates == {"apples.txt": "again.txt"}
    assert {record.name: record.reason for record in knowledge_base.records()} == {
        "again.txt": None,
        "apples.txt": "The same content as 'again.txt'.",
        "pears.txt": None,
    }


def test_deleted_folder_takes_its_documents_along(
    pipeline: Pipeline, knowledge_base: KnowledgeBase, documents: Path
) -> None:
    write(documents / "fruit", apples=APPLES)
    sync(pipeline)
    shutil.rmtree(documents / "fruit")
    sync(pipeline)
    assert states(knowledge_base) == {}


def test_busy_files_are_left_alone(pipeline: Pipeline, knowledge_base: KnowledgeBase, documents: Path) -> None:
    apples, pears, plums = write(documents, apples=APPLES, pears=PEARS, plums=PLUMS)
    pipeline.sync(report=ignore, busy=[plums.resolve()])
    assert set(states(knowledge_base)) == {"apples.txt", "pears.txt"}
    apples.unlink()
    pears.unlink()
    pipeline.sync(report=ignore, busy=[pears.resolve()])
    assert set(states(knowledge_base)) == {"pears.txt", "plums.txt"}


# --- anew from the stored text ----------------------------------------------------------------------------------------


def test_another_encoder_takes_over_from_the_stored_text(
    pipeline: Pipeline, make_pipeline: Make, knowledge_base: KnowledgeBase, documents: Path, no_parsing: Forbid
) -> None:
    write(documents, apples=APPLES, pears=PEARS, empty="")
    sync(pipeline)
    before = knowledge_base.records()
    no_parsing()
    other = make_pipeline(WordEncoder("other", weights="1" * 64))
    other.reembed(report=ignore)
    assert knowledge_base.records() == before
    assert found(knowledge_base, "red") == {"apples.txt"}
    with knowledge_base.reading() as generation:
        assert generation.fingerprint is not None
        assert generation.fingerprint.encoder.setting == "other"
        assert generation.catalog.parsed("apples.txt") is not None
    assert_consistent(knowledge_base)
    assert sync(other) == []


def test_failed_reembedding_leaves_the_old_generation_serving(
    pipeline: Pipeline, make_pipeline: Make, knowledge_base: KnowledgeBase, documents: Path
) -> None:
    write(documents, apples=APPLES)
    sync(pipeline)
    current = knowledge_base.storage.current()
    with pytest.raises(ModelUnavailable):
        make_pipeline(FailingEncoder("other", weights="1" * 64)).reembed(report=ignore)
    assert knowledge_base.storage.current() == current
    assert found(knowledge_base, "red") == {"apples.txt"}


def test_reembedding_parses_what_an_older_docent_stored_without_structure(
    pipeline: Pipeline, knowledge_base: KnowledgeBase, documents: Path
) -> None:
    write(documents, apples=APPLES, pears=PEARS)
    sync(pipeline)
    with knowledge_base.reading() as generation, generation.catalog._database.transaction() as connection:
        connection.execute("UPDATE documents SET layout = NULL WHERE name = 'apples.txt'")
    pipeline.reembed(report=ignore)
    with knowledge_base.reading() as generation:
        assert generation.catalog.parsed("apples.txt") is not None
    assert found(knowledge_base, "red") == {"apples.txt"}


def test_changed_file_waits_through_a_reembedding_and_comes_in_with_the_next_sync(
    pipeline: Pipeline, knowledge_base: KnowledgeBase, documents: Path
) -> None:
    write(documents, fruit=APPLES)
    sync(pipeline)
    write(documents, fruit=PEARS)
    pipeline.reembed(report=ignore)
    assert found(knowledge_base, "red") == {"fruit.txt"}
    sync(pipeline)
    assert (found(knowledge_base, "red"), found(knowledge_base, "green")) == (set(), {"fruit.txt"})


# --- cancel, retry, resume --------------------------------------------------------------------------------------------


def slow(path: Path, *, max_pages: int, ocr: bool, ocr_seconds: float) -> ParsedDocument:
    """Parses, but never gets to the end of a file that says so; runs in the worker."""
    if "endless" in path.read_text():
        while True:
            os.getpid()
    return parse(path, max_pages=max_pages, ocr=ocr, ocr_seconds=ocr_seconds)


@pytest.fixture(scope="module")
def slow_parser() -> Iterator[ParserProcess]:
    with ParserProcess(IngestSettings(), parse=slow) as parser:
        yield parser


def cancelling(base: KnowledgeBase, parser: ParserProcess, cancellation: Cancellation) -> Pipeline:
    settings = IngestSettings(data_dir=base.storage.root, batch_size=1)
    return Pipeline(base, encoder=WordEncoder(), parser=parser, settings=settings, cancellation=cancellation)


def test_cancelled_parsing_is_stopped_and_the_next_files_come_in(
    knowledge_base: KnowledgeBase, documents: Path, slow_parser: ParserProcess
) -> None:
    write(documents, apples=APPLES, book="An endless book.", pears=PEARS, plums=PLUMS)
    cancellation = Cancellation()

    def report(progress: Progress) -> None:
        if (progress.document, progress.state) == ("book.txt", DocumentState.PARSING):
            cancellation.cancel(["book.txt", "plums.txt"])

    summary = cancelling(knowledge_base, slow_parser, cancellation).sync(report=report)
    assert summary.rejected == {"book.txt": CANCELLED, "plums.txt": CANCELLED}
    assert states(knowledge_base) == {
        "apples.txt": DocumentState.READY,
        "book.txt": DocumentState.FAILED,
        "pears.txt": DocumentState.READY,
        "plums.txt": DocumentState.FAILED,
    }
    assert not cancellation


def test_cancelled_embedding_stops_between_batches_and_a_retry_does_not_parse_again(
    knowledge_base: KnowledgeBase, documents: Path, parser: ParserProcess, no_parsing: Forbid
) -> None:
    (path,) = write(documents, list="\n\n".join(f"第{n}条：保修期为{n}天，" + "内容" * 150 for n in range(20)))
    cancellation = Cancellation()
    embedded = []

    def report(progress: Progress) -> None:
        embedded.append(progress.done)
        if progress.done == 2:
            cancellation.cancel(["list.txt"])

    pipeline = cancelling(knowledge_base, parser, cancellation)
    assert pipeline.sync(report=report).rejected == {"list.txt": CANCELLED}
    assert max(embedded) == 2
    with knowledge_base.reading() as generation:
        assert len(generation.vectors) == 0
    no_parsing()
    assert pipeline.sync([path], report=ignore).ready == ["list.txt"]
    assert_consistent(knowledge_base)


def test_cancelled_replacement_keeps_the_old_version_until_the_next_sync(
    knowledge_base: KnowledgeBase, documents: Path, parser: ParserProcess
) -> None:
    cancellation = Cancellation()
    pipeline = cancelling(knowledge_base, parser, cancellation)
    write(documents, fruit=APPLES)
    sync(pipeline)
    write(documents, fruit=PEARS)
    cancellation.cancel(["fruit.txt"])
    sync(pipeline)
    (record,) = knowledge_base.records()
    assert record.state is DocumentState.READY
    assert "version before" in str(record.reason)
    assert found(knowledge_base, "red") == {"fruit.txt"}
    sync(pipeline)
    assert found(knowledge_base, "green") == {"fruit.txt"}
    assert knowledge_base.records()[0].reason is None


def test_failing_encoder_leaves_the_queue_and_what_was_parsed(
    pipeline: Pipeline, make_pipeline: Make, knowledge_base: KnowledgeBase, documents: Path, no_parsing: Forbid
) -> None:
    write(documents, apples=APPLES)
    sync(pipeline)
    write(documents, pears=PEARS)
    with pytest.raises(ModelUnavailable, match="server is down"):
        sync(make_pipeline(FailingEncoder()))
    assert states(knowledge_base) == {"apples.txt": DocumentState.READY, "pears.txt": DocumentState.QUEUED}
    no_parsing()
    assert [progress.state for progress in sync(pipeline)][-1] is DocumentState.READY


def test_stopped_intake_goes_on_with_the_next_sync(
    knowledge_base: KnowledgeBase, documents: Path, parser: ParserProcess, pipeline: Pipeline
) -> None:
    write(documents, apples=APPLES, pears=PEARS, plums=PLUMS)
    cancellation = Cancellation()

    def report(progress: Progress) -> None:
        if progress.state is DocumentState.READY:
            cancellation.stop()

    with pytest.raises(IndexUnusable, match="Stopped before all documents were in"):
        cancelling(knowledge_base, parser, cancellation).sync(report=report)
    assert sorted(states(knowledge_base).values()) == ["queued", "queued", "ready"]
    summary = pipeline.sync(report=ignore)
    assert (len(summary.ready), len(summary.unchanged)) == (2, 1)
    assert_consistent(knowledge_base)


def test_document_that_a_search_does_not_find_fails_with_its_next_step(
    pipeline: Pipeline, knowledge_base: KnowledgeBase, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(documents, apples=APPLES)
    with monkeypatch.context() as patch:
        patch.setattr("ingest.lexical.add_terms", lambda connection, rows: None)
        sync(pipeline)
    (record,) = knowledge_base.records()
    assert (record.state, record.chunks) == (DocumentState.FAILED, 0)
    assert "Retry" in str(record.reason)
    assert found(knowledge_base, "red") == set()
    assert_consistent(knowledge_base)
