"""Connect to allowed addresses only, and until a deadline only. Knows sockets; knows nothing of pages."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore2

from ingest.addresses import IsAllowed, resolve

_MOST_ADDRESSES = 4  # of one name, tried one after the other
_CONNECT_SECONDS = 10.0  # for one of them


class Deadline:
    """A moment by which all is done: a limit for each read would be none for a server that sends drop by drop."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then; raises httpcore2.ReadTimeout when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("The time is up.")
        return left


class GuardedBackend(httpcore2.NetworkBackend):
    """Looks a name up once, checks every address, and connects to exactly one that was checked.

    Above it the URL keeps its host name, so that TLS verifies the name and not the address.
    """

    def __init__(self, deadline: Deadline, is_allowed: IsAllowed) -> None:
        self._deadline = deadline
        self._is_allowed = is_allowed
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect, or raise DocumentError where an address is not allowed."""
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in resolve(host, port, self._is_allowed)[:_MOST_ADDRESSES]:
            seconds = min(_CONNECT_SECONDS, self._deadline.left())
            try:
                stream = self._backend.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _HurriedStream(stream, self._deadline)
        raise failure


class _HurriedStream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _HurriedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
