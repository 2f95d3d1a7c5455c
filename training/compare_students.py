"""Compare ways of giving the built-in encoder more Chinese: python -m training.compare_students FOLDER

FOLDER is what training.train_encoder reads. Each way starts from the encoder that ships and learns from the same
batches, of two kinds: a Chinese sentence shall stay where the model puts its English translation, and a question shall
land nearer to its passage than to the other passages of its batch and than to one that shares many of its words.
Nothing is kept; bench/RESULTS.md tells what came out.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer

from ingest.embed import multiplies_bfloat16
from ingest.lexical import index_terms
from training import chinese_data
from training.contender import Contender, Learned
from training.student import Ids
from training.train_encoder import batches, contrast

SEED = 13
RATE = {Learned.ADAPTER: 4e-4, Learned.ROWS: 7e-4, Learned.LAYERS: 1e-4, Learned.THREE: 2e-4, Learned.STATIC: 5e-3}
WARM_UP = 50
SENTENCES, QUESTIONS = 96, 48  # of a batch
SENTENCE_TOKENS, QUESTION_TOKENS, PASSAGE_TOKENS = 48, 40, 96
SPECIALISED = 30_000  # sentences of documentation beside all general ones
TRANSLATED = 1 / 4  # share of the steps that are about translations
DISTANCE = 2.0  # weight of the distance to the translation, beside contrast
MOST_ALIKE, LEAST_ALIKE = 3, 20  # ranks, by shared words, of the passage that a question shall be farther from
HELD_OUT, HELD_OUT_ASKED = 1000, 500  # translations, questions to doctors


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its passage, and one that shares many of its words."""

    question: Ids
    passage: Ids
    other: Ids


def negatives(pairs: Sequence[tuple[str, str]], chance: random.Random) -> list[str]:
    """For each question a passage that is not its own but has many of its words."""
    passages = sorted({passage for _, passage in pairs})
    vectorizer = TfidfVectorizer(analyzer=index_terms, sublinear_tf=True, min_df=2, max_df=0.05, dtype=np.float32)
    matrix = vectorizer.fit_transform(passages).T.tocsr()
    found = []
    for at in range(0, len(pairs), 500):
        batch = pairs[at : at + 500]
        similarity = (vectorizer.transform([question for question, _ in batch]) @ matrix).tocsr()
        for (_, own), row in zip(batch, similarity, strict=True):
            ranked = row.indices[np.argsort(-row.data)[:LEAST_ALIKE]]
            others = [passages[i] for i in ranked[MOST_ALIKE:] if passages[i] != own] or [chance.choice(passages)]
            found.append(chance.choice(others))
    return found


def translated(student: Contender, english: Sequence[Ids], chinese_: Sequence[Ids]) -> torch.Tensor:
    """Loss of a batch of translations."""
    with torch.no_grad():
        target = student.teacher(english)
    mine = student.encode(chinese_)
    loss = contrast(mine, target) + DISTANCE * (1 - (mine * target).sum(1)).mean()
    if student.learned.reads_english:
        loss = loss + DISTANCE * (1 - (student.encode(english) * target).sum(1)).mean()
    return loss


def asked(student: Contender, batch: Sequence[Asked]) -> torch.Tensor:
    """Loss of a batch of questions."""
    read = student.encode([a.passage for a in batch] + [a.other for a in batch])
    return contrast(student.encode([a.question for a in batch]), read[: len(batch)], read[len(batch) :])


@dataclass(frozen=True, slots=True)
class Texts:
    """What is learned from, and what is not."""

    english: list[Ids]
    chinese: list[Ids]  # its translations
    asked: list[Asked]
    held_out: tuple[list[Ids], list[Ids]]
    development: dict[str, tuple[list[str], list[str], list[int]]]


def texts_of(folder: Path, student: Contender) -> Texts:
    """Tokenized as every student reads them."""
    pairs, general = chinese_data.translations(folder, SEED)
    held, pairs = pairs[-HELD_OUT:], pairs[:-HELD_OUT]
    special = [pair for pair in pairs if pair[0] not in general][:SPECIALISED]
    sentences = [pair for pair in pairs if pair[0] in general] + special
    english, chinese, held_english, held_chinese = (
        student.tokenize([pair[i] for pair in some], SENTENCE_TOKENS) for some in (sentences, held) for i in (0, 1)
    )
    development = {
        "CMRC 2018": chinese_data.development_questions(folder),
        "questions to doctors": chinese_data.development_medical(folder, HELD_OUT_ASKED),
    }
    seen = {passage for passages, _, _ in development.values() for passage in passages}
    found = [pair for pair in chinese_data.question_passages(folder, SEED) if pair[1] not in seen]
    parts = (
        student.tokenize([question for question, _ in found], QUESTION_TOKENS),
        student.tokenize([passage for _, passage in found], PASSAGE_TOKENS),
        student.tokenize(negatives(found, random.Random(SEED)), PASSAGE_TOKENS),
    )
    questions = [Asked(*three) for three in zip(*parts, strict=True) if len(three[0]) > 2]
    return Texts(english, chinese, questions, (held_english, held_chinese), development)


def learn(student: Contender, texts: Texts, steps: int) -> float:
    """Learn from so many batches; seconds a step."""
    chance = np.random.default_rng(SEED)
    optimizer = torch.optim.AdamW(list(student.learning()), lr=RATE[student.learned], weight_decay=0.01)
    lengths = [len(e) + len(c) for e, c in zip(texts.english, texts.chinese, strict=True)]
    by_sentence = _again(lengths, SENTENCES, chance)
    by_passage = _again([len(question.passage) for question in texts.asked], QUESTIONS, chance)
    started, losses = time.monotonic(), []
    for step in range(steps):
        left = 1 - step / steps
        optimizer.param_groups[0]["lr"] = RATE[student.learned] * min(1, (step + 1) / WARM_UP) * left
        with torch.autocast(student.device.type, torch.bfloat16, enabled=multiplies_bfloat16()):
            if chance.random() < TRANSLATED:
                batch = next(by_sentence)
                loss = translated(student, [texts.english[i] for i in batch], [texts.chinese[i] for i in batch])
            else:
                loss = asked(student, [texts.asked[i] for i in next(by_passage)])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
        if step % 50 == 49:
            print(f"{student.learned} {step + 1} loss {np.mean(losses[-50:]):.3f}", flush=True)
    return (time.monotonic() - started) / steps


def _again(lengths: Sequence[int], size: int, chance: np.random.Generator) -> Iterator[list[int]]:
    """Batches of all texts, again and again in another order."""
    while True:
        yield from batches(chance.permutation(len(lengths)), lengths.__getitem__, size, chance)


@torch.no_grad()
def scores(student: Contender, texts: Texts) -> dict[str, float]:
    """R@1 among held-out translations each way, and of questions among the passages of their source."""
    english, chinese = student.all_of(texts.held_out[0], english=True), student.all_of(texts.held_out[1])
    place = torch.arange(len(english))
    result = {
        "translation zh-en R@1": float(((chinese @ english.T).argmax(1) == place).float().mean()),
        "translation en-zh R@1": float(((english @ chinese.T).argmax(1) == place).float().mean()),
    }
    for name, (passages, questions, gold) in texts.development.items():
        found = student.all_of(student.tokenize(passages, 200))
        similarity = student.all_of(student.tokenize(questions, 64)) @ found.T
        result[f"{name} R@1"] = float((similarity.argmax(1) == torch.tensor(gold)).float().mean())
    return {name: round(value, 3) for name, value in result.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=150, help="of each way")
    parser.add_argument("--learn", type=Learned, nargs="+", default=list(Learned), choices=list(Learned))
    arguments = parser.parse_args()
    texts = texts_of(arguments.folder, Contender(Learned.ROWS))
    print(f"{len(texts.english)} translations, {len(texts.asked)} questions and headings", flush=True)
    print("as it ships", scores(Contender(Learned.ROWS), texts), flush=True)
    for learned in arguments.learn:
        torch.manual_seed(SEED)
        student = Contender(learned)
        seconds = learn(student, texts, arguments.steps)
        print(f"{learned}: {scores(student, texts)}, {seconds:.2f} s a step", flush=True)


if __name__ == "__main__":
    main()
