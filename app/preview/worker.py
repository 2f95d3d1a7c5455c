"""Draw pages in a process of their own, within limits of time and memory. Says what went wrong."""

from __future__ import annotations

from concurrent.futures import TimeoutError as OutOfTime
from pathlib import Path

from app.preview.draw import PagePicture, draw
from ingest.confined import ConfinedProcess
from ingest.errors import BrokenDocument

_SECONDS = 20  # for one page; an ordinary one takes a fifth of a second


class PageWorker:
    """One worker process, started at the first page. Safe to call from several threads."""

    def __init__(self, memory_bytes: int) -> None:
        self._process = ConfinedProcess(memory_bytes, scratch_prefix="docent-pages-")

    def close(self) -> None:
        """End the worker."""
        self._process.close()

    def draw(self, path: Path, number: int) -> PagePicture:
        """As app.preview.draw.draw; raises BrokenDocument as well where the page exceeds a limit or ends the worker."""
        from concurrent.futures.process import BrokenProcessPool

        from pebble import ProcessExpired

        try:
            picture: PagePicture = self._process.schedule(draw, path, number, seconds=_SECONDS).result()
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
