"""Parse in a process of its own, within limits of time, memory and size. Says what went wrong; knows no file format."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import TimeoutError as OutOfTime
from concurrent.futures import wait
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from ingest.confined import ConfinedProcess
from ingest.errors import BrokenDocument, DocentError
from ingest.parse import parse as parse_file
from ingest.settings import IngestSettings
from ingest.types import ParsedDocument

_log = logging.getLogger(__name__)

_OCR_SHARE = 0.6  # of the time for one file; the rest is for its text and for the picture in work when time is up


class Parse(Protocol):
    """What the worker runs: a function that another process can import by its name."""

    def __call__(self, path: Path, *, max_pages: int, ocr: bool, ocr_seconds: float) -> ParsedDocument: ...


class ParserProcess:
    """One worker process, started at the first file and used for all that follow. Safe to call from several threads.

    with ParserProcess(settings) as parser:
        document = parser.parse(path)
    """

    def __init__(self, settings: IngestSettings, *, parse: Parse | None = None) -> None:
        self._settings = settings
        self._parse = partial(parse_file, parser=settings.parser) if parse is None else parse
        self._process = ConfinedProcess(settings.parse_memory_bytes, scratch_prefix="docent-parse-")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the worker; a file in work is given up."""
        self._process.close()

    def parse(self, path: Path) -> ParsedDocument:
        """As ingest.parse.parse; raises BrokenDocument as well where the file exceeds a limit or ends the worker."""
        return self.start(path).result()

    def start(self, path: Path) -> Parsing:
        """Hand a file to the worker, which reads it when it is done with those it was handed before."""
        size, most = path.stat().st_size, self._settings.max_file_bytes
        if size > most:
            raise BrokenDocument(
                f"The file has {size:,} bytes; the limit is {most:,}. Split it, or raise DOCENT_MAX_FILE_BYTES."
            )
        seconds = self._settings.parse_seconds
        task = self._process.schedule(
            self._parse,
            path,
            seconds=seconds,
            max_pages=self._settings.max_pages,
            ocr=self._settings.ocr,
            ocr_seconds=_OCR_SHARE * seconds,
        )
        return Parsing(task, path.name, self._settings, self.close)


class Parsing:
    """One file on its way through the worker."""

    def __init__(self, task: Any, name: str, settings: IngestSettings, end_worker: Callable[[], None]) -> None:
        self._task = task
        self._name = name
        self._settings = settings
        self._end_worker = end_worker

    def is_done(self, *, wait_seconds: float = 0) -> bool:
        """Whether `result` returns or raises at once, after waiting for that at most so long."""
        return bool(self._task.done() or (wait_seconds and wait([self._task], timeout=wait_seconds).done))

    def cancel(self) -> None:
        """Give the file up. A worker that is busy with it is ended and replaced."""
        self._task.cancel()

    def result(self) -> ParsedDocument:
        """The document, when it has been read; raises DocumentError."""
        from concurrent.futures.process import BrokenProcessPool

        from pebble import ProcessExpired

        seconds, memory = self._settings.parse_seconds, self._settings.parse_memory_bytes
        try:
            document: ParsedDocument = self._task.result()
        except OutOfTime as error:
            raise BrokenDocument(
                f"Reading the file took longer than {seconds} s. Split it, or raise DOCENT_PARSE_SECONDS."
            ) from error
        except MemoryError as error:
            raise BrokenDocument(
                f"Reading the file takes more than {memory:,} bytes of memory. Split it, or raise "
                "DOCENT_PARSE_MEMORY_BYTES."
            ) from error
        except ProcessExpired as error:
            _log.warning("The parsing process ended with exit code %s on %s", error.exitcode, self._name)
            raise BrokenDocument(
                f"Reading the file ended the parsing process (exit code {error.exitcode}): it is damaged, or takes "
                f"more than {memory:,} bytes of memory. Save it anew from the program that made it, or split it."
            ) from error
        except BrokenProcessPool as error:
            self._end_worker()
            raise DocentError(
                "The parsing process cannot be started. Start Docent through its command `docent`, and look for the "
                "reason in the lines above."
            ) from error
        return document
