"""What threads of one workspace share: whether they are to end, and what went wrong while nobody waited for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from ingest.errors import DocentError, IndexMismatch

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """What the user should know of."""

    text: str
    is_mismatch: bool = False  # the index was made by other parts than today's: embedding it anew mends it


class Background:
    """The state that the threads of one workspace share. Safe to use from any thread."""

    def __init__(self) -> None:
        self.closing = threading.Event()
        self.problem: Problem | None = None

    def attempt(self, purpose: str, action: Callable[[], None]) -> None:
        """Run `action`; where it fails, that becomes the problem."""
        try:
            action()
        except DocentError as error:
            if self.closing.is_set():
                return
            log.warning("Could not %s: %s", purpose, error)
            self.problem = Problem(str(error), isinstance(error, IndexMismatch))
        except Exception:  # the thread has to outlive whatever one file brings about
            log.exception("Could not %s", purpose)
            self.problem = Problem(f"Could not {purpose}: an error inside Docent. The terminal shows it.")
