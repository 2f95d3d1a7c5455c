"""Questions that ask for more than one fact: to compare, to list, to sum up. Knows how they are worded; pure.

The built-in reader cannot compare or sum up. It shows what each document says, and the answer says that these are
excerpts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from app.types import Language

_OVERVIEW = re.compile(
    r"\b(?:compar\w+|differ\w*|versus|vs|lists?|summar\w+|overview|outline|(?:what|which) are (?:all )?the)\b"
    "|比较|对比|相比|区别|不同|差异|列出|列举|总结|概括|归纳|概述|有哪些|有什么不一样",
    re.IGNORECASE,
)
# What asks, and names nothing: without it the question is its topic.
_REQUEST = re.compile(
    r"^(?:please\s+|(?:can|could) you\s+)*(?:(?:list|outline|compare|summari[sz]e|give|show)\s+(?:me\s+|us\s+)?)"
    r"(?:(?:an?|the)\s+)?(?:(?:short|brief)\s+)?(?:(?:list|overview|summary|outline)\s+of\s+)?"
    r"(?:all\s+)?(?:of\s+)?(?:the\s+)?"
    "|^[请麻烦帮我能否给]*(?:列出|列举|总结|概括|归纳|概述|比较|对比)(?:一下)?(?:所有|全部)?的?|(?:的)?有哪些[?？。]*$|[?？.。！!]+$",
    re.IGNORECASE,
)
_MOST, _LEAST_OF_A_DOCUMENT = 8, 3  # sentences shown at most: in all, and of a document however many there are
_NEAR = 0.2  # of the best passage's score that a document needs
_NEAR_SENTENCE = 0.05  # of its best sentence's odds that a further one of it needs


def is_overview(question: str) -> bool:
    """Whether a question is worded as one that asks for more than one fact."""
    return bool(_OVERVIEW.search(question))


def topic(question: str) -> str:
    """What such a question is about, without the words that ask for an overview; "" where it has none of them."""
    left = _REQUEST.sub("", question.strip()).strip()
    return "" if left == question.strip("?？.。！! ") else left


def excerpts(documents: Sequence[str], passages: Sequence[float], log_odds: Sequence[float]) -> list[int]:
    """Places of the sentences to show, those of a document together, the likeliest document and sentence first.

    For each sentence: its document, the score of its passage, and its log odds.
    """
    likeliest = max(passages, default=0.0)
    scores: dict[str, float] = {}
    for document, score in zip(documents, passages, strict=True):
        scores[document] = max(score, scores.get(document, 0.0))
    near = [name for name in sorted(scores, key=lambda name: -scores[name]) if scores[name] >= _NEAR * likeliest]
    most = max(_LEAST_OF_A_DOCUMENT, _MOST // max(len(near), 1))
    chosen: list[int] = []
    for document in near:
        own = sorted((i for i, name in enumerate(documents) if name == document), key=lambda i: -log_odds[i])
        least = log_odds[own[0]] + math.log(_NEAR_SENTENCE)
        chosen += [i for i in own[:most] if log_odds[i] >= least]
    return chosen[:_MOST]


def notice(language: Language) -> str:
    """What the user should know of such an answer."""
    if language is Language.CHINESE:
        return "以下是各文档的原文摘录，按文档排列；内置阅读器不作比较和总结。"
    return "These are excerpts, document by document; the built-in reader does not compare or sum up."
