"""Measure the speeds that a person meets: python -m bench.run

The installed command `docent` serves a fresh data folder, as on a first start. Then a workspace, which is what the
page talks to, answers and takes in a PDF inside this process. Everything is measured once, in one run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from app.samples import SUGGESTIONS
from app.settings import AppSettings
from app.types import AskOptions, Language
from app.workspace import Library, Workspace
from bench.sample_pdf import write_pdf
from bench.server import docent, get, has_samples, is_ready, is_ready_or_raise, server, wait
from ingest.command_line import run
from ingest.commands import put, put_json, say
from ingest.parse.isolated import ParserProcess

PDF_PAGES = 20
_QUESTIONS = (SUGGESTIONS[Language.ENGLISH][0], SUGGESTIONS[Language.CHINESE][0])  # the samples answer both


@dataclass(frozen=True, slots=True)
class Speed:
    """One figure."""

    what: str
    value: float
    unit: str
    aim: str = ""  # what the project promises


def measure(folder: Path) -> list[Speed]:
    """Every speed, in a folder that is empty."""
    pdf = write_pdf(folder / "manual.pdf", PDF_PAGES)
    settings = AppSettings.from_mapping({"data_dir": folder / "data"})
    speeds = [_help()]
    say("serving")
    speeds += _serve(folder)
    say("answering")
    speeds += _workspace(settings, pdf)
    say("parsing")
    return [*speeds, _parse(settings, pdf)]


def _help() -> Speed:
    started = time.perf_counter()
    subprocess.run([docent(), "--help"], check=True, stdout=subprocess.DEVNULL)
    return Speed("`docent --help`", time.perf_counter() - started, "s")


# --- the server -------------------------------------------------------------------------------------------------------


def _serve(folder: Path) -> list[Speed]:
    started = time.perf_counter()
    with server(folder) as served:
        page = wait(lambda: get(served.address) is not None, "serve the page", served.fault) - started
        ready = wait(lambda: is_ready(served.address), "load the models", served.fault) - started
        samples = wait(lambda: has_samples(folder / "data"), "bring in the samples", served.fault) - started
    return [
        Speed("`docent serve` to the first answer of the page", page, "s", "under 8"),
        Speed("from the page until questions are answered", ready - page, "s"),
        Speed("from the page until every sample is searchable", samples - page, "s"),
    ]


# --- in this process --------------------------------------------------------------------------------------------------


def _workspace(settings: AppSettings, pdf: Path) -> list[Speed]:
    library = Library(settings)
    library.open()
    with closing(library):
        library.warm_up()
        workspace = library.home
        wait(lambda: workspace.status().ready, "load the models", lambda: workspace.status().problem)
        speeds = [
            Speed(f"{number} built-in answer once it is ready", _answer(workspace, question), "s", "under 1")
            for number, question in zip(("first", "second"), _QUESTIONS, strict=True)
        ]
        started = time.perf_counter()
        workspace.upload([pdf])
        done = wait(lambda: _is_searchable(workspace, pdf.name), f"bring in {pdf.name}", lambda: None) - started
    return [*speeds, Speed(f"a PDF of {PDF_PAGES} full pages from upload until searchable", done, "s", "under 20")]


def _answer(workspace: Workspace, question: str) -> float:
    started = time.perf_counter()
    for _ in workspace.stream(question, (), AskOptions()):
        pass
    return time.perf_counter() - started


def _is_searchable(workspace: Workspace, name: str) -> bool:
    return any(record.name == name and is_ready_or_raise(record) for record in workspace.documents())


def _parse(settings: AppSettings, pdf: Path) -> Speed:
    with ParserProcess(settings) as parser:
        parser.parse(pdf)  # starts the process, which then reads many files
        started = time.perf_counter()
        parser.parse(pdf)
        seconds = time.perf_counter() - started
    return Speed("reading that PDF, the process being up", PDF_PAGES / seconds, "pages/s")


# --- command line -----------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description="Measure the speeds that a person meets.")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    parser.set_defaults(run=_run)
    return run(parser, AppSettings, arguments)


def _run(arguments: argparse.Namespace, _: AppSettings) -> int:
    with tempfile.TemporaryDirectory(prefix="docent-bench-") as folder:
        speeds = measure(Path(folder))
    if arguments.json:
        put_json([asdict(speed) for speed in speeds])
    else:
        put("| | measured | aim |\n|---|---|---|")
        for speed in speeds:
            put(f"| {speed.what} | {speed.value:.2f} {speed.unit} | {speed.aim} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
