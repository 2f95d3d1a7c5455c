"""Tell Chinese questions from English ones. Knows characters and a few function words; knows no model."""

from __future__ import annotations

import re

from app.types import Language

_CJK = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]")
_LATIN_WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
_CHINESE_FUNCTION = re.compile(r"[的了吗呢么是在有和与或不如请哪谁几多我你他它这那能可会要把被给为就都]|什么|怎|多少")
# fmt: off
_ENGLISH_FUNCTION = frozenset({
    "a", "an", "the", "is", "are", "was", "were", "be", "do", "does", "did", "have", "has", "can", "could", "will",
    "would", "should", "may", "must", "what", "which", "who", "whom", "whose", "when", "where", "why", "how", "of",
    "to", "in", "on", "for", "with", "and", "or", "not", "if", "i", "you", "we", "they", "it", "this", "that", "my",
    "your", "our", "there",
})
# fmt: on


def cjk_characters(text: str) -> int:
    """How many Chinese characters stand in `text`."""
    return len(_CJK.findall(text))


def detect_language(text: str) -> Language:
    """The language to answer `text` in; English when it holds no Chinese character.

    A product name does not make a Chinese question English, nor a quoted Chinese term an English question Chinese:
    where both scripts occur, the script of the function words decides, and else the one with more words, a Chinese
    character being taken as one.
    """
    cjk = cjk_characters(text)
    if not cjk:
        return Language.ENGLISH
    words = _LATIN_WORD.findall(text)
    speaks_chinese = bool(_CHINESE_FUNCTION.search(text))
    speaks_english = any(word.lower() in _ENGLISH_FUNCTION for word in words)
    if speaks_chinese != speaks_english:
        return Language.CHINESE if speaks_chinese else Language.ENGLISH
    return Language.CHINESE if cjk >= len(words) else Language.ENGLISH


def estimate_tokens(text: str) -> int:
    """An upper estimate of the tokens of `text` where the tokenizer is unknown.

    A Chinese character is 0.6 to 1.3 tokens in the tokenizers of today and up to 2 in older ones; other text is
    3.5 to 4.5 characters a token, tables and code down to 2.5. Taken are 1.3 and 3: too many on ordinary text, so that
    a prompt that seems to fit does fit.
    """
    chinese = cjk_characters(text)
    return int(chinese * 1.3 + (len(text) - chinese) / 3) + 1
