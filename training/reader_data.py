"""The questions that the built-in reader learns from. Knows files, windows and negatives; knows no network."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from opencc import OpenCC
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neighbors import NearestNeighbors
from tokenizers import Tokenizer

from app.reading.span_reader import (
    HEADING_TOKENS,
    QUESTION_TOKENS,
    WINDOW,
    PassageText,
    Pieces,
    Row,
    SpanReader,
    likeliest,
)
from ingest.lexical import index_terms, query_terms
from training import records
from training.altered import Alterations
from training.cloze import clozes
from training.rows import rows

SHORTEST = 50  # tokens of a passage's window; WINDOW is the most
TITLED = 0.5  # share of windows that carry their article's title, as a chunk carries its heading
POLICY = 1_000  # of the 7,955 questions on privacy policies: they are few kinds of question
ASKED_BY_PEOPLE = {"medquad": 900, "covid_faq": 300, "cmedqa_toyhom": 1_500}
SENTENCES, SHORTEST_SENTENCE, LIKE_IT = "nqg_squadtrain_lc", 20, 5  # a source; characters; of its sentences
# Of 383 questions of held-out articles .62 have an answer in their sentence that is as sure as this; its F1 is .81.
SURE, LONGEST_SURE = 0.5, 12  # probability; tokens
HEADINGS = {"k8s": 200, "tfdocs": 150, "mdn": 200, "ms_d365": 250, "ms_sfb": 250}
RECORDS = 2_000  # questions on tables
CLOZES = 3  # of a passage of these, and one of a section under HEADINGS
ALTERED = {"squad": 0.6, "cmrc": 0.35, "drcd": 0.35}  # share of the questions that are asked altered as well
HELD_OUT = 12  # every twelfth article


@dataclass(frozen=True, slots=True)
class Item:
    """A question, a passage, and where in it the answer stands."""

    question: str
    passage: str
    title: str
    start: int = -1  # characters, where it would stand if the question were not altered; -1 where that is not known
    end: int = -1
    answered: bool = True
    source: str = ""
    original: str = ""  # the question in the passage's language, where it is asked in another one


@dataclass(frozen=True, slots=True)
class Example:
    """An item as the network reads it."""

    row: Row
    first: int  # places of the answer's first and last token in the row; -1 where they are not known
    last: int
    answered: bool
    source: str  # "-" before it: a passage of another article; "~" before it: another part of the passage


def items(folder: Path, seed: int) -> tuple[list[Item], list[Item]]:
    """For training and held out, by article. Negatives are drawn later; see `with_negatives`."""
    chance = random.Random(seed)
    found = [*_reading(folder, chance), *_pairs(folder, chance)]
    articles = sorted({item.title for item in found if item.title})
    held = set(articles[::HELD_OUT])
    train = [i for i in found if i.title not in held]
    train += _records(RECORDS, seed)
    train += _made_up(train, chance)
    test = [i for i in found if i.title in held]
    test += _made_up(test, chance)
    return train, test + _records(RECORDS // HELD_OUT, seed, held_out=True)


def _records(count: int, seed: int, *, held_out: bool = False) -> list[Item]:
    return [
        Item(q.text, q.passage, q.title, q.start, q.end, answered=q.start >= 0, source="records")
        for q in records.questions(count, seed, held_out=held_out)
    ]


def _made_up(found: Sequence[Item], chance: random.Random) -> list[Item]:
    """Questions made of the passages' statements, and questions altered so that their passage does not answer them."""
    passages = {i.passage: i for i in found if i.source in ALTERED or i.source in HEADINGS}
    made = [
        Item(cloze.question, cloze.passage, item.title, cloze.start, cloze.end, source="cloze")
        for passage, item in passages.items()
        for cloze in clozes(passage, CLOZES if item.source in ALTERED else 1, chance)
    ]
    alterations = Alterations([i.question for i in found if i.source in ALTERED], chance)
    for item in found:
        if item.answered and item.start >= 0 and chance.random() < ALTERED.get(item.source, 0):
            question = alterations.altered(item.question, item.passage, item.passage[item.start : item.end])
            if question is not None:
                made.append(replace(item, question=question, answered=False, source=f"altered {item.source}"))
    return made


def of_sentences(folder: Path, unseen: Collection[str], chance: random.Random) -> list[Item]:
    """Questions of which the answer's sentence is known, each in a passage of it and up to three sentences like it.

    Where in its sentence the answer stands, the reader that ships says, if it is sure (self-training: Yarowsky,
    "Unsupervised word sense disambiguation", 1995). No sentence of the `unseen` passages is among them.
    """
    reader = SpanReader()
    texts = [_bare(passage) for passage in unseen]
    asked = [r for r in rows(folder / "pairs_en.jsonl.xz") if r["src"] == SENTENCES and len(r["p"]) > SHORTEST_SENTENCE]
    asked = [r for r in asked if not any(_bare(r["p"]) in text for text in texts)]
    sentences = sorted({str(r["p"]) for r in asked})
    matrix = TfidfVectorizer(sublinear_tf=True, min_df=2, stop_words="english").fit_transform(sentences)
    near = NearestNeighbors(n_neighbors=min(LIKE_IT, len(sentences) - 1), metric="cosine").fit(matrix)
    others = {
        sentence: [sentences[i] for i in places]
        for sentence, places in zip(sentences, near.kneighbors(return_distance=False), strict=True)
    }
    made = []
    for row in asked:
        question, sentence = row["q"], row["p"]
        (reading,) = reader.read(question, [PassageText(None, sentence)])
        first, last, share = likeliest(reading.first, reading.last, LONGEST_SURE)
        is_sure = share >= SURE
        around = chance.sample(others[sentence], min(chance.randint(0, 3), len(others[sentence])))
        at = chance.randint(0, len(around)) if is_sure else 0  # else the window is cut from the front
        passage = " ".join([*around[:at], sentence, *around[at:]])
        begin = sum(len(other) + 1 for other in around[:at])
        start, end = (begin + reading.starts[first], begin + reading.ends[last]) if is_sure else (-1, -1)
        made.append(Item(question, passage, "", start, end, source=SENTENCES))
    return made


def _bare(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def _reading(folder: Path, chance: random.Random) -> list[Item]:
    simplified = OpenCC("t2s").convert
    found = [_item(r, "squad") for r in rows(folder / "reader-squad.jsonl.gz")]
    found += [_item(r, "cmrc") for r in rows(folder / "reader-cmrc2018.jsonl.gz")]
    for row in rows(folder / "reader-drcd.jsonl.gz"):
        item = _item(row, "drcd")
        if chance.random() < 0.5:
            found.append(item)
        found.append(_converted(item, simplified))
    other = [_item(r, r["src"]) for r in rows(folder / "reader-policy-covid.jsonl.xz")]
    policies = [item for item in other if item.source != "covidqa"]
    return [*found, *(i for i in other if i.source == "covidqa"), *chance.sample(policies, POLICY)]


def _item(row: dict[str, Any], source: str) -> Item:
    question, passage, title = row["question"].strip(), row["context"], str(row.get("title", "")).replace("_", " ")
    if not row["answers"]:
        return Item(question, passage, title, answered=False, source=source)
    answer = row["answers"][0]
    return Item(question, passage, title, answer["start"], answer["start"] + len(answer["text"]), source=source)


def _converted(item: Item, convert: Any) -> Item:
    """In Simplified characters, where that moves nothing."""
    passage = convert(item.passage)
    if len(passage) != len(item.passage):
        return item
    return replace(item, question=convert(item.question), passage=passage, title=convert(item.title))


def _pairs(folder: Path, chance: random.Random) -> list[Item]:
    shares = ASKED_BY_PEOPLE | HEADINGS
    by_source: dict[str, list[Item]] = {}
    for name in ("pairs_en.jsonl.xz", "pairs_zh.jsonl.xz"):
        for row in rows(folder / name):
            if row["src"] in shares and len(row["p"]) > 20:
                key = f"{row['src']} {name}"
                by_source.setdefault(key, []).append(Item(row["q"], row["p"], "", source=row["src"]))
    return [
        item
        for key, found in by_source.items()
        for item in chance.sample(found, min(len(found), shares[key.split()[0]]))
    ]


def with_negatives(found: Sequence[Item], seed: int, *, share: float) -> list[Item]:
    """`found`, and for a share of the answered questions a passage of another article that has much of their words."""
    chance = random.Random(seed)
    passages = sorted({(i.passage, i.title) for i in found if i.source not in ("policyqa_test", "policyqa_dev")})
    vectorizer = TfidfVectorizer(analyzer=lambda text: index_terms(text), sublinear_tf=True, min_df=2)
    matrix = vectorizer.fit_transform([passage for passage, _ in passages])
    asked = [
        i for i in found if i.answered and not i.source.startswith(("policyqa", "cloze")) and chance.random() < share
    ]
    vectorizer.analyzer = lambda text: query_terms(text)
    negatives = []
    for at in range(0, len(asked), 500):
        batch = asked[at : at + 500]
        similarity: csr_matrix = vectorizer.transform([i.original or i.question for i in batch]) @ matrix.T
        for item, row in zip(batch, similarity, strict=True):
            ranked = row.indices[np.argsort(-row.data)[:12]]
            answer = item.passage[item.start : item.end].lower() if item.start >= 0 else ""
            others = [passages[i] for i in ranked if passages[i][0] != item.passage]
            others = [p for p in others if not answer or answer not in p[0].lower()]
            if others:
                passage, title = others[min(int(chance.expovariate(0.5)), len(others) - 1)]
                negatives.append(Item(item.question, passage, title, answered=False, source=f"-{item.source}"))
    return [*found, *negatives]


def answer_tokens(item: Item, text: Pieces) -> list[int]:
    """The tokens of the item's passage, `text`, in which its answer stands."""
    return [i for i, (a, b) in enumerate(text.places) if a < item.end and b > item.start]


class Windows:
    """Cuts items into examples: a window of the passage, with the answer in it or, at times, without."""

    def __init__(self, tokenizer: Tokenizer, seed: int) -> None:
        self._tokenizer = tokenizer
        self._chance = random.Random(seed)

    def examples(self, found: Sequence[Item]) -> list[Example]:
        """At most two of each item: the answer's window, and sometimes one of the same passage that lacks it."""
        made: list[Example] = []
        for item in found:
            head = self._pieces(item.title).part(0, HEADING_TOKENS if self._chance.random() < TITLED else 0)
            question = self._pieces(item.question).part(0, QUESTION_TOKENS)
            made += self._cut(item, question, head, self._pieces(item.passage))
        return made

    def _pieces(self, text: str) -> Pieces:
        return Pieces.of(self._tokenizer, text)

    def _cut(self, item: Item, question: Pieces, head: Pieces, text: Pieces) -> list[Example]:
        length = self._chance.randint(SHORTEST, WINDOW)
        size = len(text.ids)
        first = last = -1
        if item.start >= 0:
            inside = answer_tokens(item, text)
            if not inside:
                return []
            first, last = inside[0], inside[-1]
        if first < 0:  # where it stands is not known
            begin = 0 if item.answered else self._chance.randint(0, max(0, size - length))
            return [self._example(item, question, head, text.part(begin, begin + length), -1, -1, item.answered)]
        length = max(length, last - first + 1)
        low, high = max(0, last + 1 - length), min(first, max(0, size - length))
        begin = self._chance.randint(min(low, high), max(low, high))
        window = text.part(begin, begin + length)
        if not item.answered:
            return [self._example(item, question, head, window, -1, -1, False)]
        made = [self._example(item, question, head, window, first - begin, last - begin, True)]
        for a, b in ((0, first), (last + 1, size)):  # what stands before and behind the answer does not answer
            if b - a >= SHORTEST and self._chance.random() < 0.2:
                at = self._chance.randint(a, max(a, b - length))
                made.append(self._example(item, question, head, text.part(at, min(b, at + length)), -1, -1, False))
        return made

    def _example(
        self, item: Item, question: Pieces, head: Pieces, text: Pieces, first: int, last: int, answered: bool
    ) -> Example:
        row = Row.of(question, head, text)
        if first >= 0:
            first, last = row.passage + first, row.passage + last
        source = item.source if answered == item.answered else f"~{item.source}"
        return Example(row, first, last, answered, source)
