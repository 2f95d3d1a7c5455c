"""Fit the weights of app/reading/reader.py and READ of app/retrieval/relevance.py: python -m training.fit_reader FOLDER

FOLDER holds what training.train_reader reads. Collections are made of the articles that it held out, and of questions
that people asked and that it did not learn from; a quarter of each collection's passages is taken out, and questions of
another source are asked as well, so that both have no answer there. All are asked through the retriever. A passage is
right when it stands in the question's context and holds the answer's text, a sentence likewise. Each source counts the
same. READ is fitted on all sources, and each is scored by what the others give. The reader's weights, for which fewer
sources have answers, are fitted on all questions, and each half of them is scored by what the other half gives. None of
the questions is used by bench/.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from app.evaluate.wording import f1
from app.reading import reader
from app.reading.sentence_evidence import sentence_evidence
from app.reading.span_reader import PassageReading, SpanReader, passage_text
from app.retrieval import relevance
from app.retrieval.search import MOST_READ, PassageRetriever
from app.types import Passage
from ingest.catalog import SourceFile
from ingest.embed import Encoder
from ingest.generation import Addition, fingerprint
from ingest.knowledge_base import KnowledgeBase
from ingest.parse.plain import parse_text
from ingest.probe import profile
from ingest.settings import BUILT_IN
from ingest.split import split
from ingest.storage import Storage
from training import train_reader
from training.fit_relevance import pair_questions
from training.reader_data import items
from training.thresholds import best_odds, by_question, report_thresholds

SEED = 5
SIZES = {  # contexts of a source's collections
    "squad": (50, 90),
    "cmrc": (50, 90),
    "drcd": (60,),
    "ms_alchemy": (60,),
    "cmedqa_toyhom": (60,),
    "medquad": (60,),
}
PAIR_LANGUAGES = {"ms_alchemy": "zh", "cmedqa_toyhom": "zh", "medquad": "en"}
OTHER = {  # where a source's questions without an answer come from
    "squad": "medquad",
    "medquad": "squad",
    "cmrc": "cmedqa_toyhom",
    "cmedqa_toyhom": "ms_alchemy",
    "ms_alchemy": "cmrc",
    "drcd": "cmrc",
}
ASKED, FOREIGN = 60, 20  # questions of a collection
CHUNK_TOKENS = 200

SHARES = (0.0, 0.05, 0.1, 0.2, 0.33, 0.5, 1.01)  # values of reader.MARKED_SHARE to compare; the last one marks nothing
SEEN_SHARES = (0.1, 0.2, 0.3, 0.4, 1.01)  # values of reader.SEEN_SHARE to compare; the last one shows nothing more

Row = tuple[float, ...]  # number of the question, whether it is right, its features


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its context, and the answer's text; "" where only the context is known, None where it has none."""

    text: str
    context: str
    answer: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what was found for it."""

    number: int
    document: str | None  # that of its context; None where that is not there
    answer: str | None
    text: str
    passages: Sequence[Passage]  # best first, by the searches alone
    read: Sequence[PassageReading]

    def is_right(self, passage: Passage, start: int = 0, end: int | None = None) -> bool:
        """Whether these characters of the passage answer the question."""
        return self.answer is not None and passage.document == self.document and self.answer in passage.text[start:end]


def sources(folder: Path) -> dict[str, list[Question]]:
    """Questions that the network has not learned from, by source."""
    learned, held_out = items(folder, train_reader.SEED)
    seen = {item.question for item in learned}
    found: dict[str, list[Question]] = {name: [] for name in SIZES}
    for item in held_out:
        if item.source in found and item.source not in PAIR_LANGUAGES:
            answer = item.passage[item.start : item.end] if item.answered else None  # "" where its place is not known
            found[item.source].append(Question(item.question, item.passage, answer))
    for name, language in PAIR_LANGUAGES.items():
        pairs = pair_questions(folder, name, language)
        found[name] = [Question(question, passage, "") for question, passage in pairs if question not in seen]
    return found


def knowledge_base(folder: Path, contexts: Sequence[str], encoder: Encoder) -> KnowledgeBase:
    """A collection with one document a context, named by its number."""
    base = KnowledgeBase(Storage(folder))
    with base.writing("fit") as generation:
        made_by = fingerprint(encoder.identity, parser="fit", splitter="fit", chunk_tokens=CHUNK_TOKENS)
        generation.claim(made_by, lambda: profile(encoder))
        additions = []
        for number, context in enumerate(contexts):
            document = parse_text(context)
            chunks = split(document, count_tokens=encoder.count_tokens, chunk_tokens=CHUNK_TOKENS)
            vectors = encoder.encode_passages([chunk.searchable_text for chunk in chunks])
            additions.append(Addition(SourceFile(str(number), len(context), 0), document, chunks, vectors))
        for staged in generation.stage(additions):
            generation.commit(staged)
        generation.collect_garbage()
    return base


def ask(
    own: list[Question], foreign: list[Question], encoder: Encoder, network: SpanReader, size: int, first: int
) -> Iterator[tuple[list[Row], list[Row], Row]]:
    """Make a collection and ask it: of each question, rows of its passages, of their sentences, and of its marks."""
    chance = random.Random(SEED + size)
    contexts = sorted({q.context for q in own})
    members = chance.sample(contexts, min(size, len(contexts)))
    names = {context: str(i) for i, context in enumerate(members[len(members) // 4 :])}
    here = [q for q in own if q.context in set(members)]
    asked = chance.sample(here, min(ASKED, len(here))) + chance.sample(foreign, FOREIGN)
    with tempfile.TemporaryDirectory() as folder:
        base = knowledge_base(Path(folder), list(names), encoder)
        searches = PassageRetriever(base, lambda _: encoder)
        for number, question in enumerate(asked, first):
            passages = searches.find(question.text, top_k=MOST_READ)
            read = network.read(question.text, [passage_text(passage) for passage in passages])
            context = names.get(question.context)
            item = Asked(number, context, question.answer, question.text, passages, read)
            yield passage_rows(item), *sentence_rows(item, searches)
        base.close()


def passage_rows(item: Asked) -> list[Row]:
    """Of the passages: their number, whether they are right, and relevance.read_features."""
    return [
        (item.number, item.is_right(p), *relevance.read_features(p.score, r.answers))
        for p, r in zip(item.passages, item.read, strict=True)
    ]


def sentence_rows(item: Asked, retriever: PassageRetriever) -> tuple[list[Row], Row]:
    """Of the sentences, ranked as the reader gets them; and the F1 of the exact answer by SHARES.

    Both are empty where no sentence is right or the answer's text is not known.
    """
    if not item.answer:
        return [], ()
    probabilities = [
        relevance.read_probability(p.score, r.answers) for p, r in zip(item.passages, item.read, strict=True)
    ]
    order = sorted(range(len(probabilities)), key=lambda i: -probabilities[i])[: reader.PASSAGES]
    passages = [replace(item.passages[i], score=probabilities[i]) for i in order]
    read = [item.read[i] for i in order]
    scorer = retriever.match(item.text).scorer
    evidence = [sentence_evidence(passage, scorer) for passage in passages]
    right = [item.is_right(p, s.start, s.end) for p, own in zip(passages, evidence, strict=True) for s in own]
    if not any(right):
        return [], ()
    rows = reader.features(passages, evidence, read)
    places = [(i, s.start, s.end) for i, own in enumerate(evidence) for s in own]
    at, start, end = places[int(np.argmax([reader.log_odds(row) for row in rows]))]
    span = read[at].span(start, end)
    sentence, exact = passages[at].text[start:end], passages[at].text[slice(*span)] if span else ""
    share = read[at].share(start, end)
    marked = tuple(f1(exact if share >= least else sentence, [item.answer]) for least in SHARES)
    labelled = [(item.number, label, *row) for label, row in zip(right, rows, strict=True)]
    return labelled, (item.number, *marked)


def fitted(parts: Sequence[np.ndarray], *, bias: bool) -> LogisticRegression:
    """Each source counts the same."""
    weights = np.concatenate([np.full(len(part), 1 / len(np.unique(part[:, 0]))) for part in parts])
    rows = np.vstack(parts)
    model = LogisticRegression(C=10, max_iter=10_000, fit_intercept=bias)
    return model.fit(rows[:, 2:], rows[:, 1], sample_weight=weights * len(rows) / weights.sum())


def report_passages(name: str, part: np.ndarray, ways: Mapping[str, np.ndarray]) -> None:
    """How often the best passage by the log odds of each way is right where one is, and how well they tell."""
    told = []
    for way, odds in ways.items():
        scores = 1 / (1 + np.exp(-odds))
        best = [group[np.argmax(scores[group])] for group in by_question(part)]
        right = part[best, 1]
        there = [part[group, 1].max() for group in by_question(part)]
        hits = right.sum() / max(sum(there), 1)
        tells = f"{roc_auc_score(right, scores[best]):.3f} {brier_score_loss(right, scores[best]):.3f}"
        told.append(f"{way} {hits:.3f} {tells}")
    print(f"{name:16} {len(right)} questions: right of those found, AUROC, Brier: {', '.join(told)}")


def report_sentences(name: str, part: np.ndarray, halves: Sequence[np.ndarray]) -> None:
    """How often the best sentence holds the answer, by the factors that the other half of the questions gives."""
    scores = np.where(part[:, 0] % 2 == 0, part[:, 2:] @ halves[1], part[:, 2:] @ halves[0])
    right = np.mean([part[group[np.argmax(scores[group])], 1] for group in by_question(part)])
    print(f"{name:16} {len(by_question(part))} questions: the best sentence holds the answer {right:.3f}")


def report_shown(name: str, part: np.ndarray) -> None:
    """By SEEN_SHARES: how many questions have their answer in what is shown, and the sentences shown. Sentences of
    passages with the same log odds are taken for those of one passage."""
    factors = np.array(astuple(reader.WEIGHTS))
    told: dict[float, list[tuple[bool, int]]] = {least: [] for least in SEEN_SHARES}
    for group in by_question(part):
        right, rows = part[group, 1] == 1, part[group, 2:]
        scores, shares = rows @ factors, np.exp(rows[:, 1]) - reader.LEAST_SHARE
        best = int(np.argmax(scores))
        here = rows[:, 0] == rows[best, 0]
        for least, found in told.items():
            chosen = (scores >= scores[best] + np.log(reader.RELATIVE)) | (here & (shares >= least))
            shown = [i for i in np.argsort(-scores) if chosen[i]][: reader.QUOTES]
            found.append((bool(right[shown].any()), len(shown)))
    means = {least: np.mean(found, axis=0).round(3).tolist() for least, found in told.items()}
    print(f"{name:16} {len(told[SEEN_SHARES[0]])} questions, answer shown and sentences by SEEN_SHARE: {means}")


def report_marks(name: str, part: np.ndarray) -> None:
    """F1 of the exact answer in the best sentence, which the weights in use choose, for each half of the questions."""
    for half, label in enumerate(("even", "odd")):
        means = part[part[:, 0] % 2 == half][:, 1:].mean(axis=0)
        print(f"{name:16} {label} F1 by MARKED_SHARE: {dict(zip(SHARES, means.round(3).tolist(), strict=True))}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    encoder, network = Encoder(BUILT_IN), SpanReader()
    questions = sources(folder)
    passages: dict[str, np.ndarray] = {}
    sentences: dict[str, np.ndarray] = {}
    marks: dict[str, np.ndarray] = {}
    for name, sizes in SIZES.items():
        found = [
            row
            for i, size in enumerate(sizes)
            for row in ask(questions[name], questions[OTHER[name]], encoder, network, size, first=1000 * i)
        ]
        passages[name] = np.array([row for rows, _, _ in found for row in rows], dtype=np.float64)
        if rows := [row for _, rows, _ in found for row in rows]:
            sentences[name] = np.array(rows, dtype=np.float64)
            marks[name] = np.array([row for *_, row in found if row], dtype=np.float64)
    read = fitted(list(passages.values()), bias=True)
    print("READ =", relevance.ReadWeights(*(round(float(v), 2) for v in (read.intercept_[0], *read.coef_[0]))))
    chosen = fitted(list(sentences.values()), bias=False)
    halves = [fitted([part[part[:, 0] % 2 == i] for part in sentences.values()], bias=False).coef_[0] for i in (0, 1)]
    passage, share, around, _ = (round(float(v), 3) for v in chosen.coef_[0])  # no table is among the contexts
    print("WEIGHTS =", replace(reader.WEIGHTS, passage=passage, share=share, around=around))
    for name, part in passages.items():
        others = fitted([other for key, other in passages.items() if key != name], bias=True)
        report_passages(name, part, {"searches": part[:, 2], "read": others.decision_function(part[:, 2:])})
    report_thresholds([best_odds(part, read.decision_function(part[:, 2:]), ASKED) for part in passages.values()])
    for name, part in sentences.items():
        report_sentences(name, part, halves)
    for name, part in sentences.items():
        report_shown(name, part)
    for name, part in marks.items():
        report_marks(name, part)


if __name__ == "__main__":
    main()
