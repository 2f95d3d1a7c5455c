"""Questions to go on with after an answer: other headings of the documents it came from, each tried before it is shown.

Knows headings and scores; knows no model: what is suggested costs a few searches, and the words are the documents'.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.engine import Engine
from app.language import detect_language
from app.types import Answer, Citation, Language, Passage
from ingest.types import StoredChunk

SUGGESTED = 3
SURE_ENOUGH = 0.5  # a suggestion is found again at least this surely, whatever the threshold of the conversation
_TRIED = 8  # headings, the nearest first: each costs one search
_NEAR = 200  # chunks looked at on each side of the answer's own
_LONGEST = 60  # characters of a heading; a longer one is a sentence
_SHORTEST = 2
_NUMBERING = re.compile(r"^(?:\d+(?:\.\d+)+|第?[一二三四五六七八九十百\d]+[、.．)）章节条])\s*")
# Of six wordings in each language these find the sample handbook's 56 headings again the most surely.
_ASKING = {Language.ENGLISH: "Tell me about “{heading}”.", Language.CHINESE: "“{heading}”是怎样的？"}


class FollowUpSource(Protocol):
    """What the page needs of it."""

    def suggest(
        self, answer: Answer, asked: Sequence[str], documents: Sequence[str], threshold: float
    ) -> tuple[str, ...]:
        """Up to SUGGESTED questions that can be answered; none of those `asked` before."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A heading and the document under which it stands."""

    document: str
    heading: str
    path: str  # as in Passage.heading

    def question(self, language: Language) -> str:
        """The heading as a question; one that is a question already stays as it is."""
        if self.heading.endswith(("?", "？")):
            return self.heading
        return _ASKING[language].format(heading=_NUMBERING.sub("", self.heading))


class FollowUps:
    """Suggests from one collection."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def suggest(
        self, answer: Answer, asked: Sequence[str], documents: Sequence[str], threshold: float
    ) -> tuple[str, ...]:
        """Up to SUGGESTED questions that find their own section at least as surely as the threshold asks for."""
        found: list[str] = []
        language = detect_language(answer.question)
        said = {_plain(question) for question in asked}
        for topic in self._topics(answer)[:_TRIED]:
            question = topic.question(language)
            if len(found) == SUGGESTED:
                break
            if _plain(question) not in said and self._finds(question, topic, documents, max(threshold, SURE_ENOUGH)):
                found.append(question)
        return tuple(found)

    def _finds(self, question: str, topic: Topic, documents: Sequence[str], sureness: float) -> bool:
        best = self._engine.retriever.find(question, top_k=1, documents=documents)
        return any((p.document, p.heading) == (topic.document, topic.path) and p.score >= sureness for p in best)

    def _topics(self, answer: Answer) -> list[Topic]:
        """Headings near what the answer cites, or near the nearest passage of a refusal; none of theirs or above."""
        places: Sequence[Citation | Passage] = answer.citations or answer.passages[:1]
        answered = [(place.document, f"{place.heading or ''} > ") for place in places]
        topics: dict[Topic, None] = {}
        for document, start in {place.document: place.start for place in reversed(places)}.items():
            topics |= dict.fromkeys(topics_of(self._near(document, start), start))
        return [
            t for t in topics if not any(t.document == d and path.startswith(f"{t.path} > ") for d, path in answered)
        ]

    def _near(self, document: str, start: int) -> list[StoredChunk]:
        """The chunks around a place; where they are in a long document is estimated from the characters before it."""
        with self._engine.knowledge_base.reading() as generation:
            ids = generation.catalog.chunk_ids([document])
            if not ids:
                return []
            at = len(ids) * start // max(1, len(generation.catalog.text(document)))
            chunks = generation.catalog.chunks(ids[max(0, at - _NEAR) : at + _NEAR])
        return list(chunks.values())


def topics_of(chunks: Iterable[StoredChunk], start: int) -> list[Topic]:
    """The headings right above these chunks, those nearest to character `start` first."""
    nearest = sorted(chunks, key=lambda stored: abs(stored.chunk.start - start))
    topics = (
        Topic(stored.document, stored.chunk.heading_path[-1], " > ".join(stored.chunk.heading_path))
        for stored in nearest
        if stored.chunk.heading_path and _SHORTEST <= len(stored.chunk.heading_path[-1]) <= _LONGEST
    )
    return list(dict.fromkeys(topics))


def _plain(question: str) -> str:
    return "".join(character for character in question.casefold() if character.isalnum())
