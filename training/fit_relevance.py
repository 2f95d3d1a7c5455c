"""Fit the weights of app/relevance.py: python -m training.fit_relevance FOLDER

FOLDER holds reader-squad.jsonl.gz, reader-cmrc2018.jsonl.gz and reader-drcd.jsonl.gz, one row
{"question", "context", "answers"} a line (SQuAD, CMRC 2018 and DRCD train splits: CC BY-SA 4.0). The contexts of a file
make one large collection and several small ones, because people have both. A quarter of each is taken out before
searching, so that their questions have no answer in it: without them a probability would only say which passage is
best. Weights are fitted on every second question and scored on the others; neither half is used in bench/.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from app.relevance import Evidence, Weights, features
from ingest import lexical
from ingest.embed import Encoder
from ingest.probe import EncoderProfile, profile
from ingest.types import FloatMatrix

SEED = 7
LARGE, SMALL, SMALL_COLLECTIONS = 1000, 60, 12  # contexts
QUESTIONS = 800  # for the large collection, and for all small ones together
CANDIDATES = 20  # from each search
SETS = ("squad", "cmrc2018", "drcd")
NAMES = tuple(Weights.__dataclass_fields__)  # the bias first, then the features in their order
KEYWORD_FEATURES = 3  # the first of the features


@dataclass(frozen=True)
class Collection:
    """Contexts, of which `absent` cannot be found, and questions with the place of their context."""

    contexts: list[str]
    absent: set[int]
    questions: list[tuple[str, int]]
    similarities: FloatMatrix  # (questions, contexts)


def collections(path: Path, encoder: Encoder) -> Iterator[Collection]:
    """One large collection, then the small ones, of one file."""
    chance = random.Random(SEED)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["answers"]]
    everything = list(dict.fromkeys(row["context"] for row in rows))
    chance.shuffle(everything)
    everything = everything[:LARGE]
    vectors = encoder.encode_passages(everything)
    place = {context: i for i, context in enumerate(everything)}
    rows = [row for row in rows if row["context"] in place]
    chance.shuffle(rows)
    samples = [(list(range(len(everything))), QUESTIONS)]
    samples += [(chance.sample(range(len(everything)), SMALL), QUESTIONS // SMALL_COLLECTIONS)] * SMALL_COLLECTIONS
    for members, count in samples:
        here = {member: i for i, member in enumerate(members)}
        asked = [row for row in rows if place[row["context"]] in here][:count]
        similarities = encoder.encode_queries([row["question"] for row in asked]) @ vectors[members].T
        absent = set(chance.sample(range(len(members)), len(members) // 4))
        questions = [(row["question"], here[place[row["context"]]]) for row in asked]
        yield Collection([everything[m] for m in members], absent, questions, similarities)


def rows_of(collection: Collection, known: EncoderProfile, first: int) -> np.ndarray:
    """One row a candidate: number of its question, is it the right one, is that one there, trust, features."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(lexical.SCHEMA)
    contexts = collection.contexts
    present = [i for i in range(len(contexts)) if i not in collection.absent]
    lexical.add_terms(connection, ((i, contexts[i]) for i in present))
    mean = float(np.mean([len(lexical.index_terms(contexts[i])) for i in present]))
    rows = []
    for number, (question, gold) in enumerate(collection.questions):
        terms = lexical.query_terms(question)
        sql = "SELECT rowid FROM keywords WHERE keywords MATCH ? ORDER BY bm25(keywords) LIMIT ?"
        found = [id_ for (id_,) in connection.execute(sql, [lexical.match_expression(terms), CANDIDATES])]
        similarities = collection.similarities[number]
        found += sorted(present, key=lambda i: -similarities[i])[:CANDIDATES]
        frequencies = lexical.document_frequencies(connection, terms)
        scorer = lexical.KeywordScorer.of(frequencies, chunks=len(present), mean_length=mean)
        candidates = list(dict.fromkeys(found))
        trusts = [known.of(question, contexts[i]) for i in candidates]
        evidence = [
            Evidence(scorer.score(contexts[i]), trust.evidence(float(similarities[i])), trust.weight)
            for i, trust in zip(candidates, trusts, strict=True)
        ]
        rows += [
            (first + number, i == gold, gold not in collection.absent, item.trust, *feature)
            for i, item, feature in zip(
                candidates, evidence, features(evidence, unknown=scorer.unknown, chunks=len(present)), strict=True
            )
        ]
    connection.close()
    return np.array(rows, dtype=np.float64)


def rows_of_set(path: Path, encoder: Encoder, known: EncoderProfile) -> dict[str, np.ndarray]:
    """The rows of the large collection and of all small ones."""
    large, *small = collections(path, encoder)
    parts = [rows_of(collection, known, first=1000 * i) for i, collection in enumerate(small)]
    return {"large": rows_of(large, known, first=0), "small": np.vstack(parts)}


def design(rows: np.ndarray) -> np.ndarray:
    """Features, then keyword features and a constant scaled by trust: keywords matter less beside a good encoder."""
    trust = rows[:, 3:4]
    return np.hstack([rows[:, 4:], trust * rows[:, 4 : 4 + KEYWORD_FEATURES], trust])


def report(name: str, rows: np.ndarray, scores: np.ndarray) -> None:
    """Print how the scores rank the gold passage first and how well the best score says whether it is right."""
    best = [part[np.argmax(scores[part])] for part in np.split(np.arange(len(rows)), _starts(rows))]
    hit, there = rows[best, 1] == 1, rows[best, 2] == 1
    probability = 1 / (1 + np.exp(-scores[best]))
    certainty = f"AUROC {roc_auc_score(hit, probability):.3f}  Brier {brier_score_loss(hit, probability):.3f}"
    print(f"{name:15} {len(best)} questions: R@1 {hit[there].mean():.3f}  of the best score: {certainty}")


def _starts(rows: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.diff(rows[:, 0])) + 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    encoder = Encoder("built-in")
    known = profile(encoder)
    data = {
        f"{name} {size}": rows
        for name in SETS
        for size, rows in rows_of_set(folder / f"reader-{name}.jsonl.gz", encoder, known).items()
    }
    fit = np.vstack([rows[rows[:, 0] % 2 == 0] for rows in data.values()])
    model = LogisticRegression(C=10, max_iter=10_000).fit(design(fit), fit[:, 1])
    factors, size = model.coef_[0], len(NAMES) - 1
    untrusted = np.array([model.intercept_[0], *factors[:size]])
    trusted = untrusted.copy()
    trusted[: 1 + KEYWORD_FEATURES] += [factors[-1], *factors[size:-1]]
    for name, values in (("TRUSTED", trusted), ("UNTRUSTED", untrusted)):
        print(name, "= Weights(" + ", ".join(f"{n}={v:.2f}" for n, v in zip(NAMES, values, strict=True)) + ")")
    for name, rows in data.items():
        held_out = rows[rows[:, 0] % 2 == 1]
        report(name, held_out, model.decision_function(design(held_out)))


if __name__ == "__main__":
    main()
