"""A `docent serve` to be measured, as the command is installed, and waiting for what it does."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import psutil

from app.samples import sample_files
from ingest.catalog import Catalog
from ingest.command_line import PREFIX
from ingest.errors import DocentError
from ingest.generation import CATALOG_FILE
from ingest.storage import Storage
from ingest.types import DocumentRecord, DocumentState

_PATIENCE_SECONDS = 300.0
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Served:
    """A running `docent serve`."""

    address: str
    log: Path
    process: subprocess.Popen[bytes]

    def fault(self) -> str | None:
        """Why it ended; None while it runs."""
        return None if self.process.poll() is None else self.log.read_text(errors="replace")

    def processor_seconds(self) -> float:
        """Of this process alone: documents are parsed by another."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)


@contextmanager
def server(folder: Path) -> Iterator[Served]:
    """A `docent serve` with its data in folder/data."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log, data = folder / "server.log", folder / "data"
    command = [docent(), "serve", "--port", str(port), "--data-dir", str(data)]
    # Whatever the user has set, what is measured is Docent as it comes.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment, start_new_session=True)
        try:
            yield Served(f"http://127.0.0.1:{port}", log, process)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def get(url: str) -> bytes | None:
    """The body of a successful answer; None while there is none. Asks without a proxy: this machine is meant."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=5) as answer:
            body: bytes = answer.read()
            return body if answer.status == HTTPStatus.OK else None
    except (URLError, OSError):
        return None


def is_ready(address: str) -> bool:
    body = get(f"{address}/health")
    return body is not None and bool(json.loads(body)["ready"])


def has_samples(data: Path) -> bool:
    """Read from the catalog, which several processes may have open; Chroma's files must be left to the server."""
    storage = Storage(data)
    generation = storage.current()
    if generation is None:
        return False
    with closing(Catalog(storage.folder(generation) / CATALOG_FILE)) as catalog:
        records = catalog.records()
    wanted = {path.name for path in sample_files()}
    return wanted <= {record.name for record in records if is_ready_or_raise(record)}


def docent() -> str:
    return str(Path(sys.executable).with_name("docent"))


def wait(done: Callable[[], bool], purpose: str, fault: Callable[[], str | None]) -> float:
    """The time when `done` first held; raises DocentError when it never does, or as soon as `fault` says why."""
    until = time.perf_counter() + _PATIENCE_SECONDS
    while not done():
        if reason := fault():
            raise DocentError(f"Docent did not {purpose}. It said: {reason}")
        if time.perf_counter() > until:
            raise DocentError(f"Docent did not {purpose} within {_PATIENCE_SECONDS:.0f} s. Is the machine busy?")
        time.sleep(_POLL_SECONDS)
    return time.perf_counter()


def is_ready_or_raise(record: DocumentRecord) -> bool:
    if record.state in (DocumentState.FAILED, DocumentState.UNSUPPORTED):
        raise DocentError(f"{record.name!r} could not be brought in: {record.reason}")
    return record.state is DocumentState.READY
