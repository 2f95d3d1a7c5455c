"""The built-in encoder's network beside transformers' BertModel with the same numbers: python -m bench.network

Both take the same texts in turn. Then the network computes beside a thread of Python, with Python's own switch interval
and with that of the page's server; and a process each imports what the two need.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread

import numpy as np
import torch

from app.settings import AppSettings
from app.ui.server import SWITCH_SECONDS
from bench.stock_encoder import as_bert_model
from ingest import e5
from ingest.command_line import run
from ingest.commands import put
from ingest.embed import built_in_file, multiplies_bfloat16

_ROUNDS = 12
_BATCHES = {  # tokens of each text
    "a question": [14],
    "five passages of differing length": [60, 100, 120, 140, 150],
    "five passages of one length": [150] * 5,
    "32 chunks, 60 to 215 tokens": list(range(60, 220, 5)),
}
_IMPORTS = ("from transformers import BertModel", "import ingest.bert")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.network", description="The network beside transformers'.")
    parser.set_defaults(run=_run)
    return run(parser, AppSettings, arguments)


def _run(_: argparse.Namespace, __: AppSettings) -> int:
    body = e5.body(e5.read(built_in_file())).eval()
    known = as_bert_model(body)
    if multiplies_bfloat16():
        body.bfloat16()
        known.bfloat16()

    def ours(ids: torch.Tensor, mask: torch.Tensor) -> object:
        return body(body.words(ids), torch.zeros_like(ids), mask)

    def theirs(ids: torch.Tensor, mask: torch.Tensor) -> object:
        return known(input_ids=ids, attention_mask=mask)

    put("| medians | BertModel | ours | |\n|---|---|---|---|")
    for what, lengths in _BATCHES.items():
        slow, fast = _medians([theirs, ours], lengths)
        put(f"| {what} | {slow:.0f} ms | {fast:.0f} ms | {fast / slow:.2f} |")
    slow, fast = (_import_seconds(statement) for statement in _IMPORTS)
    put(f"| its import | {slow:.1f} s | {fast:.1f} s | {fast / slow:.2f} |")
    with _busy():
        (before,) = _medians([ours], _BATCHES["a question"])
        sys.setswitchinterval(SWITCH_SECONDS)
        (now,) = _medians([ours], _BATCHES["a question"])
    put(
        f"\nBeside a thread of Python a question takes {before:.0f} ms, with the server's switch interval {now:.0f} ms."
    )
    put(f"On {os.cpu_count()} cores, in {next(body.layers.parameters()).dtype}.")
    return 0


def _medians(ways: Sequence[Callable[..., object]], lengths: Sequence[int]) -> list[float]:
    """Milliseconds of each way, which take turns."""
    tokens = max(lengths)
    ids = torch.arange(len(lengths) * tokens).reshape(len(lengths), tokens) * 97 % 200_000
    mask = (torch.arange(tokens) < torch.tensor(lengths)[:, None]).long()
    taken = np.empty((_ROUNDS, len(ways)))
    with torch.inference_mode():
        for row in taken:
            for i, way in enumerate(ways):
                started = time.perf_counter()
                way(ids, mask)
                row[i] = time.perf_counter() - started
    return [float(value) for value in np.median(taken[2:] * 1000, axis=0)]


def _import_seconds(statement: str) -> float:
    script = f"import time; started = time.perf_counter(); {statement}; print(time.perf_counter() - started)"
    runs = [
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True) for _ in range(3)
    ]
    return min(float(done.stdout) for done in runs)


@contextmanager
def _busy() -> Iterator[None]:
    """Another thread computes in Python meanwhile."""
    ended = Event()

    def compute() -> None:
        while not ended.is_set():
            sum(number * number for number in range(1000))

    thread = Thread(target=compute)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
