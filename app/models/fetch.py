"""Bring a hub model here in the background, with progress and a way to stop it. Knows one download at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from app.types import ModelChoice, ModelStatus
from ingest import hub
from ingest.errors import DocentError, ModelUnavailable
from ingest.hub import DownloadProgress
from ingest.settings import BUILT_IN

log = logging.getLogger(__name__)


class FetchState(StrEnum):
    """How far it is."""

    DOWNLOADING = "downloading"
    LOADING = "loading"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Fetch:
    """One model on its way here, or the last one that was."""

    progress: DownloadProgress
    state: FetchState
    problem: str | None = None  # with FAILED: why, and what to do next
    status: ModelStatus | None = None  # with DONE: what answers now

    @property
    def under_way(self) -> bool:
        return self.state in (FetchState.DOWNLOADING, FetchState.LOADING)


class _Cancelled(Exception):
    """Raised inside the download to end it."""


class ModelFetch:
    """Downloads the model of a choice, then takes it into use. Safe to call from any thread."""

    def __init__(
        self, use: Callable[[ModelChoice], ModelStatus], *, cache: Path | None = None, endpoint: str | None = None
    ) -> None:
        """`cache` and `endpoint` are the hub's usual ones unless given."""
        self._use = use
        self._cache = cache
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._current: Fetch | None = None

    @property
    def current(self) -> Fetch | None:
        """The download under way, or the last one; None before the first."""
        return self._current

    def plan(self, choice: ModelChoice) -> DownloadProgress | None:
        """What taking this model into use would download; None when it is here, or not this machine's to run."""
        if choice.llm_url or choice.llm == BUILT_IN or hub.find_here(choice.llm, cache=self._cache):
            return None
        return hub.plan_download(choice.llm, cache=self._cache, endpoint=self._endpoint)

    def start(self, choice: ModelChoice, plan: DownloadProgress) -> None:
        """Begin; raises ModelUnavailable while another download is under way."""
        with self._lock:
            if self._current is not None and self._current.under_way:
                raise ModelUnavailable(
                    f"{self._current.progress.name} is still on its way here. Wait for it, or cancel it first."
                )
            self._stop = threading.Event()
            self._current = Fetch(plan, FetchState.DOWNLOADING)
        threading.Thread(target=self._run, args=(choice, self._stop), name="fetch", daemon=True).start()

    def cancel(self) -> None:
        """End the download; what has come stays on the disk, and another try goes on from there."""
        self._stop.set()

    def forget(self) -> None:
        """Say no more of the last one; one that is under way goes on."""
        with self._lock:
            if self._current is not None and not self._current.under_way:
                self._current = None

    def _run(self, choice: ModelChoice, stop: threading.Event) -> None:
        def report(progress: DownloadProgress) -> None:
            if stop.is_set():
                raise _Cancelled
            self._tell(progress=progress)

        try:
            hub.find_model(choice.llm, on_progress=report, cache=self._cache, endpoint=self._endpoint)
            if stop.is_set():
                raise _Cancelled
            self._tell(state=FetchState.LOADING)
            self._tell(state=FetchState.DONE, status=self._use(choice))
        except _Cancelled:
            self._tell(state=FetchState.CANCELLED)
        except DocentError as error:
            # Workers of the hub's client that were stopped in the middle may word it as a failure of theirs.
            state = FetchState.CANCELLED if stop.is_set() else FetchState.FAILED
            self._tell(state=state, problem=str(error))
        except Exception as error:  # the page has to hear of it, whatever it was
            log.exception("Fetching %s failed", choice.llm)
            problem = f"An error inside Docent: {type(error).__name__}. The terminal shows it."
            self._tell(state=FetchState.FAILED, problem=problem)

    def _tell(self, **changes: object) -> None:
        assert self._current is not None
        self._current = replace(self._current, **changes)  # type: ignore[arg-type]
