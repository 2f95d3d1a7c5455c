import pytest

from app.standalone import by_rules
from app.types import Turn

HISTORY = [Turn("How long is the warranty of the kettle?", "Two years.")]
CHINESE = [Turn("年假有几天？", "七天。")]


@pytest.mark.parametrize("question", ["And the toaster?", "Does it cover breakage?", "What about repairs?", "Why?"])
def test_english_follow_up_is_searched_with_the_question_before(question: str) -> None:
    assert by_rules(question, HISTORY) == f"{HISTORY[0].question} {question}"


@pytest.mark.parametrize("question", ["那病假呢？", "它可以顺延吗？", "为什么？", "兼职员工呢"])
def test_chinese_follow_up_is_searched_with_the_question_before(question: str) -> None:
    assert by_rules(question, CHINESE) == f"{CHINESE[0].question} {question}"


@pytest.mark.parametrize("question", ["How much does shipping to Europe cost?", "出差住酒店最多报销多少钱？"])
def test_question_that_stands_on_its_own_is_searched_as_it_is(question: str) -> None:
    assert by_rules(question, HISTORY) == question


def test_first_question_is_searched_as_it_is() -> None:
    assert by_rules("And it?", []) == "And it?"
