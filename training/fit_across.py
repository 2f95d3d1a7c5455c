"""Fit ACROSS and READ_ACROSS of app/retrieval/relevance.py: python -m training.fit_across FOLDER

FOLDER holds what training.train_reader reads. For each language of the question, collections are made of sections of
documentation, half of them in each language, and of a few sentences each of translated articles. What is in the other
language is asked for: a section by its heading, which is a question, as translators wrote it, the sentences by a
question made of the translation of one of them (training/cloze.py). The reader has learned from neither. A quarter of
them is taken out, and questions that people asked about other things are asked as well, so that both have no answer
there. Only passages in the other language count, and each language the same. Weights are fitted on every second
question and scored on the others.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from app.language import detect_language
from app.reading.span_reader import SpanReader, passage_text
from app.retrieval import relevance
from app.retrieval.search import MOST_READ, PassageRetriever
from app.types import Language, Passage
from ingest.embed import Encoder
from ingest.lexical import KeywordScore, is_written_in, script_of
from ingest.probe import EncoderProfile, profile
from ingest.settings import BUILT_IN
from training import reader_data, train_reader
from training.fit_reader import Row, fitted, knowledge_base, report_passages
from training.fit_relevance import pair_questions, reader_questions
from training.reader_data import Item
from training.thresholds import best_odds, report_threshold
from training.translated import crossed, told

SEED = 17
COLLECTIONS, SECTIONS, TOLD, FOREIGN = 5, 40, 40, 80  # of a collection in each language; foreign questions of one
ARTICLES = {"tico19": 1_000}  # a source of translated sentences that the reader has not learned from
ASKED = SECTIONS + TOLD
CANDIDATES = 20  # of each question, best first, among which a passage stands out


def foreign_questions(folder: Path, language: Language, seen: Collection[str]) -> list[str]:
    """Questions in this language about other things than documentation, half of them asked by people on their own,
    none of them `seen` by the reader."""
    chinese = language is Language.CHINESE
    read = reader_questions(folder, "cmrc2018" if chinese else "squad")
    asked = pair_questions(folder, *(("cmedqa_toyhom", "zh") if chinese else ("medquad", "en")))
    chance = random.Random(SEED)
    half = COLLECTIONS * FOREIGN // 2
    found = [q for pairs in (read, asked) for q in chance.sample([q for q, _ in pairs if q not in seen], half)]
    return chance.sample(found, len(found))


def rows_of(
    sections: Sequence[Item],
    beside: Sequence[Item],
    foreign: Sequence[str],
    encoder: Encoder,
    network: SpanReader,
    first: int,
) -> Iterator[Row]:
    """Rows of the passages that one collection has in the other language: number of the question, whether the passage
    is right, its features, and the reader's log odds."""
    names = {item.passage: str(i) for i, item in enumerate(sections[len(sections) // 4 :])}
    asked = [(item.question, names.get(item.passage)) for item in sections] + [(q, None) for q in foreign]
    with tempfile.TemporaryDirectory() as folder:
        base = knowledge_base(Path(folder), [*names, *(item.passage for item in beside)], encoder)
        searches, known = PassageRetriever(base, lambda _: encoder), profile(encoder)
        for number, (question, right) in enumerate(asked, first):
            others = [
                (passage, row)
                for passage, row in features_of(searches, question, known)
                if not is_written_in(passage.text, script_of(question))
            ]
            readings = network.read(question, [passage_text(passage) for passage, _ in others])
            for (passage, row), reading in zip(others, readings, strict=True):
                yield (number, passage.document == right, *row, reading.answers)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    encoder, network = Encoder(BUILT_IN), SpanReader()
    items, chance = crossed(folder, random.Random(SEED), asking=True), random.Random(SEED)
    made = told(folder, ARTICLES, chance)
    seen = {item.question for item in reader_data.items(folder, train_reader.SEED)[0]}
    drawn: dict[Language, list[list[Item]]] = {}  # by collection
    for language in Language:
        headings = chance.sample([i for i in items if detect_language(i.question) is language], COLLECTIONS * SECTIONS)
        sentences = chance.sample([i for i in made if detect_language(i.question) is language], COLLECTIONS * TOLD)
        drawn[language] = [
            chance.sample([*headings[i::COLLECTIONS], *sentences[i::COLLECTIONS]], ASKED) for i in range(COLLECTIONS)
        ]
    parts: dict[Language, np.ndarray] = {}
    for language in Language:
        (other,) = set(Language) - {language}
        foreign = foreign_questions(folder, language, seen)
        found: list[Row] = []
        for i, (sections, beside) in enumerate(zip(drawn[language], drawn[other], strict=True)):
            others = foreign[i * FOREIGN :][:FOREIGN]
            found += rows_of(sections, beside, others, encoder, network, first=1000 * i)
        parts[language] = np.array(found, dtype=np.float64)
    searched = fitted([part[part[:, 0] % 2 == 0][:, :-1] for part in parts.values()], bias=True)
    print("ACROSS =", relevance.Weights(*weights_of(searched)))
    both = {name: with_odds(part, searched) for name, part in parts.items()}
    read = fitted([part[part[:, 0] % 2 == 0] for part in both.values()], bias=True)
    print("READ_ACROSS =", relevance.ReadWeights(*weights_of(read)))
    for language, part in both.items():
        scored = part[part[:, 0] % 2 == 1]
        odds = {"searches": scored[:, 2], "read": read.decision_function(scored[:, 2:])}
        report_passages(language, scored, odds)
        for name, own in odds.items():
            report_threshold(f"{language} {name}", best_odds(scored, own, ASKED))


def weights_of(model: LogisticRegression) -> list[float]:
    return [round(float(value), 2) for value in (model.intercept_[0], *model.coef_[0])]


def with_odds(part: np.ndarray, searched: LogisticRegression) -> np.ndarray:
    """The rows with the log odds that the searches give in the place of their features."""
    return np.column_stack([part[:, :2], searched.decision_function(part[:, 2:-1]), part[:, -1]])


if __name__ == "__main__":
    main()
