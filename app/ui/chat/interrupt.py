"""Ends a stream from outside, at once, however long its next item takes. Knows nothing of what is streamed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Generic, TypeVar

LOOK_SECONDS = 0.1  # how often a wait for the next item looks whether it is still wanted

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Said(Generic[T]):
    item: T


@dataclass(frozen=True, slots=True)
class _Ended:
    error: Exception | None


def until(stop: Event, stream: Callable[[], Iterator[T]]) -> Iterator[T | None]:
    """The items of `stream()` until it ends, raises, or `stop` is set; sets `stop` itself when it is done.

    While the next item is waited for there comes a None every LOOK_SECONDS. The stream is made, read and closed on a
    thread of its own: after a stop it is closed as soon as it says something, while the reader has long gone on.
    """
    heard: SimpleQueue[_Said[T] | _Ended] = SimpleQueue()
    Thread(target=_read, args=(stop, stream, heard), daemon=True).start()
    try:
        while not stop.is_set():
            try:
                said = heard.get(timeout=LOOK_SECONDS)
            except Empty:
                yield None
                continue
            if isinstance(said, _Said):
                yield said.item
            elif said.error is not None:
                raise said.error
            else:
                return
    finally:
        stop.set()


def _read(stop: Event, stream: Callable[[], Iterator[T]], heard: SimpleQueue[_Said[T] | _Ended]) -> None:
    try:
        for item in stream():
            if stop.is_set():
                break
            heard.put(_Said(item))
    except Exception as error:  # noqa: BLE001 - not swallowed: raised again where the stream is read
        heard.put(_Ended(error))
    else:
        heard.put(_Ended(None))
