"""Sync, rebuild and remove on real files, a real parser, a real catalog and a real Chroma."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest import files
from ingest.errors import IndexMismatch, SettingsError, UnknownDocument
from ingest.knowledge_base import KnowledgeBase
from ingest.lexical import query_terms
from ingest.pipeline import Pipeline
from ingest.types import DocumentState, Progress
from tests.ingest.fakes import WordEncoder, write

APPLES = "Apples are red.\n\nThey keep for three weeks."
PEARS = "Pears are green.\n\nThey keep for two weeks."
PLUMS = "Plums are blue.\n\nThey keep for four days."


def sync(pipeline: Pipeline, *paths: Path) -> list[Progress]:
    seen: list[Progress] = []
    pipeline.sync(list(paths), report=seen.append)
    return seen


def states(base: KnowledgeBase) -> dict[str, DocumentState]:
    return {record.name: record.state for record in base.records()}


def found(base: KnowledgeBase, word: str) -> set[str]:
    """Documents that either search finds for a word they hold."""
    with base.reading() as generation:
        by_word = generation.catalog.keyword_candidates(query_terms(word), count=100)
        query = WordEncoder().encode_queries([word])[0]
        by_meaning = [id_ for id_, similarity in generation.vectors.nearest(query, count=100) if similarity > 0.2]
        return {chunk.document for chunk in generation.catalog.chunks([*by_word, *by_meaning]).values()}


def assert_consistent(base: KnowledgeBase) -> None:
    with base.reading() as generation:
        assert generation.faults() == []


def test_synced_documents_are_found(pipeline: Pipeline, knowledge_base: KnowledgeBase) -> None:
    write(knowledge_base.storage.documents, apples=APPLES, pears=PEARS)
    sync(pipeline)
    assert states(knowledge_base) == {"apples.txt": DocumentState.READY, "pears.txt": DocumentState.READY}
    assert found(knowledge_base, "red") == {"apples.txt"}
    assert_consistent(knowledge_base)


def test_file_that_goes_while_the_folder_is_looked_through_is_not_there(
    pipeline: Pipeline, knowledge_base: KnowledgeBase, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, pears = write(documents, apples=APPLES, pears=PEARS)
    seen = list(files.discover(documents))
    monkeypatch.setattr(files, "discover", lambda root: seen)
    pears.unlink()
    sync(pipeline)
    assert states(knowledge_base) == {"apples.txt": DocumentState.READY}


def test_progress_goes_through_every_state_in_order(pipeline: Pipeline, knowledge_base: KnowledgeBase) -> None:
    write(knowledge_base.storage.documents, apples=APPLES)
    seen = [progress.state.value for progress in sync(pipeline)]
    assert list(dict.fromkeys(seen)) == ["queued", "parsing", "splitting", "embedding", "ready"]


def test_second_sync_of_unchanged_files_reads_none_of_them(
    pipeline: Pipeline, knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(knowledge_base.storage.documents, apples=APPLES)
    sync(pipeline)
    monkeypatch.setattr(files, "sha256", lambda path: pytest.fail(f"{path} was read"))
    assert sync(pipeline) == []


def test_file_with_a_new_time_stamp_and_the_same_content_is_not_parsed_again(
    pipeline: Pipeline, knowledge_base: KnowledgeBase
) -> None:
    (path,) = write(knowledge_base.storage.documents, apples=APPLES)
    sync(pipeline)
    os.utime(path, (1, 1))
    assert sync(pipeline) == []


def test_changed_file_replaces_its_old_version(pipeline: Pipeline, knowledge_base: KnowledgeBase) -> None:
    write(knowledge_base.storage.documents, fruit=APPLES)
    sync(pipeline)
    write(knowledge_base.storage.documents, fruit=PEARS)
    sync(pipeline)
    assert found(knowledge_base, "red") == set()
    assert found(knowledge_base, "green") == {"fruit.txt"}
    assert_consistent(knowledge_base)


def test_file_that_vanished_is_found_no_more(pipeline: Pipeline, knowledge_base: KnowledgeBase) -> None:
    paths = write(knowledge_base.storage.documents, apples=APPLES, pears=PEARS)
    sync(pipeline)
    paths[0].unlink()
    sync(pipeline)
    assert states(knowledge_base) == {"pears.txt": DocumentState.READY}
    assert found(knowledge_base, "red") == set()


def test_removed_document_leaves_nothing_behind(pipeline: Pipeline, knowledge_base: KnowledgeBase) -> None:
    secret = "The password of the safe is Xylophone Quetzal."
    write(knowledge_base.storage.documents, secret=secret, pears=PEARS)
    sync(pipeline)
    pipeline.remove(["secret.txt"])
    assert found(knowledge_base, "Xylophone") == set()
    assert not (knowledge_base.storage.documents / "secret.txt").exists()
    with pytest.raises(UnknownDocument, match=r"secret\.txt"):
        knowledge_base.text("secret.txt")
    knowledge_base.close()
    holding = [
        p for p in knowledge_base.storage.root.rglob("*") if p.is_file() and b"quetzal" in p.read_bytes().lower()
    ]
    assert holding == []


def test_removing_an_unknown_document_removes_nothing(pipeline: Pipeline, knowledge_base: KnowledgeBase) -> None:
    write(knowledge_base.storage.documents, apples=APPLES)
    sync(pipeline)
    with pytest.raises(UnknownDocument, match="no document named 'nope'"):
        pipeline.remove(["apples.txt", "nope"])
    assert found(knowledge_base, "red") == {"apples.txt"}


def test_one_broken_file_costs_only_itself(pipeline: Pipeline, knowledge_base: KnowledgeBase) -> None:
    documents = knowledge_base.storage.documents
    write(documents, apples=APPLES)
    (documents / "broken.docx").write_bytes(b"PK\x03\x04 and then nothing")
    (documents / "empty.md").touch()
    (documents / "picture.xyz").write_bytes(b"\x00\x01")
    sync(pipeline)
    records = {record.name: record for record in knowledge_base.records()}
    assert records["apples.txt"].state is DocumentState.READY
    assert records["broken.docx"].state is DocumentState.FAILED
    assert records["empty.md"].state is DocumentState.FAILED
    assert records["picture.xyz"].state is DocumentState.UNSUPPORTED
    assert all(records[name].reason for name in ("broken.docx", "empty.md", "picture.xyz"))


def test_document_that_turns_unreadable_loses_its_old_version(
    pipeline: Pipeline, knowledge_base: KnowledgeBase
) -> None:
    write(knowledge_base.storage.documents, apples=APPLES)
    sync(pipeline)
    write(knowledge_base.storage.documents, apples="")
    sync(pipeline)
    assert states(knowledge_base) == {"apples.txt": DocumentState.FAILED}
    assert found(knowledge_base, "red") == set()
    assert_consistent(knowledge_base)


def test_failed_file_is_tried_again_only_when_named(pipeline: Pipeline, knowledge_base: KnowledgeBase) -> None:
    (path,) = write(knowledge_base.storage.documents, apples="")
    sync(pipeline)
    assert sync(pipeline) == []
    assert [p.state for p in sync(pipeline, path)][-1] is DocumentState.FAILED


def test_files_from_elsewhere_are_copied_in_and_follow_their_folder(
    pipeline: Pipeline, knowledge_base: KnowledgeBase, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    paths = write(outside, apples=APPLES, pears=PEARS)
    write(knowledge_base.storage.documents, plums=PLUMS)
    sync(pipeline)
    sync(pipeline, outside)
    assert set(states(knowledge_base)) == {"apples.txt", "pears.txt", "plums.txt"}
    paths[0].unlink()
    sync(pipeline, outside)
    assert set(states(knowledge_base)) == {"pears.txt", "plums.txt"}
    sync(pipeline)
    assert set(states(knowledge_base)) == {"pears.txt", "plums.txt"}


def test_two_files_that_would_share_a_name_are_refused(pipeline: Pipeline, tmp_path: Path) -> None:
    one, two = write(tmp_path / "one", same=APPLES) + write(tmp_path / "two", same=PEARS)
    with pytest.raises(SettingsError, match=r"would become the document 'same\.txt'"):
        sync(pipeline, one, two)


def test_missing_path_is_named(pipeline: Pipeline, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no file or folder"):
        sync(pipeline, tmp_path / "nowhere")


def test_hidden_files_and_links_are_passed_over(
    pipeline: Pipeline, knowledge_base: KnowledgeBase, tmp_path: Path
) -> None:
    (outside,) = write(tmp_path / "outside", apples=APPLES)
    documents = knowledge_base.storage.documents
    (documents / ".hidden.txt").write_text(PEARS)
    (documents / "link.txt").symlink_to(outside)
    sync(pipeline)
    assert states(knowledge_base) == {}


def test_name_cannot_lead_out_of_the_documents_folder(knowledge_base: KnowledgeBase, tmp_path: Path) -> None:
    (source,) = write(tmp_path / "outside", apples=APPLES)
    with pytest.raises(Exception, match="leads out of the documents folder"):
        files.store(source, knowledge_base.storage.documents, "../apples.txt")


def test_rebuild_serves_the_same_documents_from_a_new_generation(
    pipeline: Pipeline, knowledge_base: KnowledgeBase
) -> None:
    write(knowledge_base.storage.documents, apples=APPLES, pears=PEARS)
    sync(pipeline)
    before = knowledge_base.storage.current()
    pipeline.rebuild(report=lambda progress: None)
    assert knowledge_base.storage.current() != before
    assert found(knowledge_base, "red") == {"apples.txt"}
    assert_consistent(knowledge_base)
    assert before is not None
    assert not knowledge_base.storage.folder(before).exists()


def test_failed_rebuild_leaves_the_old_generation_serving(
    pipeline: Pipeline, knowledge_base: KnowledgeBase, make_pipeline: Callable[..., Pipeline]
) -> None:
    class Failing(WordEncoder):
        def _encode(self, texts: object, prefix: str) -> object:  # type: ignore[override]
            raise MemoryError("no memory left")

    write(knowledge_base.storage.documents, apples=APPLES)
    sync(pipeline)
    with pytest.raises(MemoryError):
        make_pipeline(Failing()).rebuild(report=lambda progress: None)
    assert found(knowledge_base, "red") == {"apples.txt"}


def test_another_encoder_is_refused_until_a_rebuild(
    pipeline: Pipeline, knowledge_base: KnowledgeBase, make_pipeline: Callable[..., Pipeline]
) -> None:
    write(knowledge_base.storage.documents, apples=APPLES)
    sync(pipeline)
    write(knowledge_base.storage.documents, pears=PEARS)
    other = make_pipeline(WordEncoder("other", weights="1" * 64))
    with pytest.raises(IndexMismatch, match=r"'words'.*'other'.*docent rebuild --from-text"):
        sync(other)
    other.rebuild(report=lambda progress: None)
    assert set(states(knowledge_base)) == {"apples.txt", "pears.txt"}
    with knowledge_base.reading() as generation:
        assert generation.fingerprint is not None
        assert generation.fingerprint.encoder.setting == "other"


def test_repair_mends_missing_and_surplus_entries(pipeline: Pipeline, knowledge_base: KnowledgeBase) -> None:
    write(knowledge_base.storage.documents, apples=APPLES, pears=PEARS)
    sync(pipeline)
    with knowledge_base.reading() as generation:
        lost = generation.catalog.chunk_ids(["apples.txt"])
        generation.vectors.remove(lost)
        generation.vectors.add([9999], WordEncoder().encode_passages(["stray"]))
        assert len(generation.faults()) == 2
    pipeline.repair(report=lambda progress: None)
    assert_consistent(knowledge_base)
    assert found(knowledge_base, "red") == {"apples.txt"}


def test_kill_before_the_commit_leaves_the_old_version_and_no_stray_vectors(
    pipeline: Pipeline, knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*args: object) -> None:
        raise Killed

    write(knowledge_base.storage.documents, fruit=APPLES)
    sync(pipeline)
    write(knowledge_base.storage.documents, fruit=PEARS)
    with knowledge_base.reading() as generation, monkeypatch.context() as patch:
        patch.setattr(generation.catalog, "commit", die)
        with pytest.raises(Killed):
            sync(pipeline)
    assert found(knowledge_base, "red") == {"fruit.txt"}
    knowledge_base.close()
    sync(pipeline)
    assert found(knowledge_base, "red") == set()
    assert found(knowledge_base, "green") == {"fruit.txt"}
    assert_consistent(knowledge_base)
