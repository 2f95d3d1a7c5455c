"""Measure the speeds that a person meets: python -m bench.run

The installed command `docent` serves a fresh data folder, as on a first start. Then a workspace, which is what the
page talks to, answers and takes in a PDF inside this process. Everything is measured once, in one run.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from app.samples import SUGGESTIONS, sample_files
from app.settings import AppSettings
from app.types import AskOptions, Language
from app.workspace import Library, Workspace
from bench.sample_pdf import write_pdf
from ingest.catalog import Catalog
from ingest.command_line import PREFIX, run
from ingest.commands import put, put_json, say
from ingest.errors import DocentError
from ingest.generation import CATALOG_FILE
from ingest.parse.isolated import ParserProcess
from ingest.storage import Storage
from ingest.types import DocumentRecord, DocumentState

PDF_PAGES = 20
_PATIENCE_SECONDS = 300.0
_POLL_SECONDS = 0.05
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
    subprocess.run([_docent(), "--help"], check=True, stdout=subprocess.DEVNULL)
    return Speed("`docent --help`", time.perf_counter() - started, "s")


# --- the server -------------------------------------------------------------------------------------------------------


def _serve(folder: Path) -> list[Speed]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address, data = f"http://127.0.0.1:{port}", folder / "data"
    started = time.perf_counter()
    with _server(["--port", str(port), "--data-dir", str(data)], folder / "server.log") as fault:
        page = _wait(lambda: _get(address) is not None, "serve the page", fault) - started
        ready = _wait(lambda: _is_ready(address), "load the models", fault) - started
        samples = _wait(lambda: _has_samples(data), "bring in the samples", fault) - started
    return [
        Speed("`docent serve` to the first answer of the page", page, "s", "under 8"),
        Speed("from the page until questions are answered", ready - page, "s"),
        Speed("from the page until every sample is searchable", samples - page, "s"),
    ]


@contextmanager
def _server(options: Sequence[str], log: Path) -> Iterator[Callable[[], str | None]]:
    """A running `docent serve`; yields what says why it ended, None while it runs."""
    # Whatever the user has set, what is measured is Docent as it comes.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [_docent(), "serve", *options], stdout=output, stderr=output, env=environment, start_new_session=True
        )
        try:
            yield lambda: None if process.poll() is None else log.read_text(errors="replace")
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _get(url: str) -> bytes | None:
    """The body of a successful answer; None while there is none. Asks without a proxy: this machine is meant."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=5) as answer:
            body: bytes = answer.read()
            return body if answer.status == HTTPStatus.OK else None
    except (URLError, OSError):
        return None


def _is_ready(address: str) -> bool:
    body = _get(f"{address}/health")
    return body is not None and bool(json.loads(body)["ready"])


def _has_samples(data: Path) -> bool:
    """Read from the catalog, which several processes may have open; Chroma's files must be left to the server."""
    storage = Storage(data)
    generation = storage.current()
    if generation is None:
        return False
    with closing(Catalog(storage.folder(generation) / CATALOG_FILE)) as catalog:
        records = catalog.records()
    wanted = {path.name for path in sample_files()}
    return wanted <= {record.name for record in records if _is_ready_or_raise(record)}


# --- in this process --------------------------------------------------------------------------------------------------


def _workspace(settings: AppSettings, pdf: Path) -> list[Speed]:
    library = Library(settings)
    library.open()
    with closing(library):
        library.warm_up()
        workspace = library.home
        _wait(lambda: workspace.status().ready, "load the models", lambda: workspace.status().problem)
        speeds = [
            Speed(f"{number} built-in answer once it is ready", _answer(workspace, question), "s", "under 1")
            for number, question in zip(("first", "second"), _QUESTIONS, strict=True)
        ]
        started = time.perf_counter()
        workspace.upload([pdf])
        done = _wait(lambda: _is_searchable(workspace, pdf.name), f"bring in {pdf.name}", lambda: None) - started
    return [*speeds, Speed(f"a PDF of {PDF_PAGES} full pages from upload until searchable", done, "s", "under 20")]


def _answer(workspace: Workspace, question: str) -> float:
    started = time.perf_counter()
    for _ in workspace.stream(question, (), AskOptions()):
        pass
    return time.perf_counter() - started


def _is_searchable(workspace: Workspace, name: str) -> bool:
    return any(record.name == name and _is_ready_or_raise(record) for record in workspace.documents())


def _parse(settings: AppSettings, pdf: Path) -> Speed:
    with ParserProcess(settings) as parser:
        parser.parse(pdf)  # starts the process, which then reads many files
        started = time.perf_counter()
        parser.parse(pdf)
        seconds = time.perf_counter() - started
    return Speed("reading that PDF, the process being up", PDF_PAGES / seconds, "pages/s")


# --- both -------------------------------------------------------------------------------------------------------------


def _docent() -> str:
    return str(Path(sys.executable).with_name("docent"))


def _wait(done: Callable[[], bool], purpose: str, fault: Callable[[], str | None]) -> float:
    """The time when `done` first held; raises DocentError when it never does, or as soon as `fault` says why."""
    until = time.perf_counter() + _PATIENCE_SECONDS
    while not done():
        if reason := fault():
            raise DocentError(f"Docent did not {purpose}. It said: {reason}")
        if time.perf_counter() > until:
            raise DocentError(f"Docent did not {purpose} within {_PATIENCE_SECONDS:.0f} s. Is the machine busy?")
        time.sleep(_POLL_SECONDS)
    return time.perf_counter()


def _is_ready_or_raise(record: DocumentRecord) -> bool:
    if record.state in (DocumentState.FAILED, DocumentState.UNSUPPORTED):
        raise DocentError(f"{record.name!r} could not be brought in: {record.reason}")
    return record.state is DocumentState.READY


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
