"""Say in words what was given up when a document went. Pure; the words are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.conversations.kept import is_gone
from app.types import Answer, Sentence

Words = Callable[..., str]  # a text by its key, with named values filled in


def restated(answer: Answer, words: Words) -> Answer:
    """The answer with words in the place of text that is gone, and as it was where none is."""
    gone = {citation.number for citation in answer.citations if is_gone(citation)}
    names = {citation.document for citation in answer.citations if is_gone(citation)}
    names |= {passage.document for passage in answer.passages if not passage.text}
    if not names:
        return answer
    said = words("gone.sentence", documents=words("gone.separator").join(sorted(names)))
    passage = words("gone.passage")
    return replace(
        answer,
        sentences=_sentences(answer, said),
        citations=tuple(replace(c, quote=passage) if c.number in gone else c for c in answer.citations),
        passages=tuple(p if p.text else replace(p, text=passage) for p in answer.passages),
    )


def _sentences(answer: Answer, said: str) -> tuple[Sentence, ...]:
    """The sentences, those that are gone in one wherever they stand together."""
    shown: list[Sentence] = []
    for sentence in answer.sentences:
        if sentence.text:
            shown.append(sentence)
        elif shown and shown[-1].text == said:
            cited = dict.fromkeys((*shown[-1].citations, *sentence.citations))
            shown[-1] = replace(shown[-1], citations=tuple(cited))
        else:
            shown.append(replace(sentence, text=said))
    return tuple(shown)
