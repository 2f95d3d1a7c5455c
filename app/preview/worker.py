"""Draw pages in a process of their own, within limits of time and memory. Knows processes; knows no documents."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import TimeoutError as OutOfTime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.preview.draw import PagePicture, draw
from ingest.errors import BrokenDocument
from ingest.parse.isolated import confine

_SECONDS = 20  # for one page; an ordinary one takes a fifth of a second


class PageWorker:
    """One worker process, started at the first page. Safe to call from several threads."""

    def __init__(self, memory_bytes: int) -> None:
        self._memory_bytes = memory_bytes  # address space of the worker
        self._starting = threading.Lock()
        self._pool: Any = None  # a pebble.ProcessPool, which is not typed
        self._scratch: TemporaryDirectory[str] | None = None

    def close(self) -> None:
        """End the worker."""
        with self._starting:
            if self._pool is not None:
                self._pool.stop()
                self._pool.join()
                self._pool = None
            if self._scratch is not None:
                self._scratch.cleanup()
                self._scratch = None

    def draw(self, path: Path, number: int) -> PagePicture:
        """As app.preview.draw.draw; raises BrokenDocument as well where the page exceeds a limit or ends the worker."""
        from concurrent.futures.process import BrokenProcessPool

        from pebble import ProcessExpired

        try:
            picture: PagePicture = self._running_pool().schedule(draw, args=(path, number), timeout=_SECONDS).result()
        except OutOfTime as error:
            raise BrokenDocument(f"Page {number} took longer than {_SECONDS} s to draw. Its text is shown.") from error
        except (MemoryError, ProcessExpired) as error:
            raise BrokenDocument(
                f"Page {number} cannot be drawn: the file is damaged there. Its text is shown."
            ) from error
        except BrokenProcessPool as error:
            self.close()
            raise BrokenDocument("The process that draws pages cannot be started. The text is shown.") from error
        return picture

    def _running_pool(self) -> Any:
        from pebble import ProcessPool

        with self._starting:
            if self._pool is None:
                self._scratch = TemporaryDirectory(prefix="docent-pages-", ignore_cleanup_errors=True)
                self._pool = ProcessPool(
                    max_workers=1,  # pdfium draws one page at a time in a process
                    context=multiprocessing.get_context("spawn"),  # a fork would copy the threads' locks of a server
                    initializer=confine,
                    initargs=(self._memory_bytes, self._scratch.name),
                )
            return self._pool
