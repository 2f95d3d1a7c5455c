"""Questions that are made for the built-in reader to learn from: of statements, and altered ones."""

import random

import pytest

from training.altered import Alterations
from training.cloze import clozes
from training.polar import polars, unanswered

ENGLISH = (
    "The library was built by Joan Ashdown in the old harbour district. The reading room holds 450 seats for visitors. "
    "It was opened again in 1987, after Joan Ashdown had left the town for good."
)
CHINESE = "图书馆于1987年5月在旧港区重新开放。阅览室有450个座位，每天接待许多读者。馆长后来写了《旧港往事》一书。"


@pytest.mark.parametrize("passage", [ENGLISH, CHINESE])
def test_a_cloze_asks_for_a_span_of_its_passage(passage: str) -> None:
    for seed in range(30):
        found = clozes(passage, 3, random.Random(seed))
        assert found
        for cloze in found:
            answer = cloze.passage[cloze.start : cloze.end]
            assert answer
            assert answer == answer.strip()
            assert answer in passage
            assert cloze.question.endswith(("?", "？"))


@pytest.mark.parametrize(
    ("passage", "answer", "asked"),
    [
        (ENGLISH, "450", "how many"),
        (ENGLISH, "1987", ("when", "what year")),
        (CHINESE, "450", ("多少", "几")),
        (CHINESE, "1987年5月", ("什么时候", "何时", "哪一年", "哪年")),
        (CHINESE, "《旧港往事》", ("什么", "哪本书", "哪部作品", "什么作品")),
    ],
)
def test_the_question_word_suits_the_span(passage: str, answer: str, asked: str | tuple[str, ...]) -> None:
    words = (asked,) if isinstance(asked, str) else asked
    made = [c for seed in range(60) for c in clozes(passage, 3, random.Random(seed))]
    questions = [c.question for c in made if c.passage[c.start : c.end] == answer]
    assert questions
    assert all(any(word in question for word in words) for question in questions)


def test_the_statement_is_cut_where_its_span_stands_elsewhere() -> None:
    made = [c for seed in range(60) for c in clozes(ENGLISH, 3, random.Random(seed))]
    named = [c for c in made if c.passage[c.start : c.end] == "Joan Ashdown"]
    assert any(len(c.passage) < len(ENGLISH) for c in named)


@pytest.mark.parametrize(
    ("question", "passage", "changed"),
    [
        ("How many seats did the room have in 1987?", "In 1987 the room had 450 seats.", "1987"),
        ("When did Joan Ashdown leave?", "Joan Ashdown left in 1990.", "Joan Ashdown"),
        ("Which is the largest room?", "The largest room is the hall.", "largest"),
        ("最大的房间在哪里？", "最大的房间有450个座位。", "最大"),
    ],
)
def test_one_word_of_an_altered_question_is_another(question: str, passage: str, changed: str) -> None:
    others = ["What did Peter Vale write?", "旧港区博物馆在哪里？"]
    for seed in range(20):
        altered = Alterations([question, *others], random.Random(seed)).altered(question, passage, "450")
        assert altered is not None
        assert altered.count(changed) < question.count(changed)


def test_a_question_that_shares_nothing_with_its_passage_cannot_be_altered() -> None:
    alterations = Alterations(["What did Peter Vale write?"], random.Random(1))
    assert alterations.altered("Why so?", "The hall is closed.", "closed") is None


RULES = (
    "You may bring your own cup to the café. Lost cards can be blocked at the service desk. The shop has a lift beside "
    "the stairs."
)
规则 = "顾客在收银台可以用支票付款。退回书店的旧图书不得写有笔记。书店三楼有安静的自习室可用。"


@pytest.mark.parametrize(
    ("passage", "questions"),
    [
        (
            RULES,
            {"I bring my own cup to the café?", "Can Lost cards be blocked", "Does the shop have a lift beside the"},
        ),
        (规则, {"用支票付款", "写有笔记", "自习室"}),
    ],
)
def test_a_yes_or_no_question_is_answered_by_the_statement_it_is_made_of(passage: str, questions: set[str]) -> None:
    made = [p for seed in range(30) for p in polars(passage, 3, random.Random(seed))]
    for words in questions:
        found = [p for p in made if words in p.question]
        assert found, words
        assert all(p.question.endswith(("?", "？")) for p in found)
        assert all(p.predicate.split()[-1] in p.passage[p.start : p.end] for p in found)


def test_another_predicate_makes_a_question_that_the_passage_leaves_open() -> None:
    (polar,) = polars("Lost cards can be blocked at the service desk.", 1, random.Random(0))
    others = polars("Gift cards can be sent abroad by post. Cups may be left at the bar.", 2, random.Random(0))
    open_one = unanswered(polar, others, random.Random(0))
    assert open_one is not None
    assert open_one.question == "Can Lost cards be sent abroad by post?"
    assert unanswered(polar, [polar], random.Random(0)) is None
