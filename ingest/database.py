"""One SQLite file, used from several threads. Knows connections, transactions and what can go wrong; knows no table."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from ingest.errors import DocentError, IndexBusy, IndexDamaged
from ingest.trouble import disk_full, is_writable, not_writable

BUSY_SECONDS = 30.0  # how long a statement waits for another program that holds the file


class Database:
    """Connections to one file. Safe to use from several threads: each has its own connection while it needs one."""

    def __init__(self, path: Path, *, prepare: Callable[[sqlite3.Connection], None]) -> None:
        """Open or create the file; `prepare` makes its tables. Raises IndexUnusable when that cannot be done.

        A file that may not be written can be read, as long as `prepare` finds nothing to do.
        """
        self._path = path
        self._is_writable = is_writable(path)
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        with self.connected() as connection:
            prepare(connection)

    @contextmanager
    def connected(self) -> Iterator[sqlite3.Connection]:
        """A connection outside any transaction. What SQLite complains about comes out as an IndexUnusable."""
        with reported(self._path):
            connection = self._connection()
            try:
                yield connection
            finally:
                if connection.in_transaction:  # a full disk can have ended it already
                    connection.execute("ROLLBACK")
                self._idle.put(connection)

    def _connection(self) -> sqlite3.Connection:
        # A pool and not one connection a thread: answering runs in threads that come and go.
        with suppress(Empty):
            return self._idle.get_nowait()
        place = self._path if self._is_writable else _read_only_uri(self._path)
        connection = sqlite3.connect(
            place,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            uri=not self._is_writable,
        )
        if not self._is_writable:
            return connection
        try:
            # Deleted text is overwritten, so that nothing of it can be read from the file.
            connection.executescript(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON;"
            )
        except BaseException:
            connection.close()
            raise
        return connection

    def rows(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[Any]:
        """All rows of one statement."""
        with self.connected() as connection:
            return connection.execute(sql, values).fetchall()

    def check(self) -> None:
        """Read all of the file; raises IndexDamaged when SQLite finds anything wrong with it."""
        for (finding,) in self.rows("PRAGMA quick_check(1)"):
            if finding != "ok":
                raise _damaged(self._path, finding)

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """A transaction, committed on a clean exit. One that is not durable may be forgotten when the power fails."""
        with self.connected() as connection:
            connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close all connections; nobody may be reading."""
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Raise IndexUnusable, with the next step, where SQLite cannot work on the database `path`."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _named(path, error) from error


def _read_only_uri(path: Path) -> str:
    """Without a write-ahead log nobody has the file open, and SQLite, which cannot make one here, need not ask for it.

    See https://sqlite.org/wal.html#read_only_databases.
    """
    has_log = path.with_name(f"{path.name}-wal").exists()
    return f"{path.absolute().as_uri()}?mode=ro{'' if has_log else '&immutable=1'}"


def _named(path: Path, error: sqlite3.DatabaseError) -> DocentError | sqlite3.DatabaseError:
    """What `error` means to the user; errors of the program itself stay as they are."""
    name: str = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return disk_full(path, error)
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
        return not_writable(path, error)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return IndexBusy(
            f"Another program holds {path} ({error}). Close it (a database browser, a backup), and try again."
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return _damaged(path, error)
    return error


def _damaged(path: Path, finding: object) -> IndexDamaged:
    return IndexDamaged(
        f"The catalog {path} cannot be read: {finding}. Run `docent rebuild` to build it from your files."
    )
