"""Tell how an answer of a language model ended, where that was not its own end: in circles, or cut off.

Small models say the same words over and over until they are cut off. Pure but for the stream that it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from langchain_core.messages import AIMessageChunk, BaseMessage

from app.types import Language

CIRCLES = "circles"  # in the additional_kwargs of the last piece of an answer that was ended for it
_SIZES = range(8, 301)  # characters that are the same each time
_TIMES = 5  # in a row, at the end
_SHORTEST = 80  # characters of all times together
_STEP = 40  # characters that are new before it is looked at again
_LOOKED_AT = 2 * _TIMES * _SIZES[-1]  # characters at the end, list markers included
# At the start of a line: "41. Open the till." goes on like "40. ...". The number of "3.5 yuan" is none.
LIST_MARKER = re.compile(r"(?m)^\s*(?:[-*•·]|[(（]?\d{1,3}[.)、:：）](?!\d))\s*")
_IN_CIRCLES = {
    Language.ENGLISH: "The model began to repeat itself and was stopped. Ask in other words, or choose a larger model.",
    Language.CHINESE: "模型开始重复自己的话，已停止生成。请换个问法，或者选用更大的模型。",
}
_CUT_OFF = {
    Language.ENGLISH: "The answer reached its greatest length and was cut off. Raise max tokens in the settings.",
    Language.CHINESE: "回答达到最大长度，后面的内容被截断了。请在设置中调大最大输出长度（max tokens）。",
}


def goes_in_circles(text: str) -> bool:
    """Whether a text ends in words that it says again and again."""
    plain = LIST_MARKER.sub("", text)
    for size in _SIZES:
        whole = _TIMES * size
        if _SHORTEST <= whole <= len(plain) and plain[-whole:-size] == plain[-whole + size :]:
            return any(character.isalpha() for character in plain[-size:])
    return False


def until_it_repeats(pieces: Iterator[BaseMessage]) -> Iterator[BaseMessage]:
    """The pieces of an answer; where it goes in circles they end, with one that carries no text but says so."""
    text, seen = "", 0
    for piece in pieces:
        yield piece
        text += str(piece.text)
        if len(text) >= seen + _STEP:
            seen = len(text)
            if goes_in_circles(text[-_LOOKED_AT:]):
                yield AIMessageChunk(content="", additional_kwargs={CIRCLES: True})
                return


def notice(pieces: Sequence[BaseMessage], language: Language) -> str | None:
    """What the user should know of the end of an answer; None where the model ended it by itself."""
    if any(piece.additional_kwargs.get(CIRCLES) for piece in pieces):
        return _IN_CIRCLES[language]
    if any(piece.response_metadata.get("finish_reason") == "length" for piece in pieces):
        return _CUT_OFF[language]
    return None
