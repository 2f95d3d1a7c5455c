"""Does a passage support a sentence that a language model composed from it? Judged without asking a model again.

A number that the cited passages do not hold in that sense decides by itself (app.checks.quantities). Else a logistic
regression weighs how near the sentence's meaning comes to that of one of theirs, and how much of its words one of
theirs covers; across languages its names in place of its words. What the reader's network makes of sentence and passage
told nothing more within one language (its weight was -.02), and marked more right sentences of the handbook across.

`python -m training.fit_support FOLDER` fits the weights. Of the half that is held out it marks (right sentences / their
nearest other passage / a foreign answer put in / another answer of the passage put in): squad .03/.83/.37/.13, cmrc
.07/.97/.57/.14, drcd .07/.90/.33/.07, translations .05/.93; 180 translations, 27 to 30 sentences of each other kind.
So a wrong citation is seen; a sentence that mixes up what its passage says mostly is not, where no number betrays it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.checks.quantities import lacking
from app.reading.sentence_evidence import Match
from app.reading.span_reader import passage_text
from app.types import Passage
from ingest.lexical import Script, index_terms, query_terms, script_of
from ingest.sentences import sentence_spans

_MOST_SENTENCES = 40  # of one passage; a longer one is a table
_NAME = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://\S+|\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z\d][\w-]*"  # addresses, codes
    r"|(?<=[\w,;:] )[A-Z][\w'’-]+|\b[A-Z]{2,}\b"  # capitals within a sentence
)
_LATIN = re.compile(r"[A-Za-z][A-Za-z'’-]+")  # in a Chinese sentence every Latin word is a name
_QUOTED = re.compile(r"[“《「『\"]([^”》」』\"]{2,40})[”》」』\"]")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a sentence standing in its passages."""

    own: float  # in [0, 1]: share of its words' weight that one sentence of theirs, with the one before, covers
    meaning: float  # of the nearest sentence, in standard deviations above unrelated texts, scaled by trust
    names: float  # in [0, 1]: share of its names that they lack


@dataclass(frozen=True, slots=True)
class Weights:
    """Log odds = bias + the sum of weight times evidence; not negative where a sentence is to pass."""

    bias: float
    own: float = 0.0
    meaning: float = 0.0
    names: float = 0.0

    def log_odds(self, evidence: Evidence) -> float:
        """Of the sentence being borne out, shifted so that it passes from 0 on."""
        return self.bias + self.own * evidence.own + self.meaning * evidence.meaning + self.names * evidence.names


SAME_LANGUAGE = Weights(bias=-4.271, own=0.831, meaning=0.689)
ACROSS = Weights(bias=-7.972, meaning=1.742, names=-2.673)


class SupportCheck:
    """Checks sentences against passages, with the words and the encoder of one collection."""

    def __init__(self, match: Match) -> None:
        self._match = match

    def supports(self, sentence: str, passages: Sequence[Passage]) -> bool:
        """Whether these passages bear the sentence out; False without passages."""
        if not passages or lacking(sentence, [source_text(passage) for passage in passages]):
            return False
        weights = SAME_LANGUAGE if same_language(sentence, passages) else ACROSS
        return weights.log_odds(self.evidence(sentence, passages)) >= 0

    def evidence(self, sentence: str, passages: Sequence[Passage]) -> Evidence:
        """What there is to judge by."""
        windows = [window for passage in passages for window in _windows(passage)]
        matches = self._match(sentence)
        meaning = matches.meaning(list(dict.fromkeys(text for window in windows for text in window.meanings)))
        whole = "\n".join(source_text(passage) for passage in passages)
        return Evidence(
            own=max((matches.scorer.score(window.around).coverage for window in windows), default=0.0),
            meaning=max(meaning, default=0.0),
            names=missing_names(sentence, whole),
        )


def same_language(sentence: str, passages: Sequence[Passage]) -> bool:
    """Whether words can be compared."""
    return script_of(sentence) == script_of("\n".join(passage.text for passage in passages))


def source_text(passage: Passage) -> str:
    """All that a sentence may take from a passage: its headings and its text."""
    return f"{passage.heading or ''}\n{passage.text}"


def missing_names(sentence: str, source: str) -> float:
    """Share of the names, codes and quoted words of `sentence` that do not stand in `source`, in [0, 1]."""
    chinese = script_of(sentence) is Script.CHINESE
    if not chinese and script_of(source) is Script.CHINESE:
        found = {m.group() for m in _NAME.finditer(sentence) if any(c.isdigit() or c == "@" for c in m.group())}
    else:
        found = set(_NAME.findall(sentence)) | set(_LATIN.findall(sentence) if chinese else ())
        found |= set(_QUOTED.findall(sentence)) if chinese is (script_of(source) is Script.CHINESE) else set()
    if not found:
        return 0.0
    known = set(index_terms(source))
    return sum(not set(query_terms(name)) <= known for name in found) / len(found)


@dataclass(frozen=True, slots=True)
class _Window:
    """One sentence of a passage, which leans on its heading and on the sentence before it."""

    meanings: tuple[str, ...]  # alone, and below its heading, which often names what it is about
    around: str  # with all of them


def _windows(passage: Passage) -> list[_Window]:
    before, found = "", []
    heading = passage_text(passage).heading
    for start, end in sentence_spans(passage.text)[:_MOST_SENTENCES]:
        text = passage.text[start:end]
        meanings = (text, f"{heading}\n{text}") if heading else (text,)
        found.append(_Window(meanings, f"{passage.heading or ''}\n{before}\n{text}"))
        before = text
    return found
