"""The arguments of `docent eval`. Imports nothing that works: every start of `docent` reads this module."""

from __future__ import annotations

import argparse
from pathlib import Path

SEED = 7


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `docent eval` takes beside the options of every command."""
    parser.add_argument("datasets", metavar="DATASET", nargs="+", type=Path, help="a set, or a folder of sets")
    parser.add_argument("--report", type=Path, metavar="DIR", help="write report.html, results.json and answers.jsonl")
    parser.add_argument("--questions", type=int, metavar="N", help="ask only so many of each set, drawn at random")
    parser.add_argument("--seed", type=int, default=SEED, help=f"what the drawing starts from (default {SEED})")
    parser.add_argument("--foreign", type=Path, metavar="DATASET", help="ask its questions too, which nothing answers")
    parser.add_argument(
        "--compare", action="append", default=[], metavar="KEY=VALUE,...", help="another configuration; may be repeated"
    )
    parser.add_argument("--ablate", action="store_true", help="compare with one switch changed at a time")
    parser.add_argument("--no-judge", action="store_true", help="do not ask the chat model for marks of the answers")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the indexes there for the next run")
    parser.add_argument("--json", action="store_true", help="print one JSON object; of several sets, an array")
