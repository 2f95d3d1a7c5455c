"""Fit AHEAD of app/retrieval/relevance.py: python -m training.fit_across FOLDER

FOLDER holds what training.train_reader reads. For each language of the question, collections are made of sections of
documentation in the other language, and asked for by their headings as translators wrote them; headings that the reader
has learned from are among them, which reads no passage in another language. A quarter of each collection's sections is
taken out, and questions that people asked about other things are asked as well, so that both have no answer there.
Each language counts the same. Weights are fitted on every second question and scored on the others.
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
from ingest.settings import BUILT_IN
from training.fit_reader import Row, fitted, knowledge_base, report_passages
from training.fit_relevance import pair_questions, reader_questions
from training.reader_data import Item, crossed

SEED = 17
COLLECTIONS, SECTIONS, FOREIGN = 3, 120, 60  # sections and foreign questions of a collection


def foreign_questions(folder: Path, language: Language) -> list[str]:
    """Questions in this language about other things than documentation, half of them asked by people on their own."""
    chinese = language is Language.CHINESE
    read = reader_questions(folder, "cmrc2018" if chinese else "squad")
    asked = pair_questions(folder, *(("cmedqa_toyhom", "zh") if chinese else ("medquad", "en")))
    chance = random.Random(SEED)
    half = COLLECTIONS * FOREIGN // 2
    found = [question for pairs in (read, asked) for question, _ in chance.sample(pairs, half)]
    return chance.sample(found, len(found))


def rows_of(sections: Sequence[Item], foreign: Sequence[str], encoder: Encoder, first: int) -> Iterator[Row]:
    """Rows of the passages found for each question of one collection, as training.fit_reader makes them."""
    names = {item.passage: str(i) for i, item in enumerate(sections[len(sections) // 4 :])}
    asked = [(item.question, names.get(item.passage)) for item in sections] + [(q, None) for q in foreign]
    with tempfile.TemporaryDirectory() as folder:
        base = knowledge_base(Path(folder), list(names), encoder)
        searches = PassageRetriever(base, lambda _: encoder)
        for number, (question, right) in enumerate(asked, first):
            found = searches.searched(question, top_k=MOST_READ)
            evidence = searches.sentence_evidence(question, [passage for passage, _ in found])
            features = relevance.across_features([passage.score for passage, _ in found], evidence)
            for (passage, _), row in zip(found, features, strict=True):
                yield (number, passage.document == right, *row)
        base.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    encoder = Encoder(BUILT_IN)
    items = crossed(folder, random.Random(SEED))
    parts: dict[Language, np.ndarray] = {}
    for language in Language:
        own = [item for item in items if detect_language(item.question) is language]
        own = random.Random(SEED).sample(own, COLLECTIONS * SECTIONS)
        foreign = foreign_questions(folder, language)
        rows: list[Row] = []
        for i in range(COLLECTIONS):
            part, other = own[i * SECTIONS :][:SECTIONS], foreign[i * FOREIGN :][:FOREIGN]
            rows += rows_of(part, other, encoder, first=1000 * i)
        parts[language] = np.array(rows, dtype=np.float64)
    model = fitted(list(parts.values()), bias=True)
    searched, ahead = model.coef_[0]
    print(f"AHEAD = {ahead / searched:.2f}")
    for language, part in parts.items():
        report_passages(language, part, model)


if __name__ == "__main__":
    main()
