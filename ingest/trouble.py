"""Say what a full or unwritable disk means to the user. Knows the operating system's errors; knows no file of ours."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import IndexUnusable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR})


def disk_full(path: Path, error: Exception) -> IndexUnusable:
    """The disk takes no more."""
    return IndexUnusable(
        f"The disk with {path} is full or failing ({error}). Free some space and run it again: "
        f"what was ready before still is."
    )


def not_writable(path: Path, error: Exception) -> IndexUnusable:
    """The place may not be written to."""
    return IndexUnusable(
        f"{path} cannot be written ({error}). Give yourself the right to write there, or name another "
        f"place with --data-dir."
    )


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Raise IndexUnusable, with the next step, where what is done to `path` fails for want of space or of rights."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise disk_full(path, error) from error
        if error.errno in _REFUSED:
            raise not_writable(path, error) from error
        raise
