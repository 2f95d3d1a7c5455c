"""A document is ready only when both searches find it, and the generation knows what made it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingest.catalog import SourceFile
from ingest.errors import DocumentError
from ingest.findable import missed_by_meaning
from ingest.generation import Addition, Generation, fingerprint
from ingest.probe import profile
from ingest.types import Chunk, DocumentState, Element, ElementKind, ParsedDocument
from tests.ingest.fakes import WordEncoder


@pytest.fixture
def generation(tmp_path: Path) -> Iterator[Generation]:
    generation = Generation(tmp_path / "generation")
    yield generation
    generation.close()


def addition(name: str, text: str) -> Addition:
    document = ParsedDocument(text, (Element(ElementKind.PARAGRAPH, 0, len(text)),))
    vectors = WordEncoder().encode_passages([text])
    return Addition(SourceFile(name, 1, 1, "0" * 64), document, [Chunk(0, text, 0, len(text))], vectors)


def add(generation: Generation, *additions: Addition) -> None:
    for staged in generation.stage(additions):
        generation.commit(staged)
    generation.collect_garbage()


def test_staged_documents_are_seen_one_by_one_as_they_are_committed(generation: Generation) -> None:
    first, second = generation.stage([addition("a.txt", "Apples are red."), addition("b.txt", "Pears are green.")])
    assert generation.catalog.records() == []
    generation.commit(first)
    assert [record.name for record in generation.catalog.records()] == ["a.txt"]
    generation.commit(second)
    assert generation.faults() == []


def test_any_number_of_equals_is_ready(generation: Generation) -> None:
    add(generation, *(addition(f"{n}.txt", "The same words everywhere.") for n in range(300)))
    add(generation, addition("last.txt", "The same words everywhere."))
    assert {record.state for record in generation.catalog.records()} == {DocumentState.READY}
    assert generation.faults() == []


def test_vector_that_is_not_where_it_should_be_is_missed(generation: Generation) -> None:
    (staged,) = generation.stage([addition("a.txt", "Apples are red.")])
    (id_,), (vector,) = staged.ids, staged.addition.vectors
    assert missed_by_meaning(generation.vectors, {id_: vector}) == set()
    generation.vectors.add([id_], np.roll(staged.addition.vectors, 1, axis=1))
    assert missed_by_meaning(generation.vectors, {id_: vector}) == {id_}
    generation.vectors.remove([id_])
    assert missed_by_meaning(generation.vectors, {id_: vector}) == {id_}


def test_vector_that_the_graph_does_not_reach_is_linked_anew_and_no_reason_to_refuse(
    generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.generation.missed_by_meaning", lambda vectors, passages: set(passages))
    (staged,) = generation.stage([addition("a.txt", "Apples are red.")])
    generation.commit(staged)
    assert generation.vectors.ids() == set(staged.ids)
    assert generation.faults() == []


def test_document_that_its_vector_does_not_find_changes_nothing(generation: Generation) -> None:
    (staged,) = generation.stage([addition("a.txt", "Apples are red.")])
    with pytest.raises(DocumentError, match="search by meaning did not find it"):
        generation.commit(replace(staged, is_found=False))
    assert generation.catalog.records() == []


def test_document_that_keywords_do_not_find_changes_nothing(
    generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    (staged,) = generation.stage([addition("a.txt", "Apples are red.")])
    with monkeypatch.context() as patch:
        patch.setattr("ingest.lexical.add_terms", lambda connection, rows: None)
        with pytest.raises(DocumentError, match=r"search by keywords did not find it.*docent verify --repair"):
            generation.commit(staged)
    assert generation.catalog.records() == []
    generation.collect_garbage()
    assert len(generation.vectors) == 0


def test_text_without_any_searchable_word_is_ready(generation: Generation) -> None:
    add(generation, addition("a.txt", "— — —"))
    assert generation.faults() == []


def test_other_splitter_or_parser_is_advice_and_no_error(generation: Generation) -> None:
    encoder = WordEncoder()
    old = fingerprint(encoder.identity, parser="1", splitter="1", chunk_tokens=200)
    new = fingerprint(encoder.identity, parser="2", splitter="1", chunk_tokens=100)
    generation.claim(old, lambda: profile(encoder))
    add(generation, addition("a.txt", "Apples are red."))
    generation.claim(new, lambda: profile(encoder))
    assert generation.advice(old) == []
    by_parser, by_splitter = generation.advice(new)
    assert "parser 1" in by_parser
    assert "parser" not in by_splitter
    assert "`docent rebuild`" in by_parser
    assert "`docent rebuild --from-text`" in by_splitter
