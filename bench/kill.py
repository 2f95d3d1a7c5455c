"""Kill Docent 200 times while it changes an index: python -m bench.kill [--kills N] [--minutes M] [--seed S]

Each time the next process must find every document wholly its old or its new version, lose nothing that was said to be
ready, and leave nothing deleted behind. The index is real: SQLite, FTS5 and Chroma; the encoder is a stand-in.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from ingest.command_line import run
from ingest.commands import put, say
from ingest.settings import IngestSettings
from tests.ingest.killing import Kill, Operation, Victim

_SAY_EVERY = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill and print what came of it; returns the exit status: 1 where anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m bench.kill", description="Kill it at random moments.")
    parser.add_argument("--kills", metavar="N", type=int, default=200, help="how many (200)")
    parser.add_argument("--minutes", metavar="M", type=float, default=60, help="stop after so many (60)")
    parser.add_argument("--seed", metavar="S", type=int, default=1, help="of the moments and the texts (1)")
    parser.set_defaults(run=_run)
    return run(parser, IngestSettings, arguments)


def _run(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    started = time.monotonic()
    kills: list[Kill] = []
    with tempfile.TemporaryDirectory(prefix="docent-bench-") as folder:
        for kill in islice(Victim(Path(folder) / "data", seed=arguments.seed).kills(), arguments.kills):
            kills.append(kill)
            if kill.fault is not None:
                say(f"kill {len(kills)}, {kill.operation} after {kill.stage!r}: {kill.fault}")
                break  # what follows would start from a damaged folder
            if len(kills) % _SAY_EVERY == 0:
                say(f"{len(kills)} kills")
            if time.monotonic() - started > 60 * arguments.minutes:
                break
    put(table(kills))
    faults = sum(kill.fault is not None for kill in kills)
    put(f"\n{len(kills)} kills in {time.monotonic() - started:.0f} s, {len(kills) - faults} without any loss.")
    return 1 if faults else 0


def table(kills: Sequence[Kill]) -> str:
    """Markdown: how often each operation was killed, and what it had said last."""
    rows = ["| operation | kills | whole afterwards | killed after |", "|---|---|---|---|"]
    for operation in Operation:
        own = [kill for kill in kills if kill.operation is operation]
        stages = ", ".join(f"{stage} {count}" for stage, count in Counter(kill.stage for kill in own).most_common())
        rows.append(f"| {operation} | {len(own)} | {sum(kill.fault is None for kill in own)} | {stages} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
