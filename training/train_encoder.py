"""Give all-MiniLM-L6-v2, before it learns to read, Chinese: python -m training.train_encoder FOLDER

FOLDER holds parallel.jsonl.xz, pairs_zh.jsonl.xz, reader-cmrc2018.jsonl.gz and reader-drcd.jsonl.gz; rows whose licence
is neither open nor share-alike are left out. all-MiniLM-L6-v2 itself is frozen: only input embeddings are learned.

1. Lexical. A Chinese sentence's rows, added up, shall point where the embeddings of its translation's words do, by a
   gate per row and the inverse document frequency of each English token. It sees no transformer and takes two minutes.
2. Distillation (Reimers and Gurevych, 2020), through the frozen transformer: a Chinese sentence shall land where the
   model puts its English translation, by cosine and in-batch contrast; mixed with it, a question shall land nearer to
   its passage than to the other passages of its batch.

A word's row is its own part plus the mean of its characters', so that rare words learn from common characters.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from sentence_transformers import SentenceTransformer

from ingest.minilm import minilm_folder
from training import chinese_data, chinese_vocabulary
from training.student import Ids, Student, export, scores

SEED = 7
OUT = Path("ingest/built_in")
CHECKPOINT = Path("build/train-encoder.pt")
TEMPERATURE = 0.05
LEXICAL_BATCH, LEXICAL_EPOCHS, LEXICAL_RATE, GATE_RATE = 1024, 3, 5e-3, 1e-2
RATE, WARM_UP = 7e-4, 20
BETAS = (0.9, 0.99)  # a short memory of squares: with a long one a rare row's first step is ten times too long
BATCH, QUESTION_BATCH = 128, 32
SPECIALISED = 30_000  # sentences of documentation beside all general ones
SENTENCE_TOKENS, SPECIALISED_TOKENS, QUESTION_TOKENS, PASSAGE_TOKENS = 80, 48, 40, 110
QUESTION_BATCHES = 330
POOL = 24  # batches sorted by length together, so that little is padded
HELD_OUT = 1000  # translations


def contrast(first: torch.Tensor, second: torch.Tensor, others: torch.Tensor | None = None) -> torch.Tensor:
    """In-batch cross entropy both ways; row i of one belongs to row i of the other, and those of `others` to none."""
    target = torch.arange(len(first), device=first.device)
    candidates = second if others is None else torch.cat([second, others])
    ahead = F.cross_entropy(first @ candidates.T / TEMPERATURE, target)
    return (ahead + F.cross_entropy(second @ first.T / TEMPERATURE, target)) / 2


def learn_words(student: Student, english: list[Ids], chinese: list[Ids], chance: np.random.Generator) -> None:
    """Stage 1: rows whose sum points where the translation's embeddings do."""
    size = len(student.base)
    seen = np.bincount(np.concatenate([np.unique(text) for text in english]), minlength=size)
    rarity = torch.tensor(np.log((len(english) + 1) / (seen + 1)), dtype=torch.float32).clamp(min=0) / 8
    centred = student.base - student.centre
    rarity = rarity.to(student.device)
    optimizer = torch.optim.Adam(
        [{"params": [student.own], "lr": LEXICAL_RATE}, {"params": [student.gate], "lr": GATE_RATE}]
    )
    steps = LEXICAL_EPOCHS * (len(chinese) // LEXICAL_BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / (steps + 1))
    usable = [i for i, text in enumerate(chinese) if (student.row_of.cpu().numpy()[text] >= 0).any()]
    for _ in range(LEXICAL_EPOCHS):
        order = chance.permutation(usable)
        for at in range(0, len(order) - LEXICAL_BATCH + 1, LEXICAL_BATCH):
            batch = order[at : at + LEXICAL_BATCH]
            ids, starts = _flat([english[i] for i in batch], student.device)
            target = F.embedding_bag(ids, centred, starts, mode="sum", per_sample_weights=rarity[ids])
            ids, starts = _flat([chinese[i] for i in batch], student.device)
            rows = student.row_of[ids]
            weights = torch.where(rows >= 0, torch.sigmoid(student.gate)[rows.clamp(min=0)], 0.0)
            table = student.offsets()
            mine = F.embedding_bag(rows.clamp(min=0), table, starts, mode="sum", per_sample_weights=weights)
            first, second = F.normalize(mine, dim=-1), F.normalize(target, dim=-1)
            loss = contrast(first, second) + (1 - (first * second).sum(1)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    with torch.no_grad():  # as long as the model's own embeddings of words
        student.own *= centred[1996:15_000].norm(dim=1).median() / student.offsets().norm(dim=1).median()


def _flat(texts: list[Ids], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    starts = np.cumsum([0, *map(len, texts)])[:-1]
    return torch.from_numpy(np.concatenate(texts)).to(device), torch.from_numpy(starts).to(device)


Step = Callable[[torch.Tensor], torch.Tensor]  # rows -> loss


def steps(
    student: Student,
    translations: tuple[list[Ids], list[Ids], np.ndarray],
    questions: tuple[list[Ids], list[Ids], np.ndarray],
    chance: np.random.Generator,
) -> list[Step]:
    """Stage 2: what to learn from, in order: translations first, then questions mixed in."""
    english, chinese, which = translations
    asked, passages, asked_which = questions

    def translate(batch: Sequence[int]) -> Step:
        def loss(rows: torch.Tensor) -> torch.Tensor:
            with torch.no_grad():
                target = student.encode([english[i] for i in batch], None)
            mine = student.encode([chinese[i] for i in batch], rows)
            return contrast(mine, target) + 2 * (1 - (mine * target).sum(1)).mean()

        return loss

    def answer(batch: Sequence[int]) -> Step:
        def loss(rows: torch.Tensor) -> torch.Tensor:
            question = student.encode([asked[i][:QUESTION_TOKENS] for i in batch], rows)
            return 0.5 * contrast(question, student.encode([passages[i] for i in batch], rows))

        return loss

    by_length = list(batches(which, lambda i: len(chinese[i]) + len(english[i]), BATCH, chance))
    by_passage = batches(asked_which, lambda i: len(passages[i]), QUESTION_BATCH, chance)
    first = len(by_length) // 3
    rest = [translate(b) for b in by_length[first:]] + [answer(b) for b in by_passage]
    random.Random(SEED).shuffle(rest)
    return [translate(b) for b in by_length[:first]] + rest


def batches(
    which: np.ndarray, length: Callable[[int], int], size: int, chance: np.random.Generator
) -> Iterator[list[int]]:
    """Batches of texts of like length, in an order of chance."""
    for at in range(0, len(which), size * POOL):
        pool = sorted(which[at : at + size * POOL], key=length)
        full = [pool[i : i + size] for i in range(0, len(pool) - size + 1, size)]
        chance.shuffle(full)
        yield from full


def distil(student: Student, plan: list[Step], checkpoint: Path, log: Callable[[str], None]) -> None:
    """Go through the plan, from the checkpoint on where there is one."""
    optimizer = torch.optim.Adam([student.own], lr=RATE, betas=BETAS)
    first = 0
    if checkpoint.is_file():
        stored = torch.load(checkpoint)
        first = stored["step"]
        student.own.data.copy_(stored["own"])
        optimizer.load_state_dict(stored["optimizer"])
    started, losses = time.monotonic(), []
    for step in range(first, len(plan)):
        optimizer.param_groups[0]["lr"] = RATE * min(1, (step + 1) / WARM_UP) * (1 - step / len(plan))
        loss = plan[step](student.centre + student.offsets())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
        if step % 50 == 49 or step + 1 == len(plan):
            checkpoint.parent.mkdir(parents=True, exist_ok=True)
            torch.save({"step": step + 1, "own": student.own.data, "optimizer": optimizer.state_dict()}, checkpoint)
            log(f"{step + 1}/{len(plan)} loss {np.mean(losses[-50:]):.3f} {time.monotonic() - started:.0f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    chance = np.random.default_rng(SEED)
    pairs, general = chinese_data.translations(arguments.folder, SEED)
    asked = chinese_data.question_passages(arguments.folder, SEED)
    development = chinese_data.development_questions(arguments.folder)
    articles = chinese_data.encyclopaedia(arguments.folder)
    counted = [(articles, len(articles)), ([text for pair in asked for text in pair], 50_000)]
    tokens = chinese_vocabulary.choose(
        chinese_vocabulary.sample([*counted, ([chinese for _, chinese in pairs], 70_000)], seed=1)
    )
    student = Student(SentenceTransformer(str(minilm_folder()), local_files_only=True), tokens)
    print(f"{len(tokens)} rows, {len(pairs)} translations, {len(asked)} questions and headings, {student.device}")
    english = student.tokenize([e for e, _ in pairs], SENTENCE_TOKENS)
    chinese = student.tokenize([c for _, c in pairs], SENTENCE_TOKENS)
    kept = [i for i in range(len(pairs)) if min(len(english[i]), len(chinese[i])) > 1]
    held, kept = kept[-HELD_OUT:], kept[:-HELD_OUT]
    held_out = [english[i] for i in held], [chinese[i] for i in held]
    if not arguments.checkpoint.is_file():
        learn_words(student, [english[i] for i in kept], [chinese[i] for i in kept], chance)
        print("lexical", scores(student, held_out, development))
    special = [i for i in kept if pairs[i][0] not in general and len(chinese[i]) <= SPECIALISED_TOKENS]
    which = [i for i in kept if pairs[i][0] in general] + list(chance.permutation(special)[:SPECIALISED])
    seen = set(development[0])
    questions = student.tokenize([q for q, _ in asked], QUESTION_TOKENS)
    passages = student.tokenize([p for _, p in asked], PASSAGE_TOKENS)
    usable = [i for i, (_, passage) in enumerate(asked) if passage not in seen and len(questions[i]) > 2]
    usable = chance.permutation(usable)[: QUESTION_BATCH * QUESTION_BATCHES]
    plan = steps(student, (english, chinese, chance.permutation(which)), (questions, passages, usable), chance)
    distil(student, plan, arguments.checkpoint, print)
    result = scores(student, held_out, development)
    print("distilled", result)
    export(student, tokens, arguments.out)
    (arguments.out / "scores.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
