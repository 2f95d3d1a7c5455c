import pytest

from app.retrieval.standalone import context, leans_back, replacements, ways
from app.retrieval.wordings import Way
from app.types import Turn

HISTORY = [Turn("How long is the warranty of the kettle?", "Two years.")]
CHINESE = [Turn("年假有几天？", "七天。")]


@pytest.mark.parametrize(
    "question",
    [
        "Does it cover breakage?",
        "What does a second one cost?",
        "How long does that take?",
        "Is there a fee for that form?",
        "Who pays for a book that they lost?",
        "那病假呢？",
        "它可以顺延吗？",
        "兼职员工呢",
        "这要证明吗？",
        "那里能坐几个人？",
    ],
)
def test_follow_up_is_searched_behind_the_question_before_first_and_alone_last(question: str) -> None:
    for history in (HISTORY, CHINESE):
        first, *_, last = ways(question, history)
        assert (first, last) == (Way(f"{history[0].question} {question}"), Way(question))


@pytest.mark.parametrize(
    "question",
    [
        *("Why?", "And if I sell it?", "Can it be repaired?", "What happens then?", "And the toaster?"),
        "Can the staff do that?",
        *("What about repairs?", "为什么？", "要多久才能到？"),
    ],
)
def test_follow_up_that_names_next_to_nothing_is_not_searched_alone(question: str) -> None:
    for history in (HISTORY, CHINESE):
        found = ways(question, history)
        assert found[0] == Way(f"{history[0].question} {question}")
        assert Way(question) not in found


@pytest.mark.parametrize(
    "question",
    [
        "How much does shipping to Europe cost?",
        "Is there a student discount?",
        "Is it possible to pay by card?",
        "Can I return a book that the author signed?",
        "How long do you keep an umbrella that somebody forgot?",
        "Can I pay with a gift card that has expired?",
        "Is there anything that I cannot return?",
        "出差住酒店最多报销多少钱？",
        "其他城市还有分店吗？",
        "应该怎么请病假？",
    ],
)
def test_question_that_stands_on_its_own_is_searched_alone_first(question: str) -> None:
    assert not leans_back(question)
    first, behind = ways(question, HISTORY)
    assert first == Way(question)
    assert behind.needs


def test_first_question_is_searched_as_it_is() -> None:
    assert ways("And it?", []) == [Way("And it?")]


def test_new_subject_takes_the_place_of_the_old_one() -> None:
    assert replacements("年假有几天？", "病假") == ["病假有几天？"]
    assert replacements("How long is the warranty of the kettle?", "toaster") == [
        "How long is the toaster of the kettle?",
        "How long is the warranty of the toaster?",
    ]
    assert Way("How long is the warranty of the toaster?") in ways("What about the toaster?", HISTORY)


def test_subject_of_a_follow_up_to_a_follow_up_is_found_one_question_further_back() -> None:
    history = [*CHINESE, Turn("那病假呢？", "三天。")]
    assert context(history) == "年假有几天？ 那病假呢？"
    assert context([*history, Turn("什么时候发工资？", "十日。")]) == "什么时候发工资？"
