"""Claims about what is small talk and what is a question."""

from __future__ import annotations

from itertools import product

import pytest

from app.language import detect_language
from app.small_talk import Courtesy, courtesy, reply
from app.types import Language


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Hello!", Courtesy.GREETING),
        ("good morning, Docent", Courtesy.GREETING),
        ("你好", Courtesy.GREETING),
        ("在吗？", Courtesy.GREETING),
        ("Thanks, that helped!", Courtesy.THANKS),
        ("👍 thanks", Courtesy.THANKS),
        ("好的，谢谢你的帮助！", Courtesy.THANKS),
        ("你好，谢谢", Courtesy.THANKS),
        ("明白了。再见！", Courtesy.FAREWELL),
        ("Bye bye", Courtesy.FAREWELL),
        ("Who are you?", Courtesy.ABOUT),
        ("你能做什么？", Courtesy.ABOUT),
    ],
)
def test_small_talk_is_told_by_its_words(message: str, kind: Courtesy) -> None:
    assert courtesy(message) is kind


@pytest.mark.parametrize(
    "question",
    [
        "Hello, how long is a gift card valid?",
        "你好，年假有几天？",
        "help desk hours",
        "How does it work?",
        "怎么用？",
        "谢谢卡多少钱？",
        "What do you do when it rains?",
        "好的那病假呢",
        "Who are the managers?",
        "",
        "hi " * 40,
    ],
)
def test_whatever_may_be_about_a_document_is_a_question(question: str) -> None:
    assert courtesy(question) is None


def test_every_courtesy_is_returned_in_both_languages() -> None:
    for kind, language in product(Courtesy, Language):
        assert detect_language(reply(kind, language)) is language
