"""Claims about the questions to go on with, on the sample handbook."""

from __future__ import annotations

import pytest

from app.engine import Engine
from app.follow_ups import SUGGESTED, FollowUps, Topic, topics_of
from app.language import detect_language
from app.types import Language
from ingest.types import Chunk, StoredChunk


@pytest.mark.parametrize("question", ["How long is a gift card valid?", "作者签名的书能退吗？"])
def test_every_follow_up_is_new_in_the_language_of_the_question_and_answered(engine: Engine, question: str) -> None:
    assistant = engine.assistant(engine.load_model(engine.settings))
    answer = assistant.ask(question)
    suggested = FollowUps(engine).suggest(answer, [question], (), 0.1)
    assert len(suggested) == SUGGESTED == len(set(suggested))
    assert question not in suggested
    assert not any(assistant.ask(one).refused for one in suggested)
    if detect_language(question) is Language.CHINESE:
        assert all(detect_language(one) is Language.CHINESE for one in suggested)
    again = FollowUps(engine).suggest(answer, [question, *suggested], (), 0.1)
    assert not set(again) & set(suggested)


def test_nothing_is_suggested_that_is_less_sure_than_the_threshold(engine: Engine) -> None:
    answer = engine.assistant(engine.load_model(engine.settings)).ask("作者签名的书能退吗？")
    assert FollowUps(engine).suggest(answer, [], (), 1.0) == ()


def test_nearest_headings_come_first_and_sentences_are_no_headings() -> None:
    def stored(number: int, *path: str) -> StoredChunk:
        return StoredChunk(number, "a.md", Chunk(number, "text", 100 * number, 100 * number + 4, None, path))

    chunks = [stored(0, "Aa"), stored(1, "Aa", "Bb"), stored(2, "Aa", "Bb"), stored(3, "Aa", "C" * 61), stored(4)]
    assert topics_of(chunks, 200) == [Topic("a.md", "Bb", "Aa > Bb"), Topic("a.md", "Aa", "Aa")]


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("Do you wrap presents?", "Do you wrap presents?"),
        ("三、薪酬与福利", "“薪酬与福利”是怎样的？"),
        ("2.1 病假", "“病假”是怎样的？"),
        ("2024 年计划", "“2024 年计划”是怎样的？"),
    ],
)
def test_heading_becomes_a_question(heading: str, question: str) -> None:
    assert Topic("a.md", heading, heading).question(Language.CHINESE) == question
