"""The command `docent`: reads the environment and the command line, and puts the parts together."""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version

from app import commands
from app.settings import AppSettings
from ingest import commands as ingest_commands
from ingest.command_line import add_common_options, common_options, run


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="docent", description="Ask your own documents, on your own machine, in Chinese or English."
    )
    parser.add_argument("--version", action="version", version=f"docent {version('docent')}")
    add_common_options(parser)
    subcommands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_commands(subcommands, common_options())
    ingest_commands.add_commands(subcommands, common_options())
    for name in ("sync", "rebuild", "remove", "verify"):  # whatever takes text out of the index
        command = subcommands.choices[name]
        command.set_defaults(run=commands.forgetting(command.get_default("run")))
    subcommands.choices["sync"].set_defaults(on_renamed=commands.follow_renamed)
    return run(parser, AppSettings, arguments)


if __name__ == "__main__":
    sys.exit(main())
