"""Make a follow-up question stand on its own. Knows how follow-ups look in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.types import Turn
from ingest.lexical import query_terms

_LEANS_BACK = re.compile(
    r"^(?:那么?|还有|另外|然后|其中|呢|and\b|what about|how about|also\b|or\b|why\b\W*$|为什么\W*$)|"
    r"(?:它们?|他们?|她们?|这个|那个|这些|那些|该|其)|呢[?？]?$|"
    r"\b(?:it|its|they|them|their|he|him|his|she|her|this|that|these|those|one|ones|there)\b",
    re.IGNORECASE,
)
_FEW_TERMS = 2


def by_rules(question: str, history: Sequence[Turn]) -> str:
    """The question as it is searched: with the previous question before it when it leans on that one.

    It leans back when it begins or ends as a follow-up does, holds a pronoun, or names next to nothing itself. The
    words are not rewritten: what is searched is all that was said, and the user can see it.
    """
    if not history:
        return question
    names_little = len(query_terms(question)) < _FEW_TERMS
    if names_little or _LEANS_BACK.search(question.strip()):
        return f"{history[-1].question} {question}"
    return question
