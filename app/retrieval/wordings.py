"""Search a follow-up question in each of its wordings and take the one that finds its passage best.

Pure but for the search that it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from langchain_core.documents import Document

from app.types import Wording
from ingest.lexical import index_terms

SURE = 0.9  # from this score on, no further wording of a question that leans on others is tried
SURE_ALONE = 0.5  # nor is one of a question that stands on its own: what was left unsaid is not needed
_AHEAD = 0.05  # by which a later wording has to be better to be taken
_HELD = 0.5  # share of the words a wording needs that have to stand in the passage it finds


@dataclass(frozen=True, slots=True)
class Way:
    """A wording, and terms that the passage has to hold for it to be taken."""

    text: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Searched:
    """What was searched, what was found, best first, and what other wordings would have found."""

    question: str
    found: Sequence[Document]
    wordings: tuple[Wording, ...] = ()  # the one that was taken first; empty where there was one


def search(ways: Sequence[Way], find: Callable[[Way], Sequence[Document]]) -> Searched:
    """The wording of `ways` that finds best; an earlier one, unless a later one is clearly ahead."""
    enough = SURE_ALONE if any(way.needs for way in ways) else SURE
    taken, tried = Searched(ways[0].text, find(ways[0])), []
    best = _score(taken.found)
    tried.append(Wording(taken.question, best))
    for way in ways[1:]:
        if best >= enough:
            break
        found = find(way)
        tried.append(Wording(way.text, _score(found)))
        if _score(found) >= best + _AHEAD and _holds(found[0], way.needs):
            taken, best = Searched(way.text, found), _score(found)
    order = sorted(tried, key=lambda wording: wording.question != taken.question)
    return Searched(taken.question, taken.found, tuple(order) if len(order) > 1 else ())


def _score(found: Sequence[Document]) -> float:
    return float(found[0].metadata["score"]) if found else 0.0


def _holds(found: Document, needs: Sequence[str]) -> bool:
    return holds(found.metadata["heading"], found.page_content, needs)


def holds(heading: str | None, text: str, needs: Sequence[str]) -> bool:
    """Whether enough of the terms that a wording needs stand in a passage or above it."""
    held = set(index_terms(f"{heading or ''}\n{text}"))
    return sum(term in held for term in needs) >= _HELD * len(needs)
