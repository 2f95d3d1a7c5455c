"""Fit ACROSS of app/retrieval/relevance.py: python -m training.fit_across FOLDER

FOLDER holds what training.train_reader reads. For each language of the question, collections are made of sections of
documentation, half of them in each language; those in the other language are asked for by their headings as translators
wrote them. A quarter of these sections is taken out, and questions that people asked about other things are asked as
well, so that both have no answer there. Only passages in the other language count, and each language the same. Weights
are fitted on every second question and scored on the others; the bias is then such that one in fifty of the first
half's questions about other things is answered at the default threshold, in each language: how near unrelated texts
come differs.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from app.language import detect_language
from app.retrieval import relevance
from app.retrieval.search import MOST_READ, PassageRetriever
from app.types import Language
from ingest.embed import Encoder
from ingest.lexical import script_of
from ingest.settings import BUILT_IN
from training.fit_reader import Row, fitted, knowledge_base, report_passages
from training.fit_relevance import pair_questions, reader_questions
from training.reader_data import Item, crossed

SEED = 17
COLLECTIONS, SECTIONS, FOREIGN = 3, 80, 80  # sections in each language and foreign questions of a collection
THRESHOLD, ANSWERED = 0.1, 0.02  # the default one, and the share of questions about other things that may reach it


def foreign_questions(folder: Path, language: Language) -> list[str]:
    """Questions in this language about other things than documentation, half of them asked by people on their own."""
    chinese = language is Language.CHINESE
    read = reader_questions(folder, "cmrc2018" if chinese else "squad")
    asked = pair_questions(folder, *(("cmedqa_toyhom", "zh") if chinese else ("medquad", "en")))
    chance = random.Random(SEED)
    half = COLLECTIONS * FOREIGN // 2
    found = [question for pairs in (read, asked) for question, _ in chance.sample(pairs, half)]
    return chance.sample(found, len(found))


def rows_of(
    sections: Sequence[Item], beside: Sequence[Item], foreign: Sequence[str], encoder: Encoder, first: int
) -> Iterator[Row]:
    """Rows of the passages that one collection has in the other language, as training.fit_reader makes them."""
    names = {item.passage: str(i) for i, item in enumerate(sections[len(sections) // 4 :])}
    asked = [(item.question, names.get(item.passage)) for item in sections] + [(q, None) for q in foreign]
    with tempfile.TemporaryDirectory() as folder:
        base = knowledge_base(Path(folder), [*names, *(item.passage for item in beside)], encoder)
        searches = PassageRetriever(base, lambda _: encoder)
        for number, (question, right) in enumerate(asked, first):
            found = [passage for passage, _ in searches.searched(question, top_k=MOST_READ)]
            evidence = searches.best_sentences(question, found)
            features = relevance.across_features([passage.score for passage in found], evidence)
            for passage, row in zip(found, features, strict=True):
                if script_of(passage.text) != script_of(question):
                    yield (number, passage.document == right, *row)
        base.close()


def bias_for_foreign(part: np.ndarray, factors: np.ndarray) -> float:
    """The bias with which ANSWERED of the even questions about other things reach the THRESHOLD."""
    even = [number for number in np.unique(part[:, 0]) if number % 2 == 0 and is_foreign(number)]
    best = [(part[part[:, 0] == number, 2:] @ factors).max() for number in even]
    return float(np.log(THRESHOLD / (1 - THRESHOLD)) - np.quantile(best, 1 - ANSWERED))


def is_foreign(number: float) -> bool:
    """Whether the question of this number is about other things."""
    return number % 1000 >= SECTIONS


def report_threshold(name: str, part: np.ndarray, odds: np.ndarray) -> None:
    """Of the odd questions, the share that reaches the threshold, by whether their passage was found."""
    groups: dict[str, list[bool]] = {"found": [], "not found": [], "about other things": []}
    for number in np.unique(part[:, 0]):
        own = part[:, 0] == number
        kind = "about other things" if is_foreign(number) else "found" if part[own, 1].any() else "not found"
        if number % 2:
            groups[kind].append(odds[own].max() >= np.log(THRESHOLD / (1 - THRESHOLD)))
    print(
        f"{name:16}", ", ".join(f"{kind}: {np.mean(reached):.3f} of {len(reached)}" for kind, reached in groups.items())
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    encoder = Encoder(BUILT_IN)
    items = crossed(folder, random.Random(SEED))
    asked = {language: [item for item in items if detect_language(item.question) is language] for language in Language}
    drawn = {name: random.Random(SEED).sample(own, COLLECTIONS * SECTIONS) for name, own in asked.items()}
    parts: dict[Language, np.ndarray] = {}
    for language in Language:
        (other,) = set(Language) - {language}
        foreign = foreign_questions(folder, language)
        rows: list[Row] = []
        for i in range(COLLECTIONS):
            sections, beside = (drawn[name][i * SECTIONS :][:SECTIONS] for name in (language, other))
            rows += rows_of(sections, beside, foreign[i * FOREIGN :][:FOREIGN], encoder, first=1000 * i)
        parts[language] = np.array(rows, dtype=np.float64)
    model = fitted(list(parts.values()), bias=True)
    factors = model.coef_[0]
    bias = {language: bias_for_foreign(part, factors) for language, part in parts.items()}
    values = (bias[Language.CHINESE], bias[Language.ENGLISH], *factors)
    print("ACROSS =", relevance.AcrossWeights(*(round(float(v), 2) for v in values)))
    for language, part in parts.items():
        report_passages(language, part, model)
        report_threshold(f"{language} before", part, part[:, 2])
        report_threshold(f"{language} after", part, bias[language] + part[:, 2:] @ factors)


if __name__ == "__main__":
    main()
