"""What is written about chunks: they are found by it, and it comes, stays and goes with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ingest.derived import MOST_TEXTS
from ingest.enrich import EnrichSummary, Write, enrich, forget
from ingest.errors import IndexBusy, IndexMismatch, ModelUnavailable
from ingest.knowledge_base import KnowledgeBase
from ingest.nearness import similarities
from ingest.pipeline import Pipeline
from ingest.types import DerivedKind, StoredChunk
from tests.ingest.fakes import WordEncoder, ignore, write
from tests.ingest.test_knowledge_base import held_elsewhere
from tests.ingest.test_pipeline import APPLES, PEARS, PLUMS, assert_consistent, sync

QUESTION = "Which fruit resembles a tomato?"  # shares no word with APPLES
SUMMARY = "A xylophone quetzal."


def about_apples(text: str) -> Sequence[str]:
    return [QUESTION, "Is it crimson?"] if "Apples" in text else []


def enriched(
    base: KnowledgeBase, texts: Write, kind: DerivedKind = DerivedKind.QUESTIONS, encoder: WordEncoder | None = None
) -> EnrichSummary:
    return enrich(base, kind, texts, encoder=encoder or WordEncoder(), report=lambda summary: None)


def nearest(
    base: KnowledgeBase, question: str, *, encoder: WordEncoder | None = None, documents: Sequence[str] = ()
) -> list[tuple[StoredChunk, float]]:
    query = (encoder or WordEncoder()).encode_queries([question])[0]
    with base.reading() as generation:
        near = similarities(generation, query, also=generation.catalog.chunk_ids(), count=10, documents=documents)
        chunks = generation.catalog.chunks(list(near))
    assert chunks.keys() == near.keys()
    return sorted(((chunks[id_], score) for id_, score in near.items()), key=lambda item: -item[1])


def assert_found_by_its_question(base: KnowledgeBase, encoder: WordEncoder | None = None) -> None:
    chunk, similarity = nearest(base, QUESTION, encoder=encoder)[0]
    assert chunk.document == "apples.txt"
    assert "Apples are red." in chunk.chunk.text
    assert similarity == pytest.approx(1, abs=1e-3)


def derived_vectors(base: KnowledgeBase) -> int:
    """How many vectors are of no chunk."""
    with base.reading() as generation:
        return len(generation.vectors) - len(generation.catalog.chunk_ids())


@pytest.fixture
def fruit(pipeline: Pipeline, knowledge_base: KnowledgeBase, documents: Path) -> KnowledgeBase:
    write(documents, apples=APPLES, pears=PEARS)
    sync(pipeline)
    return knowledge_base


def test_chunk_is_found_by_what_was_written_about_it_and_shown_with_its_own_text(fruit: KnowledgeBase) -> None:
    before = nearest(fruit, QUESTION)[0][1]
    assert before < 0.5
    assert enriched(fruit, about_apples) == EnrichSummary(described=1, passed_over=1)
    assert_found_by_its_question(fruit)
    assert_consistent(fruit)


def test_chunk_is_as_near_as_its_nearest_vector_and_is_found_once(fruit: KnowledgeBase) -> None:
    own = nearest(fruit, APPLES)
    enriched(fruit, lambda text: [QUESTION])
    found = nearest(fruit, APPLES)
    assert [(chunk.document, pytest.approx(score, abs=1e-3)) for chunk, score in own] == [
        (chunk.document, score) for chunk, score in found
    ]


def test_nearest_come_first_and_no_more_of_them_than_asked_for(fruit: KnowledgeBase) -> None:
    enriched(fruit, lambda text: [QUESTION] if "Pears" in text else [])
    query = WordEncoder().encode_queries([QUESTION])[0]
    with fruit.reading() as generation:
        apples, pears = (generation.catalog.chunk_ids([name]) for name in ("apples.txt", "pears.txt"))
        assert list(similarities(generation, query, also=(), count=10)) == [*pears, *apples]
        assert list(similarities(generation, query, also=(), count=1)) == pears


def test_search_that_is_limited_to_documents_goes_by_what_was_written_about_these(fruit: KnowledgeBase) -> None:
    enriched(fruit, about_apples)
    query = WordEncoder().encode_queries([QUESTION])[0]
    with fruit.reading() as generation:
        in_pears = similarities(generation, query, also=(), count=10, documents=["pears.txt"])
        in_apples = similarities(generation, query, also=(), count=10, documents=["apples.txt"])
        assert set(in_pears) == set(generation.catalog.chunk_ids(["pears.txt"]))
    assert max(in_pears.values()) < 0.5
    assert max(in_apples.values()) == pytest.approx(1, abs=1e-3)


def test_only_what_nothing_is_written_about_is_asked_for_again(
    fruit: KnowledgeBase, pipeline: Pipeline, documents: Path
) -> None:
    enriched(fruit, lambda text: [QUESTION])
    write(documents, plums=PLUMS)
    sync(pipeline)
    asked: list[str] = []
    enriched(fruit, lambda text: [*asked, asked.append(text) or QUESTION][-1:])
    assert asked == [PLUMS]


def test_so_many_texts_are_kept_and_none_twice_or_empty(fruit: KnowledgeBase) -> None:
    enriched(fruit, lambda text: ["  one \n line ", "one line", "", *map(str, range(9))] if "Apples" in text else [])
    with fruit.reading() as generation:
        (texts,) = generation.catalog.derived.by_chunk(generation.catalog.chunk_ids()).values()
    assert texts[:2] == ["one line", "0"]
    assert len(texts) == MOST_TEXTS


def test_model_that_fails_half_way_costs_nothing_that_was_written(fruit: KnowledgeBase) -> None:
    def failing(text: str) -> Sequence[str]:
        if "Pears" in text:
            raise ModelUnavailable("The server is down.")
        return [QUESTION]

    with pytest.raises(ModelUnavailable):
        enriched(fruit, failing)
    assert_found_by_its_question(fruit)
    assert enriched(fruit, lambda text: [SUMMARY]) == EnrichSummary(described=1)


def test_nothing_is_written_about_what_changed_while_the_model_wrote(
    fruit: KnowledgeBase, pipeline: Pipeline, documents: Path
) -> None:
    def meanwhile(text: str) -> Sequence[str]:
        write(documents, apples=PLUMS)
        sync(pipeline)
        return [] if "Plums" in text else [QUESTION]

    enriched(fruit, meanwhile)
    assert {chunk.document: score > 0.9 for chunk, score in nearest(fruit, QUESTION)} == {
        "apples.txt": False,
        "pears.txt": True,
    }
    assert_consistent(fruit)


def test_writing_about_an_index_of_another_encoder_is_refused(fruit: KnowledgeBase) -> None:
    with pytest.raises(IndexMismatch):
        enriched(fruit, about_apples, encoder=WordEncoder("other", weights="1" * 64))


def test_nothing_is_asked_for_while_it_could_not_be_stored(fruit: KnowledgeBase) -> None:
    def unasked(text: str) -> Sequence[str]:
        raise AssertionError(text)

    with held_elsewhere(fruit, "writing", "big sync"), pytest.raises(IndexBusy, match="big sync"):
        enriched(fruit, unasked)


def test_collection_that_another_process_serves_is_written_about_in_a_copy(fruit: KnowledgeBase) -> None:
    before = fruit.storage.current()
    with held_elsewhere(fruit, "serving"):
        enriched(fruit, about_apples)
        assert fruit.storage.current() != before
        assert_found_by_its_question(fruit)
        assert_consistent(fruit)


def delete(base: KnowledgeBase, pipeline: Pipeline) -> None:
    pipeline.remove(["apples.txt"])


def replace(base: KnowledgeBase, pipeline: Pipeline) -> None:
    write(base.storage.documents, apples=PLUMS)
    sync(pipeline)


def rebuild_without_the_file(base: KnowledgeBase, pipeline: Pipeline) -> None:
    (base.storage.documents / "apples.txt").unlink()
    pipeline.rebuild(report=ignore)


def take_out(base: KnowledgeBase, pipeline: Pipeline) -> None:
    assert forget(base, DerivedKind.SUMMARY) == 1


@pytest.mark.parametrize("change", [delete, replace, rebuild_without_the_file, take_out])
def test_what_was_written_goes_with_its_chunk_and_leaves_nothing(
    change: Callable[[KnowledgeBase, Pipeline], None], fruit: KnowledgeBase, pipeline: Pipeline
) -> None:
    enriched(fruit, lambda text: [SUMMARY] if "Apples" in text else [], DerivedKind.SUMMARY)
    assert derived_vectors(fruit) == 1
    change(fruit, pipeline)
    assert derived_vectors(fruit) == 0
    assert max(score for _, score in nearest(fruit, SUMMARY)) < 0.5
    assert_consistent(fruit)
    fruit.close()
    held = [path for path in fruit.storage.index.rglob("*") if path.is_file() and b"quetzal" in path.read_bytes()]
    assert held == []


def test_rebuild_keeps_what_was_written_about_the_text_that_is_still_there(
    fruit: KnowledgeBase, pipeline: Pipeline
) -> None:
    enriched(fruit, about_apples)
    write(fruit.storage.documents, pears=PLUMS)
    pipeline.rebuild(report=ignore)
    assert_found_by_its_question(fruit)
    assert_consistent(fruit)


def test_another_encoder_embeds_what_was_written_too(
    fruit: KnowledgeBase, make_pipeline: Callable[..., Pipeline], no_parsing: Callable[[], None]
) -> None:
    enriched(fruit, about_apples)
    no_parsing()
    other = WordEncoder("other", weights="1" * 64)
    make_pipeline(other).reembed(report=ignore)
    assert_found_by_its_question(fruit, other)
    assert_consistent(fruit)


def test_lost_vector_of_what_was_written_is_told_and_made_again(fruit: KnowledgeBase, pipeline: Pipeline) -> None:
    enriched(fruit, about_apples)
    with fruit.writing("break it") as generation:
        generation.vectors.remove(list(generation.catalog.derived.ids())[:1])
        assert generation.faults() == ["the vector index lacks 1 of 2 texts written about chunks"]
    pipeline.repair(report=ignore)
    assert_found_by_its_question(fruit)
    assert_consistent(fruit)


def test_vectors_that_a_kill_left_without_their_texts_are_deleted(fruit: KnowledgeBase, pipeline: Pipeline) -> None:
    with fruit.writing("be killed") as generation:
        (ids,) = generation.catalog.journal.reserve([1])
        generation.vectors.add(list(ids), WordEncoder().encode_passages([QUESTION]))
    assert derived_vectors(fruit) == 1
    sync(pipeline)
    assert derived_vectors(fruit) == 0
