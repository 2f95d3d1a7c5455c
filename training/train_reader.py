"""Teach the built-in reader: python -m training.train_reader FOLDER

FOLDER holds reader-*.jsonl.*, pairs_*.jsonl.xz and parallel.jsonl.xz; rows whose licence is neither open nor
share-alike are left out. The network starts from the built-in encoder, whose lowest layers stay as they are. It learns
from questions of which only the answer's sentence is known too: where in it the answer stands, the reader that ships
says.
With --minutes the learning ends after so long, whatever is left of the plan.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from safetensors.numpy import save
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer
from torch import Tensor

from app.reading.network import ReaderNetwork
from app.reading.span_reader import LONGEST_ANSWER, WEIGHTS, padded, untrained
from ingest.e5 import packed
from ingest.embed import multiplies_bfloat16
from training import translated
from training.reader_data import Example, Windows, items, of_sentences, with_negatives

SEED = 11
OUT = Path("app/reading/built_in")
CHECKPOINT = Path("build/train-reader.pt")
RATE, HEADS, WARM_UP, DECAY = 2e-4, 3.0, 300, 0.01  # HEADS: the rate of what is new, as a multiple of the layers'
FROZEN = 3  # layers, the lowest ones
TOKENS = 2_600  # of a batch, padding included
POOL = 30  # batches that are sorted by length together
IMPOSSIBLE = -1e4  # logit


def make_network() -> tuple[ReaderNetwork, Tokenizer]:
    """The untrained reader; of its embeddings only those of types and matches learn."""
    network, tokenizer = untrained()
    network.float().requires_grad_(True)
    network.body.positions.requires_grad_(False)
    network.body.layers[:FROZEN].requires_grad_(False)
    types = network.body.types.data
    types[1] = types[0]  # the encoder has seen texts of one type alone
    return network, tokenizer


def batches(examples: Sequence[Example], chance: random.Random) -> list[list[Example]]:
    """Of like length, in an order of chance."""
    order = list(examples)
    chance.shuffle(order)
    pool = POOL * 40
    made: list[list[Example]] = []
    for at in range(0, len(order), pool):
        batch: list[Example] = []
        for example in sorted(order[at : at + pool], key=lambda e: len(e.row.ids)):
            if batch and (len(batch) + 1) * len(example.row.ids) > TOKENS:
                made.append(batch)
                batch = []
            batch.append(example)
        made.append(batch)
    chance.shuffle(made)
    return made


def tensors(batch: Sequence[Example], device: torch.device) -> tuple[list[Tensor], Tensor]:
    """The network's input, and which tokens are the passage's; each (batch, tokens)."""
    inputs = padded([example.row for example in batch])
    inside = np.zeros(inputs[0].shape, dtype=bool)
    for i, example in enumerate(batch):
        inside[i, example.row.passage : len(example.row.ids) - 1] = True
    return [torch.from_numpy(a).to(device) for a in inputs], torch.from_numpy(inside).to(device)


def loss_of(network: ReaderNetwork, batch: Sequence[Example], device: torch.device) -> tuple[Tensor, float, float]:
    inputs, inside = tensors(batch, device)
    first, last, answers = network(*inputs)
    answered = torch.tensor([float(e.answered) for e in batch], device=device)
    decided = F.binary_cross_entropy_with_logits(answers, answered)
    placed = [i for i, e in enumerate(batch) if e.first >= 0]
    if not placed:
        return decided, 0.0, float(decided.detach())
    hidden = ~inside[placed] * IMPOSSIBLE
    begin = F.cross_entropy(first[placed] + hidden, torch.tensor([batch[i].first for i in placed], device=device))
    end = F.cross_entropy(last[placed] + hidden, torch.tensor([batch[i].last for i in placed], device=device))
    share = len(placed) / len(batch)
    return decided + (begin + end) * share, float((begin + end).detach()) / 2, float(decided.detach())


@torch.no_grad()
def scores(network: ReaderNetwork, examples: Sequence[Example], device: torch.device) -> dict[str, float]:
    """Token F1 of the best span by source; AUROC of there being an answer, by source of the question."""
    f1: dict[str, list[float]] = {}
    judged: dict[str, tuple[list[bool], list[float]]] = {}
    for batch in batches(examples, random.Random(0)):
        inputs, inside = tensors(batch, device)
        first, last, answers = network(*inputs)
        hidden = ~inside * IMPOSSIBLE
        pairs = (first + hidden)[:, :, None] + (last + hidden)[:, None, :]
        ones = torch.ones(pairs.shape[1:], device=device)
        pairs = pairs + ((torch.triu(ones) - torch.triu(ones, LONGEST_ANSWER)) == 0) * IMPOSSIBLE
        best = pairs.flatten(1).argmax(1).tolist()
        for e, at, logit in zip(batch, best, answers.tolist(), strict=True):
            source = e.source.strip("-~")
            truth, guess = judged.setdefault(source, ([], []))
            truth.append(e.answered)
            guess.append(logit)
            if e.first >= 0:
                a, b = divmod(at, pairs.shape[2])
                common = max(0, min(b, e.last) - max(a, e.first) + 1)
                f1.setdefault(source, []).append(2 * common / ((b - a + 1) + (e.last - e.first + 1)))
    result = {f"F1 {source}": round(float(np.mean(values)), 3) for source, values in sorted(f1.items())}
    for source, (truth, guess) in sorted(judged.items()):
        if 0 < sum(truth) < len(truth):
            result[f"AUROC {source}"] = round(float(roc_auc_score(truth, guess)), 3)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="end after so long")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network, tokenizer = make_network()
    network.to(device)
    train, held_out = items(arguments.folder, SEED)
    learned, unseen = translated.items(arguments.folder, SEED)
    train, held_out = [*train, *learned], [*held_out, *unseen]
    train += of_sentences(arguments.folder, {i.passage for i in held_out}, random.Random(SEED))
    train, held_out = with_negatives(train, SEED, share=0.4), with_negatives(held_out, SEED, share=0.4)
    test = Windows(tokenizer, SEED).examples(random.Random(SEED).sample(held_out, min(2500, len(held_out))))
    plan: list[list[Example]] = []
    for epoch in range(int(np.ceil(arguments.epochs))):
        plan += batches(Windows(tokenizer, SEED + epoch).examples(train), random.Random(SEED + epoch))
    plan = plan[: int(len(plan) * arguments.epochs / np.ceil(arguments.epochs))]
    print(
        len(train),
        "items",
        sum(len(b) for b in plan),
        "examples",
        len(plan),
        "batches",
        len(test),
        "held out",
        flush=True,
    )
    learn(network, plan, test, arguments.checkpoint, device, seconds=60 * arguments.minutes)
    result = scores(network, test, device)
    print(json.dumps(result))
    export(network, arguments.out)
    (arguments.out / "reader.scores.json").write_text(json.dumps(result, indent=2) + "\n")


def learn(
    network: ReaderNetwork,
    plan: list[list[Example]],
    test: list[Example],
    checkpoint: Path,
    device: torch.device,
    *,
    seconds: float,
) -> None:
    """Go through the plan, from the checkpoint on where there is one, for `seconds` at most."""
    learned = {name: p for name, p in network.named_parameters() if p.requires_grad}
    layers = [p for name, p in learned.items() if name.startswith("body.layers")]
    heads = [p for name, p in learned.items() if not name.startswith("body.layers")]
    groups = [{"params": layers, "share": 1.0}, {"params": heads, "share": HEADS}]
    optimizer = torch.optim.AdamW(groups, lr=RATE, weight_decay=DECAY, betas=(0.9, 0.98))
    begin = 0
    if checkpoint.is_file():
        stored = torch.load(checkpoint)
        begin = stored["step"]
        network.load_state_dict(stored["network"], strict=False)
        optimizer.load_state_dict(stored["optimizer"])
    started, spans, decisions = time.monotonic(), [], []
    for step in range(begin, len(plan)):
        spent = (time.monotonic() - started) / seconds
        if spent >= 1:
            break
        left = 1 - max(step / len(plan), spent)
        for group in optimizer.param_groups:
            group["lr"] = RATE * group["share"] * min(1, (step + 1) / WARM_UP) * max(0.02, left)
        with torch.autocast(device.type, torch.bfloat16, enabled=multiplies_bfloat16()):
            loss, span, decided = loss_of(network, plan[step], device)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(learned.values(), 1.0)
        optimizer.step()
        spans.append(span)
        decisions.append(decided)
        if step % 50 == 49 or step + 1 == len(plan):
            losses = f"span {np.mean(spans[-50:]):.3f} decided {np.mean(decisions[-50:]):.3f}"
            print(f"{step + 1}/{len(plan)} {losses} {time.monotonic() - started:.0f} s", flush=True)
        if step % 200 == 199 or step + 1 == len(plan):
            checkpoint.parent.mkdir(parents=True, exist_ok=True)
            state = {name: parameter.detach() for name, parameter in learned.items()}
            torch.save({"step": step + 1, "network": state, "optimizer": optimizer.state_dict()}, checkpoint)
        if step % 400 == 399:
            print(json.dumps(scores(network, test[:600], device)), flush=True)


@torch.no_grad()
def export(network: ReaderNetwork, folder: Path) -> None:
    """What was learned, as app.reading.span_reader.add_learned takes it."""
    before = untrained()[0].state_dict()
    tensors = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            is_matrix = name.startswith("body.layers") and parameter.ndim == 2
            tensors[name] = packed((parameter.cpu() - before[name]).numpy()) if is_matrix else parameter.cpu().numpy()
    (folder / WEIGHTS).write_bytes(save(tensors))


if __name__ == "__main__":
    main()
