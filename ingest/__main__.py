"""python -m ingest sync | rebuild | list | remove | verify: fill and check a collection without the application."""

from __future__ import annotations

import argparse
import sys

from ingest.command_line import add_common_options, common_options, run
from ingest.commands import add_commands
from ingest.settings import IngestSettings


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ingest", description=__doc__)
    add_common_options(parser)
    add_commands(parser.add_subparsers(required=True, metavar="COMMAND"), common_options())
    return run(parser, IngestSettings, arguments)


if __name__ == "__main__":
    sys.exit(main())
