"""Ways to make a follow-up question stand on its own. Knows how follow-ups look in Chinese and English; pure.

Words are put together and never invented: what is searched was said, and the user can see it. Which way is the best
one is for the search to find out; see app.retrieval.wordings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.retrieval.wordings import Way
from app.types import Turn
from ingest.lexical import index_terms, query_terms, topics

_BEGINS = re.compile(
    r"^(?:那么?|还有|另外|然后|其中|呢|and\b|but\b|so\b|what (?:about|if)\b|how about\b|also\b|or\b)", re.IGNORECASE
)
_ENDS = re.compile(r"呢[?？]?$|^(?:why|how so|为什么|怎么会)\W*$", re.IGNORECASE)
_PRONOUN = re.compile(
    r"它|(?<!其)他(?![国乡日])|她|[这那](?!么)|(?<![应活])该(?![怎如不做当])|其(?![他它余实])|"
    r"\b(?:it|its|they|them|their|he|him|his|she|her|this|that|these|those|ones?|then|there)\b",
    re.IGNORECASE,
)
_EMPTY_SUBJECT = re.compile(
    r"\b(?:is|are|was|were) there\b|\bthere (?:is|are|was|were)\b|\bis it \w+ (?:to|that)\b", re.IGNORECASE
)
# "a book that the author signed": "that" begins a clause about what stands before it, and points at nothing else.
_RELATIVE = re.compile(
    r"\b(?:(?:any|every|some|no)(?:thing|body|one)|(?:an?|the|any|every|each|all|some|no) \w+) that(?= \w)"
    r"|\b(?:an?|the|any|every|each|all|some|no) \w+ \w+ that"
    r"(?= (?:an?|the|i|we|you|my|our|your|is|are|was|were|has|have|had|can|could|will|does?|did)\b)",
    re.IGNORECASE,
)
_SAYS_LITTLE = re.compile(
    "[要会能可才再还也就都到得算行好多大太很更]"
)  # what is left of a Chinese question names things
_FOCUS = re.compile(
    r"^(?:那么?|还有|另外|然后)?[，, ]*(?P<zh>[^，,]{1,12}?)呢[?？]?$"
    r"|^(?:(?:and|but|or|so) )?(?:what|how) about (?:the )?(?P<about>[^,]{1,40}?)\W*$"
    r"|^and (?:(?:for|to|into|in|on|at|with|of|from|by) )?(?:the )?"
    r"(?P<en>(?!(?:if|when|what|who|how|where|why|which|can|do|does|is|are)\b)[^,]{1,40}?)\W*$",
    re.IGNORECASE,
)
_MEASURE = re.compile(r"\bhow $", re.IGNORECASE)  # "long" and "much" are no topics
_VERB_AT_END = re.compile("[有要能会可需]+$")
_FEW_TERMS = 2
_REPLACED = 2  # topics of the earlier question that are tried: each costs a search


def ways(question: str, history: Sequence[Turn]) -> list[Way]:
    """What could be searched, in the order of trying; the question as it was asked is one of them if it names things.

    One that leans on what was said is tried behind the earlier question, and with its subject in the place of the
    earlier one's. One that does not is tried by itself; only where that finds little, and its own words stand in what
    the earlier question finds as well, was something left unsaid.
    """
    if not history:
        return [Way(question)]
    before = context(history)
    behind = f"{before} {question}"
    if not leans_back(question):
        return [Way(question), Way(behind, needs=tuple(query_terms(question)))]
    focus = _FOCUS.search(question.strip())
    instead = replacements(before, next(name for name in focus.groups() if name)) if focus else []
    alone = [] if _says_little(question) else [question]
    return [Way(text) for text in dict.fromkeys([behind, *instead, *alone])]


def leans_back(question: str) -> bool:
    """Whether its words say that it goes on from what was said: how it begins or ends, a pronoun, next to no names."""
    asked = question.strip()
    return bool(
        _BEGINS.search(asked)
        or _ENDS.search(asked)
        or _PRONOUN.search(_RELATIVE.sub("", _EMPTY_SUBJECT.sub("", asked)))
        or _says_little(asked)
    )


def _says_little(question: str) -> bool:
    return len(query_terms(_SAYS_LITTLE.sub(" ", question))) < _FEW_TERMS


def context(history: Sequence[Turn]) -> str:
    """The last question, with the one before it when it leans on that."""
    *earlier, last = history
    if not earlier or not leans_back(last.question):
        return last.question
    return f"{earlier[-1].question} {last.question}"


def replacements(question: str, focus: str) -> list[str]:
    """`question` with `focus` in the place of each of its topics."""
    wanted = set(index_terms(focus))
    spans = [
        (start, start + len(_VERB_AT_END.sub("", question[start:end])))
        for start, end in topics(question)
        if not _MEASURE.search(question[:start]) and not wanted <= set(index_terms(question[start:end]))
    ]
    return [f"{question[:start]}{focus}{question[end:]}" for start, end in spans[:_REPLACED]]
