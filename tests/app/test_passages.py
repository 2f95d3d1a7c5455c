"""Passages that say the same are said once, neighbours become one, and what was said makes way for other things."""

from __future__ import annotations

import numpy as np

from app.retrieval.passages import MOST_CHARACTERS, distinct, diverse, merged, whole_sections
from app.types import Passage, Scores
from ingest.types import Chunk, StoredChunk

TEXT = "Opening hours\n\nWe open at nine.\n\nWe close at six.\n\nOn Sundays we stay closed."
FIRST, SECOND, THIRD = "We open at nine.", "We close at six.", "On Sundays we stay closed."


def passage(text: str, score: float = 0.5, *, heading: str | None = "Opening hours", document: str = "a.md") -> Passage:
    start = TEXT.index(text)
    return Passage(document, None, heading, start, start + len(text), text, score)


def stored(id_: int, text: str, *, document: str = "a.md", path: tuple[str, ...] = ("Opening hours",)) -> StoredChunk:
    start = TEXT.index(text) if text in TEXT else 0
    return StoredChunk(id_, document, Chunk(id_, text, start, start + len(text), None, path))


def scored(*passages: Passage) -> list[tuple[Passage, Scores]]:
    return [(p, Scores(keyword=p.score)) for p in passages]


def test_a_text_that_stands_in_two_documents_is_found_once() -> None:
    twice = [stored(1, FIRST), stored(2, "we OPEN  at nine. ", document="copy.md"), stored(3, SECOND)]
    assert [c.id for c in distinct(twice)] == [1, 3]


def test_a_text_within_another_gives_way_to_it_but_a_label_does_not() -> None:
    within = [stored(1, THIRD), stored(2, f"{SECOND}\n\n{THIRD}"), stored(3, "closed")]
    assert [c.id for c in distinct(within)] == [2, 3]


def test_neighbours_of_a_section_become_one_passage_of_the_stored_text() -> None:
    (only, scores), *others = merged(scored(passage(SECOND, 0.9), passage(FIRST, 0.2)), lambda name: TEXT)
    assert others == []
    assert (only.text, only.score, scores.keyword) == (f"{FIRST}\n\n{SECOND}", 0.9, 0.9)
    assert TEXT[only.start : only.end] == only.text


def test_what_does_not_touch_or_stands_under_another_heading_stays_apart() -> None:
    apart = scored(passage(FIRST), passage(THIRD), passage(SECOND, heading="Other"), passage(SECOND, document="b.md"))
    assert merged(apart, lambda name: TEXT) == apart


def test_a_passage_does_not_grow_without_bound() -> None:
    text = "x" * MOST_CHARACTERS + "y" * 10
    halves = scored(
        Passage("a", None, None, 0, len(text) - 10, text[:-10], 0.5),
        Passage("a", None, None, len(text) - 10, len(text), text[-10:], 0.4),
    )
    assert merged(halves, lambda name: text) == halves


def test_a_passage_grows_to_its_section() -> None:
    chunks = [stored(0, FIRST), stored(1, SECOND), stored(2, THIRD, path=("Sundays",))]
    ((whole, _),) = whole_sections(scored(passage(SECOND)), lambda name: chunks, lambda name: TEXT)
    assert whole.text == f"{FIRST}\n\n{SECOND}"


def test_a_long_section_is_cut_around_its_passage() -> None:
    text = "\n\n".join(f"{i:03} {'x' * 396}" for i in range(20))
    chunks = [
        StoredChunk(i, "a.md", Chunk(i, text[i * 402 : i * 402 + 400], i * 402, i * 402 + 400)) for i in range(20)
    ]
    found = Passage("a.md", None, None, 10 * 402, 10 * 402 + 400, chunks[10].chunk.text, 0.5)
    ((whole, _),) = whole_sections([(found, Scores())], lambda name: chunks, lambda name: text)
    assert len(whole.text) <= MOST_CHARACTERS
    assert "008 " in whole.text
    assert "012 " in whole.text


def test_diversity_moves_what_was_said_behind_what_was_not() -> None:
    vectors = [np.array(v, dtype=np.float32) for v in ((1, 0), (1, 0), (0, 1))]
    assert diverse([0.9, 0.8, 0.5], vectors, 0.0) == [0, 1, 2]
    assert diverse([0.9, 0.8, 0.5], vectors, 0.5) == [0, 2, 1]
