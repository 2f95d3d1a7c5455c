"""Fit the weights of app/reader.py: python -m training.fit_reader FOLDER

FOLDER holds the reading sets that training.fit_relevance reads. Collections are made of their contexts and asked
through the retriever; a sentence is right when it stands in the question's context and holds the answer's text. Each
set counts the same. Weights are fitted on every second question and scored on the others; none of the questions is
used in bench/. Chinese sets are asked through the plain English encoder as well, so that the weights hold for an
encoder that does not know the language.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from app import reader
from app.retrieve import PassageRetriever
from app.sentence_evidence import sentence_evidence
from ingest.catalog import SourceFile
from ingest.embed import Encoder, minilm_folder
from ingest.generation import fingerprint
from ingest.knowledge_base import KnowledgeBase
from ingest.parse.plain import parse_text
from ingest.probe import profile
from ingest.settings import BUILT_IN
from ingest.split import split
from ingest.storage import Storage
from training.fit_relevance import CHINESE, READER_SETS

SEED = 11
SIZES = (90, 300)  # contexts of a collection
ASKED = 90  # questions of a collection
CHUNK_TOKENS = 200


Row = tuple[float, ...]  # number of the question, whether the sentence is right, its features


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the context that answers it and the answer's text, in every wording that is given."""

    text: str
    context: str
    answers: tuple[str, ...]


def questions(folder: Path, name: str) -> list[Question]:
    """The answerable questions of a reading set."""
    with gzip.open(folder / f"reader-{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Question(r["question"], r["context"], tuple(a["text"] for a in r["answers"])) for r in rows if r["answers"]]


def knowledge_base(folder: Path, contexts: Sequence[str], encoder: Encoder) -> KnowledgeBase:
    """A collection with one document a context, named by its number."""
    base = KnowledgeBase(Storage(folder))
    with base.writing("fit") as generation:
        made_by = fingerprint(encoder.identity, parser="fit", splitter="fit", chunk_tokens=CHUNK_TOKENS)
        generation.claim(made_by, lambda: profile(encoder))
        for number, context in enumerate(contexts):
            document = parse_text(context)
            chunks = split(document, count_tokens=encoder.count_tokens, chunk_tokens=CHUNK_TOKENS)
            vectors = encoder.encode_passages([chunk.searchable_text for chunk in chunks])
            generation.add(SourceFile(str(number), len(context), 0), document, chunks, vectors)
    return base


def ask(source: list[Question], encoder: Encoder, size: int, first: int) -> Iterator[Row]:
    """Make a collection of a set's contexts and ask it; questions are numbered from `first`."""
    chance = random.Random(SEED + size)
    contexts = chance.sample(list(dict.fromkeys(q.context for q in source)), size)
    names = {context: str(i) for i, context in enumerate(contexts)}
    asked = chance.sample([q for q in source if q.context in names], ASKED)
    with tempfile.TemporaryDirectory() as folder:
        base = knowledge_base(Path(folder), contexts, encoder)
        retriever = PassageRetriever(base, lambda setting: encoder)
        for number, question in enumerate(asked, first):
            passages = retriever.find(question.text, top_k=reader.PASSAGES)
            evidence = sentence_evidence(question.text, passages, retriever.match)
            flat = [(p, s) for p, own in zip(passages, evidence, strict=True) for s in own]
            gold = names[question.context]
            right = [p.document == gold and _holds(p.text[s.start : s.end], question) for p, s in flat]
            if any(right):
                for label, row in zip(right, reader.features(passages, evidence), strict=True):
                    yield (number, label, *row)
        base.close()


def _holds(text: str, question: Question) -> bool:
    return any(answer in text for answer in question.answers)


def fitted(parts: Iterable[np.ndarray]) -> np.ndarray:
    """Factors of the features, fitted on the even questions; each set counts the same."""
    even = [part[part[:, 0] % 2 == 0] for part in parts]
    weights = np.concatenate([np.full(len(part), 1 / len(np.unique(part[:, 0]))) for part in even])
    rows = np.vstack(even)
    model = LogisticRegression(C=10, max_iter=10_000)
    model.fit(rows[:, 2:], rows[:, 1], sample_weight=weights * len(rows) / weights.sum())
    return np.asarray(model.coef_[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    found: dict[str, np.ndarray] = {}
    for label, setting, names, sizes in (
        ("", BUILT_IN, READER_SETS, SIZES),
        (" plain", str(minilm_folder()), sorted(CHINESE & set(READER_SETS)), SIZES[:1]),
    ):
        encoder = Encoder(setting)
        for name in names:
            source = questions(folder, name)
            rows = [row for i, size in enumerate(sizes) for row in ask(source, encoder, size, i * ASKED)]
            found[name + label] = np.array(rows, dtype=np.float64)
    factors = fitted(found.values())
    print("WEIGHTS =", reader.Weights(*(round(float(factor), 3) for factor in factors)))
    for name, part in found.items():
        odd = part[part[:, 0] % 2 == 1]
        groups = np.split(np.arange(len(odd)), np.flatnonzero(np.diff(odd[:, 0])) + 1)
        scores = odd[:, 2:] @ factors
        right = np.mean([odd[group[np.argmax(scores[group])], 1] for group in groups])
        print(f"{name:24} {len(groups)} questions: the best sentence holds the answer {right:.3f}")


if __name__ == "__main__":
    main()
