"""A worker process within limits of memory and without network, for code that reads what others made.

A file that hangs, eats memory or crashes a library costs itself and nothing else: the worker is replaced. Knows
processes; knows no file format.
"""

from __future__ import annotations

import logging
import multiprocessing
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import Any

_NETWORK_EVENTS = frozenset({"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"})


class ConfinedProcess:
    """One worker process, started at the first task and used for all that follow. Safe to call from several threads."""

    def __init__(self, memory_bytes: int, *, scratch_prefix: str) -> None:
        self._memory_bytes = memory_bytes  # address space of the worker
        self._scratch_prefix = scratch_prefix
        self._pool: Any = None  # a pebble.ProcessPool, which is not typed
        self._scratch: TemporaryDirectory[str] | None = None  # what a worker that was killed left is deleted with it
        self._starting = threading.Lock()

    def schedule(self, function: Callable[..., Any], *args: Any, seconds: float, **options: Any) -> Any:
        """The pebble.ProcessFuture of a call, which runs when those before it are done and then for so long at most.

        `function` is one that another process can import by its name. The future's result raises TimeoutError,
        MemoryError, pebble.ProcessExpired where the call ended the worker, and BrokenProcessPool where none starts.
        """
        return self._running().schedule(function, args=args, kwargs=options, timeout=seconds)

    def close(self) -> None:
        """End the worker and delete its temporary files; a task in work is given up. A later task starts another."""
        with self._starting:
            if self._pool is not None:
                self._pool.stop()
                self._pool.join()
                self._pool = None
            if self._scratch is not None:
                self._scratch.cleanup()
                self._scratch = None

    def _running(self) -> Any:
        from pebble import ProcessPool

        with self._starting:
            if self._pool is None:
                self._scratch = TemporaryDirectory(prefix=self._scratch_prefix, ignore_cleanup_errors=True)
                self._pool = ProcessPool(
                    max_workers=1,
                    context=multiprocessing.get_context("spawn"),  # a fork would copy the threads' locks of a server
                    initializer=confine,
                    initargs=(self._memory_bytes, self._scratch.name),
                )
            return self._pool


def confine(memory_bytes: int, scratch: str | None = None) -> None:
    """Bound the memory of this process and cut it off from the network, for good. The worker's first act.

    Temporary files go to the folder `scratch`, where one is given. What libraries mutter about odd files is silenced:
    the user learns from the document's state what matters.
    """
    sys.addaudithook(_refuse_network)
    tempfile.tempdir = scratch
    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())
    if sys.platform == "linux":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        allowed = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
        resource.setrlimit(resource.RLIMIT_AS, (allowed, hard))


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _NETWORK_EVENTS:
        raise PermissionError(f"Parsing a document reaches for no network ({event}).")
