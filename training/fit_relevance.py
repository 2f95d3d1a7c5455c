"""Fit the weights of app/retrieval/relevance.py: python -m training.fit_relevance FOLDER

FOLDER holds
- reader-squad.jsonl.gz, reader-cmrc2018.jsonl.gz, reader-drcd.jsonl.gz: rows {"question", "context", "answers"}, made
  from the train splits of SQuAD, CMRC 2018 and DRCD (CC BY-SA 4.0). Their questions repeat the passage's words.
- pairs_en.jsonl.xz, pairs_zh.jsonl.xz: rows {"q", "p", "src"}, of which the sources below are used (open licences).
  People asked these in their own words.

Each source makes small collections, and the first three a large one as well, because people have both. Chinese ones
are searched with the plain English encoder too, which does not know the language. A quarter of each collection is taken
out before searching, so that its questions have no answer there, and small collections are also asked questions of
another source: without them a probability would only say which passage is best. Weights are fitted on every second
question, each source counting the same, and scored on the others; neither half is used in bench/.
"""

from __future__ import annotations

import argparse
import gzip
import json
import lzma
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from app.retrieval.relevance import Evidence, Weights, features
from bench.minilm import minilm_folder
from ingest import lexical
from ingest.embed import Encoder
from ingest.probe import EncoderProfile, profile
from ingest.types import FloatMatrix

SEED = 7
LARGE, SMALL, SMALL_COLLECTIONS = 1000, (60, 150), 10  # contexts
QUESTIONS = 600  # for the large collection, and for all small ones together
CANDIDATES = 20  # from each search
READER_SETS = ("squad", "cmrc2018", "drcd")
FOREIGN = 0.5  # questions of another source, as a share of a small collection's own
NOWHERE = -1  # place of the context of such a question
PAIR_SETS = {"covid_faq": "en", "cmedqa_toyhom": "zh", "ms_alchemy": "zh"}
# Where a source's foreign questions come from: one of the same language.
OTHER_SOURCE = {
    "squad": "covid_faq",
    "covid_faq": "squad",
    "cmrc2018": "cmedqa_toyhom",
    "cmedqa_toyhom": "ms_alchemy",
    "ms_alchemy": "cmrc2018",
    "drcd": "cmrc2018",
}
CHINESE = frozenset({"cmrc2018", "drcd", "cmedqa_toyhom", "ms_alchemy"})
LONGEST = 1500  # characters of a passage taken from a pair; longer ones are whole articles
NAMES = tuple(Weights.__dataclass_fields__)  # the bias first, then the features in their order
KEYWORD_FEATURES = 2  # the first of the features


@dataclass(frozen=True)
class Collection:
    """Contexts, of which `absent` cannot be found, and questions with the place of their context."""

    contexts: list[str]
    absent: set[int]
    questions: list[tuple[str, int]]
    similarities: FloatMatrix  # (questions, contexts)


def reader_questions(folder: Path, name: str) -> list[tuple[str, str]]:
    """(question, context) of a reading set."""
    with gzip.open(folder / f"reader-{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [(row["question"], row["context"]) for row in map(json.loads, lines) if row["answers"]]


def pair_questions(folder: Path, source: str, language: str) -> list[tuple[str, str]]:
    """(question, passage) of one source of pairs; its headings, which ask nothing, are left out."""
    with lzma.open(folder / f"pairs_{language}.jsonl.xz", "rt", encoding="utf-8") as lines:
        pairs = [(row["q"], row["p"]) for row in map(json.loads, lines) if row["src"] == source]
    return [(q, p) for q, p in pairs if q.rstrip().endswith(("?", "？")) and len(p) <= LONGEST]


def collections(
    asked: list[tuple[str, str]], foreign: list[str], encoder: Encoder, *, large: bool
) -> Iterator[Collection]:
    """One collection of everything if wanted, then the small ones, which are asked `foreign` questions as well."""
    chance = random.Random(SEED)
    everything = list(dict.fromkeys(context for _, context in asked))
    chance.shuffle(everything)
    everything = everything[:LARGE]
    vectors = encoder.encode_passages(everything)
    place = {context: i for i, context in enumerate(everything)}
    asked = [(question, context) for question, context in asked if context in place]
    chance.shuffle(asked)
    samples = [(list(range(len(everything))), QUESTIONS, 0)] if large else []
    for i in range(SMALL_COLLECTIONS):
        size = min(SMALL[i % len(SMALL)], len(everything))
        count = QUESTIONS // SMALL_COLLECTIONS
        samples.append((chance.sample(range(len(everything)), size), count, int(FOREIGN * count)))
    for members, count, others in samples:
        here = {member: i for i, member in enumerate(members)}
        questions = [(question, here[place[c]]) for question, c in asked if place[c] in here][:count]
        questions += [(question, NOWHERE) for question in chance.sample(foreign, others)]
        similarities = encoder.encode_queries([question for question, _ in questions]) @ vectors[members].T
        absent = set(chance.sample(range(len(members)), len(members) // 4))
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
            (first + number, i == gold, gold in present, item.trust, *feature)
            for i, item, feature in zip(candidates, evidence, features(evidence), strict=True)
        ]
    connection.close()
    return np.array(rows, dtype=np.float64)


def rows_of_set(
    asked: list[tuple[str, str]], foreign: list[str], encoder: Encoder, known: EncoderProfile, *, large: bool
) -> dict[str, np.ndarray]:
    """The rows of the large collection, where it is wanted, and of all small ones."""
    found = list(collections(asked, foreign, encoder, large=large))
    small = [rows_of(collection, known, first=1000 * i) for i, collection in enumerate(found[large:])]
    parts = {"small": np.vstack(small)}
    return parts | {"large": rows_of(found[0], known, first=0)} if large else parts


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
    print(f"{name:20} {len(best)} questions: R@1 {hit[there].mean():.3f}  of the best score: {certainty}")


def _starts(rows: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.diff(rows[:, 0])) + 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    asked = {name: reader_questions(folder, name) for name in READER_SETS}
    asked |= {name: pair_questions(folder, name, language) for name, language in PAIR_SETS.items()}
    data: dict[str, np.ndarray] = {}
    for label, setting, names in (
        ("", "built-in", list(asked)),
        # An encoder that does not know the language, to learn what to do without one.
        (" plain", str(minilm_folder()), sorted(CHINESE)),
    ):
        encoder = Encoder(setting)
        known = profile(encoder)
        for name in names:
            foreign = list(dict.fromkeys(question for question, _ in asked[OTHER_SOURCE[name]]))
            large = name in READER_SETS and not label
            for size, part in rows_of_set(asked[name], foreign, encoder, known, large=large).items():
                data[f"{name} {size}{label}"] = part
    fit = [rows[rows[:, 0] % 2 == 0] for rows in data.values()]
    weights = np.concatenate([np.full(len(rows), 1 / len(np.unique(rows[:, 0]))) for rows in fit])
    rows = np.vstack(fit)
    model = LogisticRegression(C=10, max_iter=10_000)
    model.fit(design(rows), rows[:, 1], sample_weight=weights * len(rows) / weights.sum())
    factors, count = model.coef_[0], len(NAMES) - 1
    untrusted = np.array([model.intercept_[0], *factors[:count]])
    trusted = untrusted.copy()
    trusted[: 1 + KEYWORD_FEATURES] += [factors[-1], *factors[count:-1]]
    for name, values in (("TRUSTED", trusted), ("UNTRUSTED", untrusted)):
        print(name, "= Weights(" + ", ".join(f"{n}={v:.2f}" for n, v in zip(NAMES, values, strict=True)) + ")")
    for name, rows in data.items():
        held_out = rows[rows[:, 0] % 2 == 1]
        report(name, held_out, model.decision_function(design(held_out)))


if __name__ == "__main__":
    main()
