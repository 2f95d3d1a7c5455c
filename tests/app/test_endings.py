"""Claims about answers that do not end by themselves: circles are ended, and what only looks alike is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from langchain_core.messages import AIMessageChunk, BaseMessage

from app.checks.endings import goes_in_circles, notice, until_it_repeats
from app.types import Language

SENTENCE = "The book is a gift to the library.\n\n"
TABLE = "| Zone | Price |\n|------|-------|\n" + "".join(f"| Europe {i} | {i * 7} yuan |\n" for i in range(40))
PROSE = "Books may be returned within 30 days, unread and with the receipt. Vouchers stay valid for three years. "


@pytest.mark.parametrize(
    "text",
    [
        f"No, you cannot.[1] {SENTENCE * 6}",
        f"No, you cannot.[1] {SENTENCE * 6}The book is",
        "".join(f"{i}. Take the first item from the till.\n" for i in range(30)),
        "https://www.boni.com/en/" + "boni-" * 40,
        "答：" + "这本书可以退。" * 20,
    ],
)
def test_words_said_again_and_again_go_in_circles(text: str) -> None:
    assert goes_in_circles(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        PROSE,
        TABLE,
        PROSE * 3,
        "-" * 400,
        "| --- " * 60,
        "- Yes.\n- Yes.\n- No.\n" * 4,
        "第1天：8点。第2天：9点。第3天：10点。",
    ],
)
def test_what_only_looks_alike_does_not(text: str) -> None:
    assert not goes_in_circles(text)


def test_a_stream_ends_soon_after_it_begins_to_repeat_itself_and_says_why() -> None:
    told: list[str] = []

    def endless() -> Iterator[BaseMessage]:
        while True:
            for word in SENTENCE.split(" "):
                told.append(word)
                yield AIMessageChunk(content=f"{word} ")

    pieces = list(until_it_repeats(endless()))
    assert len("".join(str(piece.text) for piece in pieces)) < 8 * len(SENTENCE)
    assert "repeat" in (notice(pieces, Language.ENGLISH) or "")
    assert "重复" in (notice(pieces, Language.CHINESE) or "")


def test_a_stream_that_does_not_is_passed_on_as_it_is() -> None:
    pieces = [AIMessageChunk(content=word) for word in PROSE.split(" ")]
    assert list(until_it_repeats(iter(pieces))) == pieces
    assert notice(pieces, Language.ENGLISH) is None


def test_user_is_told_of_an_answer_that_was_cut_off() -> None:
    pieces = [AIMessageChunk(content="Books may"), AIMessageChunk("", response_metadata={"finish_reason": "length"})]
    assert "max tokens" in (notice(pieces, Language.ENGLISH) or "")
    assert "max tokens" in (notice(pieces, Language.CHINESE) or "")
    ended = [*pieces[:1], AIMessageChunk("", response_metadata={"finish_reason": "stop"})]
    assert notice(ended, Language.ENGLISH) is None
