"""The benchmarks measure what they say."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np

from app.retrieval.search import PassageRetriever
from app.types import Language
from bench import scale
from bench.hnsw_recall import Vectors, encoded, measure
from bench.sample_pdf import write_pdf
from ingest.knowledge_base import KnowledgeBase
from ingest.parse import parse
from ingest.storage import Storage
from ingest.vectors import HNSW
from tests.ingest.fakes import WordEncoder


def test_recall_is_whole_where_the_graph_is_small_and_vectors_come_from_the_cache(tmp_path: Path) -> None:
    passages = [f"shelf {number} holds {number * number} books" for number in range(30)]
    encoder, cache = WordEncoder(), tmp_path / "vectors.npz"
    made = encoded(passages, ["shelf 7"], encoder, cache)
    again = encoded(passages, ["shelf 7"], WordEncoder(), cache)
    np.testing.assert_array_equal(made.passages, again.passages)
    np.testing.assert_array_equal(encoded(passages[:20], ["shelf 7"], encoder, cache).passages, made.passages[:20])
    # Rows of an identity matrix and a query that ranks them without ties.
    query = np.arange(1, 31, dtype=np.float32)[np.newaxis]
    vectors = Vectors(np.eye(30, dtype=np.float32), query / np.linalg.norm(query))
    exact, ours = measure(vectors, {"ours": HNSW})
    assert (exact.recall, ours.recall, ours.worst_recall) == (1.0, 1.0, 1.0)


def test_the_pdf_to_measure_with_is_full_of_text_in_both_languages(tmp_path: Path) -> None:
    document = parse(write_pdf(tmp_path / "manual.pdf", 2), max_pages=9)
    assert document.page_count == 2
    assert "Section 1" in document.text
    assert "店员在开门之前整理好当天的订单" in document.text
    assert len(document.text) > 5_000


def test_passages_to_fill_an_index_with_are_in_both_languages_and_their_questions_find_them(tmp_path: Path) -> None:
    storage, encoder = Storage(tmp_path), scale.SharedWordsEncoder("shared words")
    storage.prepare()
    with closing(KnowledgeBase(storage)) as base:
        figures = scale.fill(base, 400)
        assert {"memory at 400 chunks", "stored and made searchable"} <= {figure.what for figure in figures}
        retriever = PassageRetriever(base, lambda _: encoder)
        for number, script in ((42, "en"), (142, "zh")):
            name = scale.name_of(number, Language(script))
            assert name in scale.passage(number)
            (found,) = retriever.find(f"{name}?", top_k=1)
            assert name in found.text
            assert base.text(found.document)[found.start : found.end] == found.text
