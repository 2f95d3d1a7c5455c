"""Encode a question operation by operation and in one call, alone and beside Python: python -m bench.one_call"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread

import numpy as np

from app.reading.span_reader import PassageText, SpanReader
from app.settings import AppSettings
from ingest.command_line import run
from ingest.commands import put
from ingest.embed import Encoder

_TIMES = 15
_PASSAGE = "The shop is open from nine to six on weekdays, and orders that come in later are sent the next day. " * 8


@contextmanager
def busy() -> Iterator[None]:
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


def measure(encoder: Encoder, reader: SpanReader, label: str) -> tuple[float, float]:
    """Milliseconds of encoding a question, and of reading three passages for it; medians."""
    taken: list[tuple[float, float]] = []
    for number in range(_TIMES + 2):
        question = f"When is the shop open on day {number} {label}?"
        start = time.perf_counter()
        encoder.encode_queries([question])
        between = time.perf_counter()
        reader.read(question, [PassageText(None, _PASSAGE[part:]) for part in (0, 40, 80)])
        taken.append((between - start, time.perf_counter() - between))
    encoding, reading = np.median(np.array(taken[2:]) * 1000, axis=0)
    return float(encoding), float(reading)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.one_call", description="Encode beside Python.")
    parser.set_defaults(run=_run)
    return run(parser, AppSettings, arguments)


def _run(_: argparse.Namespace, __: AppSettings) -> int:
    encoder, reader = Encoder("built-in", device="cpu"), SpanReader()
    put("| | a question, alone | beside Python | three passages, alone | beside Python |\n|---|---|---|---|---|")
    for label in ("operation by operation", "in one call"):
        if label == "in one call":
            encoder.run_in_one_call()
            reader.run_in_one_call()
        encoding, reading = measure(encoder, reader, f"{label}, alone")
        with busy():
            encoding_beside, reading_beside = measure(encoder, reader, f"{label}, beside")
        cells = (f"{value:.0f} ms" for value in (encoding, encoding_beside, reading, reading_beside))
        put(f"| {' | '.join((label, *cells))} |")
    put(f"\nOn {os.cpu_count()} cores.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
