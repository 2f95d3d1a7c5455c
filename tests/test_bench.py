"""The benchmarks measure what they say: on datasets small enough to work the figures out by hand."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.dataset import Question, Span, find_datasets, load_dataset
from bench.figures import Figures, figures, first_right, hit_1_gain, hit_1_interval
from bench.hnsw_recall import Vectors, encoded, measure
from bench.results import FUSED, KEYWORDS, VECTORS, Asked, Indexed, result, table
from bench.retrieval import ask, open_index
from bench.sample_pdf import write_pdf
from ingest.errors import SettingsError
from ingest.parse import parse
from ingest.settings import IngestSettings
from ingest.vectors import HNSW
from tests.ingest.fakes import WordEncoder

ENGLISH = "Parcels leave on Monday.\n\nThe harbour hall seats eighty guests."
CHINESE = "礼品卡两年内有效。\n\n望舟厅每小时二百元。"
TEXTS = {".hidden.txt": ENGLISH, "../名字.md": CHINESE, "third": "Dogs may come in on a lead."}


def _write(folder: Path, texts: dict[str, str], questions: Sequence[dict[str, Any]]) -> Path:
    folder.mkdir(parents=True)
    rows = {
        "documents": [{"document": name, "text": text} for name, text in texts.items()],
        "questions": [{"answerable": True, "answers": [], "evidence": [], **question} for question in questions],
    }
    for name, of in rows.items():
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(row, ensure_ascii=False)}\n" for row in of)
    return folder


def _asked(id_: str, question: str, document: str, evidence: str, *answers: str) -> dict[str, Any]:
    start = TEXTS[document].index(evidence)
    place = {"document": document, "start": start, "end": start + len(evidence), "text": evidence}
    return {"id": id_, "question": question, "answers": answers, "documents": [document], "evidence": [place]}


QUESTIONS = [
    _asked("1", "How many guests does the harbour hall seat?", ".hidden.txt", ENGLISH[26:], "eighty"),
    _asked("2", "望舟厅每小时多少钱？", "../名字.md", CHINESE[11:], "二百元"),
    _asked("3", "May dogs come in?", "third", TEXTS["third"], "on a lead"),
    {"id": "4", "question": "Who painted the ceiling?", "documents": [], "answerable": False},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return _write(tmp_path / "sets" / "small", TEXTS, QUESTIONS)


# --- retrieval --------------------------------------------------------------------------------------------------------


def test_every_way_of_searching_finds_the_places_that_a_small_dataset_names(folder: Path, tmp_path: Path) -> None:
    dataset = load_dataset(folder)
    with open_index(dataset, tmp_path / "index", WordEncoder(), IngestSettings()) as index:
        asked = ask(index, dataset.questions)
        indexed = index.indexed
    measured = result(dataset.name, indexed, asked)
    assert (indexed.documents, indexed.unsearchable, measured.questions) == (3, 0, 3)
    assert measured.evidence == dict.fromkeys((KEYWORDS, VECTORS, FUSED), Figures(1.0, 1.0, 1.0))
    assert measured.gain.mean == 0
    assert "| small | keywords | 1.000 | 1.000 | 1.000 | 1.000 |" in table([measured])


def test_a_kept_index_follows_its_dataset_and_its_settings(folder: Path, tmp_path: Path) -> None:
    first = load_dataset(folder)
    with open_index(first, tmp_path / "index", WordEncoder(), IngestSettings()) as index:
        whole = index.indexed.chunks
    long = " ".join(f"Shelf {number} holds books." for number in range(40))
    texts = {"third": TEXTS["third"], "long": long}
    second = load_dataset(_write(tmp_path / "other", texts, [QUESTIONS[2]]))
    with open_index(second, tmp_path / "index", WordEncoder(), IngestSettings(chunk_tokens=200)) as index:
        assert index.base.text("000001.txt") == long
        assert index.indexed.documents == 2
        coarse = index.indexed.chunks
    with open_index(second, tmp_path / "index", WordEncoder(), IngestSettings(chunk_tokens=32)) as index:
        assert index.indexed.chunks > coarse
    assert whole == 3


def test_a_refused_document_is_counted_and_its_questions_are_missed(tmp_path: Path) -> None:
    texts = {"empty": " \n", "third": TEXTS["third"]}
    questions = [{"id": "1", "question": "What is empty?", "documents": ["empty"]}, QUESTIONS[2]]
    dataset = load_dataset(_write(tmp_path / "set", texts, questions))
    with open_index(dataset, tmp_path / "index", WordEncoder(), IngestSettings()) as index:
        measured = result(dataset.name, index.indexed, ask(index, dataset.questions))
    assert index.indexed.unsearchable == 1
    assert measured.document[FUSED].hit_1 == 0.5


# --- datasets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chunk", "right"),
    [
        (Span("a", 12, 18), True),  # in the evidence
        (Span("a", 5, 40), True),  # holds all of it
        (Span("a", 14, 40), True),  # holds an answer
        (Span("a", 17, 40), False),  # overlaps the evidence and holds no answer
        (Span("a", 0, 12), False),
        (Span("b", 12, 18), False),
    ],
)
def test_a_chunk_is_right_in_the_evidence_around_it_or_around_an_answer(chunk: Span, right: bool) -> None:
    question = Question("1", "?", frozenset("a"), evidence=(Span("a", 10, 20),), answers=(Span("a", 15, 18),))
    assert question.is_answered_by(chunk) is right


def test_only_answerable_questions_are_asked_and_answers_count_only_in_the_evidence(tmp_path: Path) -> None:
    texts = {"a": "eighty and eighty, then eighty"}
    place = {"document": "a", "start": 0, "end": 18, "text": ""}
    question = {"id": 1, "question": "?", "answers": ["eighty", ""], "documents": ["a"], "evidence": [place]}
    dataset = load_dataset(_write(tmp_path / "set", texts, [question, {**question, "answerable": False}]))
    (only,) = dataset.questions
    assert only.answers == (Span("a", 0, 6), Span("a", 11, 17))


def test_datasets_are_found_in_a_folder_and_their_absence_is_said(folder: Path, tmp_path: Path) -> None:
    assert find_datasets([folder]) == find_datasets([folder.parent]) == [folder]
    with pytest.raises(SettingsError, match=r"no documents\.jsonl\.gz with questions\.jsonl\.gz in .*absent"):
        find_datasets([tmp_path / "absent"])


def test_a_dataset_whose_places_cannot_be_trusted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"'a' of set has carriage returns"):
        load_dataset(_write(tmp_path / "set", {"a": "one\r\ntwo"}, []))
    question = {"id": "7", "question": "?", "documents": ["b"]}
    with pytest.raises(SettingsError, match=r"Question '7' names the document 'b', which documents\.jsonl\.gz"):
        load_dataset(_write(tmp_path / "other", {"a": "one"}, [question]))


# --- figures ----------------------------------------------------------------------------------------------------------


def test_ranks_become_hit_rates_and_reciprocal_ranks() -> None:
    assert first_right([False, False, True]) == 3
    assert first_right([False] * 10 + [True]) == 0
    assert figures([1, 2, 0, 10]) == Figures(0.25, 0.5, pytest.approx((1 + 0.5 + 0.1) / 4))


def test_intervals_hold_the_mean_and_narrow_with_more_questions() -> None:
    few, many = hit_1_interval([1, 0, 2, 1] * 10), hit_1_interval([1, 0, 2, 1] * 1000)
    assert few.low < few.mean == many.mean == 0.5 < few.high
    assert many.high - many.low == pytest.approx(2 * 1.96 * 0.5 / 4000**0.5, rel=0.15)
    same = hit_1_gain([1, 0, 1], over=[1, 0, 1])
    assert (same.mean, same.low, same.high) == (0, 0, 0)


def test_gain_is_over_the_better_part() -> None:
    ranks = {KEYWORDS: [1, 1, 0, 0], VECTORS: [1, 0, 0, 0], FUSED: [1, 1, 1, 0]}
    measured = result("set", Indexed(1, 0, 1, 0.0), Asked(ranks, {}, [1.0, 2.0, 3.0, 4.0]))
    assert (measured.better_part, measured.gain.mean, measured.p50_ms) == (KEYWORDS, 0.25, 2.5)
    assert "at least its better part (keywords): gain +0.250" in table([measured])


# --- the graph's recall, the PDF --------------------------------------------------------------------------------------


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
