"""How close an answer is to the known one: exact match, F1, contains. Pure; knows English and Chinese wording.

English is compared as SQuAD's script does: without case, punctuation and articles, word by word. Where a Chinese
character stands in either text it is done as CMRC 2018's script does: character by character, Latin words and numbers
whole, F1 by the longest common run.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from app.language import cjk_characters

_ARTICLES = frozenset({"a", "an", "the"})
_CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_SEGMENT = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")


def exact_match(said: str, wordings: Sequence[str]) -> float:
    """1 where the answer is one of the known wordings, else 0."""
    return float(any(_segments(said, wording) == _segments(wording, said) for wording in wordings))


def f1(said: str, wordings: Sequence[str]) -> float:
    """Closeness to the closest of the known wordings, in [0, 1]."""
    return max((_f1(said, wording) for wording in wordings), default=0.0)


def contains(said: str, wordings: Sequence[str]) -> float:
    """1 where one of the known wordings stands in the answer, whole words and all of them in order; else 0."""
    return float(any(_stands_in(_segments(wording, said), _segments(said, wording)) for wording in wordings))


def _f1(said: str, wording: str) -> float:
    ours, known = _segments(said, wording), _segments(wording, said)
    if not ours or not known:
        return 0.0
    if cjk_characters(said) or cjk_characters(wording):
        same = SequenceMatcher(None, ours, known, autojunk=False).find_longest_match().size
    else:
        same = (Counter(ours) & Counter(known)).total()
    return 2 * same / (len(ours) + len(known))


def _segments(text: str, other: str) -> list[str]:
    """The text as it is compared with the other one."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if cjk_characters(text) or cjk_characters(other):
        return _SEGMENT.findall(folded)
    kept = "".join(character for character in folded if not _is_punctuation(character))
    return [word for word in kept.split() if word not in _ARTICLES]


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")


def _stands_in(part: Sequence[str], whole: Sequence[str]) -> bool:
    return bool(part) and any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))
