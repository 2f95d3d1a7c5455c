"""Fit the weights of app/checks/support.py: python -m training.fit_support FOLDER

FOLDER holds what training.train_reader reads, and parallel.jsonl.xz: rows {"en", "zh", "src"}. Sentences as a model
composes them are made of questions and their answers, from articles that the reader has not learned from: the answer
takes the place of the word that asks. Each is checked against its own passage, against the nearest other passage, and
with another answer in it, taken from elsewhere or from the same passage. Across languages, translations stand for
composed sentences; their passage is the original with its neighbours, and the wrong one is the nearest other. Weights
are fitted on every second sentence and scored on the others. The bias is such that one supported sentence in twenty
of the first half is marked.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from app.checks.quantities import lacking
from app.checks.support import Evidence, SupportCheck, Weights
from app.reading.sentence_evidence import TextMatches
from app.retrieval.vector_cache import VectorCache
from app.types import Passage
from ingest.embed import Encoder
from ingest.lexical import index_terms, query_terms
from ingest.probe import profile
from ingest.sentences import sentence_spans
from ingest.settings import BUILT_IN
from training import train_reader
from training.keywords import Keywords
from training.reader_data import Item, items

SEED = 11
READING, PARALLEL = ("squad", "cmrc", "drcd"), ("k8s", "djangodoc", "mdn", "ntrex128", "tico19", "wesnoth")
PER_SOURCE = 60  # sentences; each is checked against up to four passages
MARKED = 0.05  # share of supported sentences that may be marked
OWN, NEAREST, FOREIGN_ANSWER, OTHER_ANSWER = "own passage", "nearest passage", "foreign answer", "other answer of it"
FEATURES = tuple(field.name for field in fields(Evidence))
SAME_FEATURES = ("own", "meaning")
ACROSS_FEATURES = ("meaning", "names")  # what can be compared across languages
AROUND = 2  # sentences of the passage before the answer's and after it: about what a chunk holds
AMONG = 150  # other passages of which the nearest is taken
_ASKING_ENGLISH = re.compile(
    r"(?i)\b(?:(?:in|on|at|by|for|from|to|during) )?"
    r"(?:what|which|who|whom|whose|when|where|why|how(?: (?:many|much|long|old|far))?)"
    r"\b(?: (?:did|does|do|year|type of|kind of)\b)?"
)
_ASKING_CHINESE = re.compile(
    "什么(?:时候|地方|时间)?|哪(?:一?[年个位种座些里儿]|里)?|谁|多少|几|多[久长大高]|何[时处地人]?|怎么样?|如何"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, what it is checked against, and whether that bears it out."""

    text: str
    passage: str
    kind: str


def statement(question: str, answer: str, *, chinese: bool) -> str:
    """The question with the answer in the place of what asks; behind it where nothing does."""
    asking = _ASKING_CHINESE if chinese else _ASKING_ENGLISH
    bare = question.strip().rstrip("?？ ")
    said, found = asking.subn(lambda _: answer, bare, count=1)
    end = "。" if chinese else "."
    return f"{said}{end}" if found else f"{bare}{'，' if chinese else ': '}{answer}{end}"


def reading_claims(own: Sequence[Item], *, chinese: bool) -> Iterator[list[Claim]]:
    """What is made of each question, of one reading set."""
    chance = random.Random(SEED)
    answered = [item for item in own if item.answered]
    answers = {item: item.passage[item.start : item.end] for item in answered}
    shown = {item: surroundings(item) for item in answered}
    for item in chance.sample(answered, min(PER_SOURCE, len(answered))):
        said = statement(item.question, answers[item], chinese=chinese)
        others = [passage for i, passage in shown.items() if answers[item] not in i.passage]
        wrong = {
            OTHER_ANSWER: [
                a for a in answers.values() if a in shown[item] and a not in said and answers[item] not in a
            ],
            FOREIGN_ANSWER: [a for a in answers.values() if a not in item.passage],
        }
        yield [
            Claim(said, shown[item], OWN),
            Claim(said, nearest(said, chance.sample(others, min(AMONG, len(others)))), NEAREST),
            *(
                Claim(statement(item.question, chance.choice(choice), chinese=chinese), shown[item], kind)
                for kind, choice in wrong.items()
                if choice
            ),
        ]


def surroundings(item: Item) -> str:
    """The sentence of the answer with those around it."""
    spans = sentence_spans(item.passage)
    at = next(i for i, (_, end) in enumerate(spans) if item.start < end)
    return item.passage[spans[max(0, at - AROUND)][0] : spans[min(len(spans) - 1, at + AROUND)][1]]


def nearest(claim: str, passages: Sequence[str]) -> str:
    """The passage that shares most terms with the claim."""
    wanted = set(query_terms(claim))
    return max(passages, key=lambda passage: len(wanted & set(index_terms(passage))))


def parallel_claims(folder: Path, encoder: Encoder) -> Iterator[list[Claim]]:
    """Translations against the original's surroundings, in both directions."""
    chance = random.Random(SEED)
    with lzma.open(folder / "parallel.jsonl.xz", "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["src"] in PARALLEL]
    for source in PARALLEL:
        own = [row for row in rows if row["src"] == source]
        centres = [i for i in range(1, len(own) - 1) if 40 <= len(own[i]["en"]) <= 300]
        chosen = chance.sample(centres, min(PER_SOURCE // 2, len(centres)))
        for read, said in (("en", "zh"), ("zh", "en")):
            passages = ["\n".join(row[read] for row in own[i - 1 : i + 2]) for i in chosen]
            vectors = encoder.encode_passages([own[i][read] for i in chosen])
            similar = vectors @ vectors.T - 2 * np.eye(len(chosen))
            for number, i in enumerate(chosen):
                other = passages[int(np.argmax(similar[number]))]
                yield [Claim(own[i][said], passages[number], OWN), Claim(own[i][said], other, NEAREST)]


class Collection:
    """What a check needs of an index, from a list of passages."""

    def __init__(self, passages: Sequence[str], encoder: Encoder) -> None:
        self._encoder, self._profile, self._cache = encoder, profile(encoder), VectorCache()
        self._keywords = Keywords(passages)

    def match(self, question: str) -> TextMatches:
        """As PassageRetriever.match."""
        meaning = partial(self._cache.evidence, self._encoder, self._profile, question)
        return TextMatches(self._keywords.scorer(question), meaning)


@dataclass(frozen=True, slots=True)
class Row:
    """A claim that was checked."""

    number: int  # of the sentence
    kind: str
    lacks_number: bool
    evidence: tuple[float, ...]  # in the order of FEATURES


def rows(groups: Sequence[list[Claim]], encoder: Encoder) -> list[Row]:
    """Every claim with its evidence."""
    collection = Collection(sorted({claim.passage for group in groups for claim in group}), encoder)
    check = SupportCheck(collection.match)
    found = []
    for number, group in enumerate(groups):
        for claim in group:
            passage = Passage("a", None, None, 0, len(claim.passage), claim.passage, 1.0)
            evidence = astuple(check.evidence(claim.text, [passage]))
            found.append(Row(number, claim.kind, bool(lacking(claim.text, [claim.passage])), evidence))
    return found


def fitted(groups: dict[str, list[Row]], features: Sequence[str]) -> Weights:
    """On the even sentences whose numbers are right; each source counts the same."""
    even = [[r for r in own if r.number % 2 == 0 and not r.lacks_number] for own in groups.values()]
    columns = [FEATURES.index(name) for name in features]
    data = np.array([[r.evidence[c] for c in columns] for own in even for r in own])
    labels = np.array([r.kind == OWN for own in even for r in own])
    weights = np.concatenate([np.full(len(own), 1 / len(own)) for own in even])
    model = LogisticRegression(C=10, max_iter=10_000, class_weight="balanced")
    model.fit(data, labels, sample_weight=weights * len(labels) / weights.sum())
    odds = data @ model.coef_[0]
    bias = -float(np.quantile(odds[labels], MARKED))
    factors = {name: round(float(value), 3) for name, value in zip(features, model.coef_[0], strict=True)}
    return Weights(round(bias, 3), **factors)


def report(name: str, own: Sequence[Row], weights: Weights) -> None:
    """Of the odd sentences: how many of each kind are marked, and how well the odds tell them apart."""
    odd = [row for row in own if row.number % 2]
    odds = np.array([-99.0 if r.lacks_number else weights.log_odds(Evidence(*r.evidence)) for r in odd])
    right = np.array([row.kind == OWN for row in odd])
    kinds = {row.kind: odds[[other.kind == row.kind for other in odd]] < 0 for row in odd}
    told = ", ".join(f"{kind} {marked.mean():.3f} of {len(marked)}" for kind, marked in kinds.items())
    print(f"{name:10} AUROC {roc_auc_score(right, odds):.3f}  marked: {told}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    encoder = Encoder(BUILT_IN)
    _, held_out = items(folder, train_reader.SEED)
    same = {}
    for name in READING:
        read = [item for item in held_out if item.source == name]
        same[name] = rows(list(reading_claims(read, chinese=name != "squad")), encoder)
    across = {"parallel": rows(list(parallel_claims(folder, encoder)), encoder)}
    for label, groups, features in (("SAME_LANGUAGE", same, SAME_FEATURES), ("ACROSS", across, ACROSS_FEATURES)):
        weights = fitted(groups, features)
        print(f"{label} = {weights}")
        for name, own in groups.items():
            report(name, own, weights)


if __name__ == "__main__":
    main()
