"""The tables that the reader learns from and is chosen on say what their questions' answers claim."""

import random

import pytest

from training.fit_rows import NOTES, PEOPLE, ledgers
from training.records import HELD_OUT, KINDS, questions


def test_an_answer_is_the_value_of_one_cell() -> None:
    answers = [q.passage[q.start : q.end] for q in questions(400, seed=1) if q.start >= 0]
    assert len(answers) > 250
    assert not [answer for answer in answers if not answer.strip() or set(answer) & set("：；;\n")]


def test_some_questions_have_no_answer() -> None:
    missing = [q for q in questions(400, seed=1) if q.start < 0]
    assert 40 < len(missing) < 150
    assert all(q.end < 0 for q in missing)


def test_what_is_held_out_is_of_other_kinds() -> None:
    titles = {name for kind in KINDS if kind.title[0] in HELD_OUT for name in (*kind.title, " ".join(kind.title))}
    assert {q.title for q in questions(60, seed=1, held_out=True)} <= titles
    assert not {q.title for q in questions(200, seed=1)} & titles


@pytest.mark.parametrize("held_out", [False, True])
def test_a_ledgers_question_is_answered_by_the_row_at_its_place(held_out: bool) -> None:
    for asked in ledgers(40, random.Random(3), held_out=held_out):
        row = asked.table[asked.place :].splitlines()[0]
        assert row in asked.table.splitlines()
        told = [*NOTES["en"], *NOTES["zh"], *PEOPLE["en"], *PEOPLE["zh"]]
        asks_for = [words for words in told if words in asked.question]
        assert asks_for
        assert all(words.lower() in row.lower() for words in asks_for)
