"""What every command line of Docent shares: common options, environment, errors to one line and an exit status."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from ingest.commands import say
from ingest.errors import DocentError
from ingest.settings import Settings

PREFIX = "DOCENT_"
# Nothing is reported to anybody: each library has its own switch.
NO_TELEMETRY = {
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",  # events after which it sums up for a dashboard nobody opens
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",  # that it remembers for it
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "ORT_DISABLE_TELEMETRY": "1",
    "SCARF_NO_ANALYTICS": "true",
}

# Threads of torch that wait for each other give their core away instead of spinning: beside other work on two cores,
# encoding a question took 25 ms so and 47 to 504 ms otherwise (bench/RESULTS.md).
POLITE_THREADS = {"OMP_WAIT_POLICY": "PASSIVE"}

S = TypeVar("S", bound=Settings)


def common_options() -> argparse.ArgumentParser:
    """A parent for the parser of each command."""
    common = argparse.ArgumentParser(add_help=False)
    add_common_options(common)
    return common


def add_common_options(common: argparse.ArgumentParser) -> None:
    """Options that may stand before or after a command's name; the one after it counts."""
    common.add_argument("--data-dir", type=Path, default=argparse.SUPPRESS, help="where documents and index live")
    common.add_argument("--collection", default=argparse.SUPPRESS, help="which collection of documents")
    common.add_argument("--encoder", default=argparse.SUPPRESS, help="built-in, a folder or a hub name")
    common.add_argument("--device", default=argparse.SUPPRESS, help="auto, cpu, cuda, cuda:N or mps")


def settings_from(kind: type[S], arguments: argparse.Namespace, environment: Mapping[str, str]) -> S:
    """Settings from DOCENT_* variables and, before them, options of the same names. An empty variable is unset."""
    values: dict[str, object] = {
        name: environment[variable]
        for name in kind.model_fields
        if environment.get(variable := f"{PREFIX}{name.upper()}")
    }
    values |= {
        name: value for name, value in vars(arguments).items() if name in kind.model_fields and value is not None
    }
    return kind.from_mapping(values)


@contextmanager
def kept_or_temporary(keep: Path | None) -> Iterator[Path]:
    """The folder `keep`, made where it is not there yet; without one a folder that is deleted on leaving."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
    else:
        with tempfile.TemporaryDirectory(prefix="docent-") as folder:
            yield Path(folder)


def run(parser: argparse.ArgumentParser, kind: type[S], arguments: Sequence[str] | None) -> int:
    """Parse, run the chosen command, and return the exit status: 0, 1 with one line on stderr, or 2 for wrong usage."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("ingest.hub").setLevel(logging.INFO)  # a download says its size and destination
    for name, value in {**NO_TELEMETRY, **POLITE_THREADS}.items():
        os.environ.setdefault(name, value)
    parsed = parser.parse_args(arguments)
    try:
        status: int = parsed.run(parsed, settings_from(kind, parsed, os.environ))
    except DocentError as error:
        say(f"docent: {' '.join(str(error).split())}")
        return 1
    except KeyboardInterrupt:
        say("docent: stopped.")
        return 1
    except BrokenPipeError:
        # The reader of our output went away; say nothing more to it, not even while Python shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status
