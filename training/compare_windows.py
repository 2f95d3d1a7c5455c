"""How much of a passage the reader reads best at once: python -m training.compare_windows FOLDER

FOLDER holds what training.train_reader reads. Asked are questions of the articles that it held out, to a part of their
passage as long as a chunk, with the answer somewhere in it where there is one.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer

from app.evaluate.wording import f1
from app.reading.span_reader import PassageText, Pieces, SpanReader
from ingest import e5
from ingest.embed import built_in_file
from training import train_reader
from training.reader_data import Item, answer_tokens, items, with_negatives

SEED = 4
WINDOWS = (100, 125, 500)  # tokens; the last one is the whole part
SOURCES = ("squad", "cmrc", "drcd")
EACH = 220  # questions of a source with an answer, and as many without one
LENGTH, LONGEST = 190, 60  # tokens of a part, and of an answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    asked = list(drawn(parser.parse_args().folder, e5.read(built_in_file()).tokenizer))
    for window in WINDOWS:
        reader, started = SpanReader(window), time.perf_counter()
        read = [reader.read(item.question, [PassageText(None, item.passage)])[0] for item in asked]
        spent = time.perf_counter() - started
        for source in SOURCES:
            own = [(item, reading) for item, reading in zip(asked, read, strict=True) if item.source == source]
            answered = [(item, reading.span(0, len(item.passage))) for item, reading in own if item.answered]
            close = [f1(i.passage[slice(*s)], [i.passage[i.start : i.end]]) if s else 0.0 for i, s in answered]
            tells = roc_auc_score([item.answered for item, _ in own], [reading.answers for _, reading in own])
            told = f"F1 {np.mean(close):.3f} of {len(close)}, AUROC {tells:.3f} of {len(own)}"
            print(f"windows of {window}: {source} {told}", flush=True)
        print(f"windows of {window}: {spent:.0f} s")


def drawn(folder: Path, tokenizer: Tokenizer) -> Iterator[Item]:
    """Items whose passage is a part of what it was."""
    _, held_out = items(folder, train_reader.SEED)
    held_out = with_negatives(held_out, train_reader.SEED, share=0.4)
    chance, count = random.Random(SEED), dict.fromkeys([(s, a) for s in SOURCES for a in (True, False)], 0)
    chance.shuffle(held_out)
    for item in held_out:
        kind = (item.source.strip("-~"), item.answered)
        if count.get(kind, EACH) >= EACH or (item.answered and item.start < 0):
            continue
        text = Pieces.of(tokenizer, item.passage)
        places, inside = text.places, answer_tokens(item, text) if item.answered else [0]
        if len(places) < LENGTH or not 0 < len(inside) <= LONGEST:
            continue
        most = len(places) - LENGTH
        low, high = (max(0, inside[-1] + 1 - LENGTH), min(inside[0], most)) if item.answered else (0, most)
        first = chance.randint(low, high)
        begin, end = places[first][0], places[first + LENGTH - 1][1]
        count[kind] += 1
        yield replace(
            item, source=kind[0], passage=item.passage[begin:end], start=item.start - begin, end=item.end - begin
        )


if __name__ == "__main__":
    main()
