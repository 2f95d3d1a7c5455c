"""The tables that the reader learns from say what their questions' answers claim."""

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
