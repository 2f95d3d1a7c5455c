"""Fit ACROSS of app/retrieval/relevance.py: python -m training.fit_across FOLDER

FOLDER holds what training.train_reader reads. For each language of the question, collections are made of sections of
documentation, half of them in each language, and of a few sentences each of translated news and articles. What is in
the other language is asked for: a section by its heading, which is a question, as translators wrote it, the sentences
by a question made of the translation of one of them (training/cloze.py). A quarter of them is taken out, and questions
that people asked about other things are asked as well, so that both have no answer there. Only passages in the other
language count, and each language the same. Weights are fitted on every second question and scored on the others; the
bias is then such that one in twenty of the first half's questions about other things is answered at the default
threshold.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from app.language import detect_language
from app.retrieval import relevance
from app.retrieval.search import MOST_READ, PassageRetriever
from app.types import Language, Passage
from ingest.embed import Encoder
from ingest.lexical import KeywordScore, script_of
from ingest.probe import EncoderProfile, profile
from ingest.settings import BUILT_IN
from training.cloze import clozes
from training.fit_reader import Row, fitted, knowledge_base, report_passages
from training.fit_relevance import pair_questions, reader_questions
from training.reader_data import Item, crossed, rows

SEED = 17
COLLECTIONS, SECTIONS, TOLD, FOREIGN = 5, 40, 40, 80  # of a collection in each language; foreign questions of one
ARTICLES, SENTENCES = ("ntrex128", "tico19"), 3  # sources of translated sentences, and how many make a passage
ASKED = SECTIONS + TOLD
CANDIDATES = 20  # of each question, best first, among which a passage stands out
THRESHOLD, ANSWERED = 0.1, 0.05  # the default one, and the share of questions about other things that may reach it


def foreign_questions(folder: Path, language: Language) -> list[str]:
    """Questions in this language about other things than documentation, half of them asked by people on their own."""
    chinese = language is Language.CHINESE
    read = reader_questions(folder, "cmrc2018" if chinese else "squad")
    asked = pair_questions(folder, *(("cmedqa_toyhom", "zh") if chinese else ("medquad", "en")))
    chance = random.Random(SEED)
    half = COLLECTIONS * FOREIGN // 2
    found = [question for pairs in (read, asked) for question, _ in chance.sample(pairs, half)]
    return chance.sample(found, len(found))


def told(folder: Path, chance: random.Random) -> dict[Language, list[Item]]:
    """By the language of the question, which is made of a sentence's translation: a few sentences in the other one."""
    found: dict[Language, list[Item]] = {language: [] for language in Language}
    for source in ARTICLES:
        sentences = [row for row in rows(folder / "parallel.jsonl.xz") if row["src"] == source]
        for number, at in enumerate(range(0, len(sentences), SENTENCES)):
            (asked_in, own), (_, other) = chance.sample([(Language.ENGLISH, "en"), (Language.CHINESE, "zh")], 2)
            part = sentences[at : at + SENTENCES]
            passage = (" " if other == "en" else "").join(row[other] for row in part)
            questions = [cloze.question for row in part for cloze in clozes(row[own], 1, chance)]
            if questions:
                found[asked_in].append(Item(chance.choice(questions), passage, "", source=f"{source} {number}"))
    return found


def rows_of(
    sections: Sequence[Item], beside: Sequence[Item], foreign: Sequence[str], encoder: Encoder, first: int
) -> Iterator[Row]:
    """Rows of the passages that one collection has in the other language, as training.fit_reader makes them."""
    names = {item.passage: str(i) for i, item in enumerate(sections[len(sections) // 4 :])}
    asked = [(item.question, names.get(item.passage)) for item in sections] + [(q, None) for q in foreign]
    with tempfile.TemporaryDirectory() as folder:
        base = knowledge_base(Path(folder), [*names, *(item.passage for item in beside)], encoder)
        searches, known = PassageRetriever(base, lambda _: encoder), profile(encoder)
        for number, (question, right) in enumerate(asked, first):
            for passage, row in features_of(searches, question, known):
                if script_of(passage.text) != script_of(question):
                    yield (number, passage.document == right, *row)
        base.close()


def features_of(
    searches: PassageRetriever, question: str, known: EncoderProfile
) -> Iterator[tuple[Passage, tuple[float, ...]]]:
    """The first passages, and their features among CANDIDATES."""
    found = searches.searched(question, top_k=CANDIDATES)
    evidence = []
    for passage, scores in found:
        trust = known.of(question, passage.text)
        keyword = KeywordScore(scores.keyword or 0.0, scores.coverage or 0.0)
        evidence.append(relevance.Evidence(keyword, trust.evidence(scores.vector or 0.0), trust.weight))
    rows = zip(found, relevance.features(evidence), strict=True)
    return ((passage, row) for (passage, _), row in islice(rows, MOST_READ))


def bias_for_foreign(parts: Sequence[np.ndarray], factors: np.ndarray) -> float:
    """The bias with which ANSWERED of the questions about other things reach the THRESHOLD."""
    best = [
        (part[part[:, 0] == number, 2:] @ factors).max()
        for part in parts
        for number in np.unique(part[:, 0])
        if is_foreign(number)
    ]
    return float(np.log(THRESHOLD / (1 - THRESHOLD)) - np.quantile(best, 1 - ANSWERED))


def is_foreign(number: float) -> bool:
    """Whether the question of this number is about other things."""
    return number % 1000 >= ASKED


def report_threshold(name: str, part: np.ndarray, odds: np.ndarray) -> None:
    """The share of the questions that reaches the threshold, by whether their passage was found."""
    groups: dict[str, list[bool]] = {"found": [], "not found": [], "about other things": []}
    for number in np.unique(part[:, 0]):
        own = part[:, 0] == number
        kind = "about other things" if is_foreign(number) else "found" if part[own, 1].any() else "not found"
        groups[kind].append(odds[own].max() >= np.log(THRESHOLD / (1 - THRESHOLD)))
    print(
        f"{name:16}", ", ".join(f"{kind}: {np.mean(reached):.3f} of {len(reached)}" for kind, reached in groups.items())
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    encoder = Encoder(BUILT_IN)
    items, chance = crossed(folder, random.Random(SEED), asking=True), random.Random(SEED)
    made = told(folder, chance)
    drawn: dict[Language, list[list[Item]]] = {}  # by collection
    for language in Language:
        headings = chance.sample([i for i in items if detect_language(i.question) is language], COLLECTIONS * SECTIONS)
        sentences = chance.sample(made[language], COLLECTIONS * TOLD)
        drawn[language] = [
            chance.sample([*headings[i::COLLECTIONS], *sentences[i::COLLECTIONS]], ASKED) for i in range(COLLECTIONS)
        ]
    parts: dict[Language, np.ndarray] = {}
    for language in Language:
        (other,) = set(Language) - {language}
        foreign = foreign_questions(folder, language)
        found: list[Row] = []
        for i, (sections, beside) in enumerate(zip(drawn[language], drawn[other], strict=True)):
            found += rows_of(sections, beside, foreign[i * FOREIGN :][:FOREIGN], encoder, first=1000 * i)
        parts[language] = np.array(found, dtype=np.float64)
    learned = [part[part[:, 0] % 2 == 0] for part in parts.values()]
    factors = fitted(learned, bias=True).coef_[0]
    bias = bias_for_foreign(learned, factors)
    print("ACROSS =", relevance.Weights(*(round(float(v), 2) for v in (bias, *factors))))
    for language, part in parts.items():
        scored = part[part[:, 0] % 2 == 1]
        odds = bias + scored[:, 2:] @ factors
        report_passages(language, scored, {"searches": odds})
        report_threshold(language, scored, odds)


if __name__ == "__main__":
    main()
