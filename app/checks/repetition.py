"""Tell when a language model goes in circles, as small ones do: the same words over and over until it is cut off.

Pure but for the stream that it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from langchain_core.messages import AIMessageChunk, BaseMessage

from app.types import Language

CIRCLES = "circles"  # in the additional_kwargs of the last piece of an answer that was ended for it
_SIZES = range(8, 301)  # characters that are the same each time
_TIMES = 5  # in a row, at the end
_SHORTEST = 80  # characters of all times together
_STEP = 40  # characters that are new before it is looked at again
_LIST_MARKER = re.compile(r"(?m)^\s*(?:[-*•·]|\(?\d+[.)、])\s*")  # "41. Open the till." goes on like "40. ..."
_NOTICES = {
    Language.ENGLISH: "The model began to repeat itself and was stopped. Ask in other words, or choose a larger model.",
    Language.CHINESE: "模型开始重复自己的话，已停止生成。请换个问法，或者选用更大的模型。",
}


def goes_in_circles(text: str) -> bool:
    """Whether a text ends in words that it says again and again."""
    plain = _LIST_MARKER.sub("", text)
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
            if goes_in_circles(text):
                yield AIMessageChunk(content="", additional_kwargs={CIRCLES: True})
                return


def notice(language: Language) -> str:
    """What the user is told of it."""
    return _NOTICES[language]
