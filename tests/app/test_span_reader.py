"""The built-in reader's network finds the answer, says when there is none, and reads nothing twice."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from app.reading import span_reader
from app.reading.span_reader import (
    OVERLAP,
    WINDOW,
    PassageReading,
    PassageText,
    Pieces,
    Row,
    SpanReader,
    add_learned,
    likeliest,
    padded,
    untrained,
    windows,
)
from ingest.e5 import packed
from ingest.errors import ModelUnavailable

LIBRARY = "The library opens at nine in the morning. It was built in 1931 by Anna Berg. Tickets cost four dollars."
图书馆 = "图书馆每天上午九点开门。它由安娜·伯格于一九三一年建成。门票四元。"
BAKERY = "Our bakery sells rye bread and plum cake. On Sundays we bake rolls for the whole street."


@pytest.fixture(scope="module")
def reader() -> SpanReader:
    return SpanReader()


@pytest.mark.parametrize(
    ("question", "passage", "answer"),
    [
        ("When was the library built?", LIBRARY, "1931"),
        ("Who built the library?", LIBRARY, "Anna Berg"),
        ("图书馆是谁建成的？", 图书馆, "安娜·伯格"),
    ],
)
def test_the_answer_is_marked(reader: SpanReader, question: str, passage: str, answer: str) -> None:
    (reading,) = reader.read(question, [PassageText(None, passage)])
    span = reading.span(0, len(passage))
    assert span is not None
    assert passage[slice(*span)] == answer


def test_the_passage_that_answers_gets_higher_odds_whatever_it_is_read_with(reader: SpanReader) -> None:
    question = "When does the library open?"
    together = reader.read(question, [PassageText(None, BAKERY), PassageText("Library", LIBRARY)])
    assert together[1].answers > together[0].answers + 1
    alone = SpanReader().read(question, [PassageText("Library", LIBRARY)])
    assert alone[0].answers == pytest.approx(together[1].answers, abs=1e-3)


def test_shares_of_the_parts_of_a_passage_add_up_to_one(reader: SpanReader) -> None:
    (reading,) = reader.read("Who built the library?", [PassageText(None, LIBRARY)])
    border = LIBRARY.index("It was")
    assert reading.share(0, border) + reading.share(border, len(LIBRARY)) == pytest.approx(1, abs=1e-5)


def test_a_passage_without_words_has_no_answer(reader: SpanReader) -> None:
    (reading,) = reader.read("Who?", [PassageText(None, "")])
    assert reading.span(0, 10) is None
    assert reading.share(0, 10) == 0


@pytest.mark.parametrize("before", [0, 5, 12, 40])
def test_the_answer_is_marked_wherever_it_stands_in_a_long_passage(reader: SpanReader, before: int) -> None:
    text = " ".join([BAKERY] * before + [LIBRARY] + [BAKERY] * (40 - before))
    (reading,) = reader.read("When was the library built?", [PassageText(None, text)])
    span = reading.span(0, len(text))
    assert span is not None
    assert text[slice(*span)] == "1931"
    assert reading.first.sum() == pytest.approx(1, abs=1e-5)
    (nothing,) = reader.read("When was the library built?", [PassageText(None, BAKERY * 40)])
    assert reading.answers > nothing.answers + 1


@pytest.mark.parametrize("tokens", [0, 1, 124, 125, 126, 190, 220, 221, 1_000])
def test_windows_cover_a_passage_and_share_what_an_answer_takes(tokens: int) -> None:
    found = windows(tokens, WINDOW)
    assert found[0][0] == 0
    assert found[-1][1] == tokens
    assert all(end - start <= WINDOW for start, end in found)
    assert all(one[1] - other[0] >= OVERLAP - 1 for one, other in pairwise(found))
    assert len(found) == 1 or len({end - start for start, end in found}) == 1


@pytest.mark.parametrize(
    ("longest", "span", "share"), [(1, (1, 1), 0.105 / 0.195), (2, (0, 1), 0.21 / 0.585), (3, (0, 2), 0.36 / 0.945)]
)
def test_the_likeliest_span_is_no_longer_than_it_may_be(longest: int, span: tuple[int, int], share: float) -> None:
    first, last = np.array([0.6, 0.3, 0.1]), np.array([0.05, 0.35, 0.6])
    assert likeliest(first, last, longest) == (*span, pytest.approx(share))


class Counting(SpanReader):
    """Remembers what it read."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def _read(self, question: str, passages: list[PassageText]) -> list[PassageReading]:
        self.texts += [passage.text for passage in passages]
        nothing = np.zeros(0, dtype=np.float32)
        return [PassageReading(float(len(p.text)), (), (), nothing, nothing) for p in passages]


def test_nothing_to_read_loads_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(span_reader, "load", lambda: pytest.fail("the network was loaded"))
    assert SpanReader().read("?", []) == []


def test_a_passage_is_read_once_for_a_question_and_readings_keep_their_places() -> None:
    reader = Counting()
    reader.read("?", [PassageText(None, "long text"), PassageText(None, "text")])
    again = reader.read("?", [PassageText(None, "text"), PassageText(None, "other")])
    assert [reading.answers for reading in again] == [4, 5]
    reader.read("!", [PassageText(None, "text")])
    assert sorted(reader.texts) == ["long text", "other", "text", "text"]


def pieces(*words: str) -> Pieces:
    return Pieces(range(7, 7 + len(words)), words, [(0, 0)] * len(words))


def test_pieces_that_question_and_passage_share_are_marked_on_both_sides() -> None:
    row = Row.of(pieces("who", "rings"), pieces("bells"), pieces("rings", ""))
    assert row.match.tolist() == [0, 0, 1, 0, 0, 2, 0, 0]
    assert row.types.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert row.passage == 5


def test_chinese_is_shared_however_it_is_cut() -> None:
    row = Row.of(pieces("图书馆", "在哪"), pieces(), pieces("图", "书馆在", "书馆"))
    assert row.match.tolist() == [0, 1, 0, 0, 2, 2, 2, 0]
    assert Row.of(pieces("art"), pieces(), pieces("p", "art", "y")).match.tolist() == [0, 1, 0, 0, 2, 0, 0]


def test_places_of_pieces_leave_out_blanks_before_them(reader: SpanReader) -> None:
    text = "The  library,\n built in 1931（新馆）"
    found = Pieces.of(reader._loaded[1], text)
    parts = [text[a:b] for a, b in found.places]
    assert all(part == part.strip() for part in parts)
    assert {"The", "1931"} <= set(parts)
    assert "".join(parts) == "".join(text.split())


def test_shorter_rows_are_padded_and_masked() -> None:
    ids, _, _, mask = padded(
        [Row.of(pieces("a"), pieces(), pieces("b")), Row.of(pieces("a"), pieces(), pieces("b", "c"))]
    )
    assert ids.shape == (2, 6)
    assert mask.tolist() == [[1, 1, 1, 1, 1, 0], [1] * 6]


def test_what_was_learned_is_added_to_a_matrix_and_stands_for_everything_else() -> None:
    network, _ = untrained()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    matrix, vector = "body.layers.11.outer.weight", "span.bias"
    added = np.random.default_rng(1).normal(size=before[matrix].shape).astype(np.float32)
    add_learned(network, {matrix: packed(added), vector: np.array([3, 4], dtype=np.float32)})
    state = network.state_dict()
    assert np.abs((state[matrix] - before[matrix]).numpy() - added).max() <= np.abs(added).max() / 13
    assert state[vector].tolist() == [3, 4]


def test_other_weights_than_those_that_ship_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(span_reader, "SHA256", "0" * 64)
    with pytest.raises(ModelUnavailable, match=r"have SHA-256 .* 0{64} was expected"):
        span_reader.load()
