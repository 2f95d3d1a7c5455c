"""Say what a full or unwritable disk means to the user. Knows the operating system's errors; knows no file of ours."""

from __future__ import annotations

import errno
import os
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
    """The place may not be written to, by this user or by anybody."""
    if _is_on_read_only_disk(path):
        return IndexUnusable(
            f"{path} cannot be written: its disk is read-only ({error}). What is there can be listed, checked, "
            f"searched and asked. To change it, make the disk writable, or copy the folder and name the copy "
            f"with --data-dir."
        )
    return IndexUnusable(
        f"{path} cannot be written ({error}). Give yourself the right to write there, or name another "
        f"place with --data-dir."
    )


def is_writable(path: Path) -> bool:
    """Whether a file, which may not be there yet, and others beside it can be written."""
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))


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


def _is_on_read_only_disk(path: Path) -> bool:
    if not hasattr(os, "statvfs"):
        return False
    place = next(place for place in (path, *path.absolute().parents) if place.exists())
    return bool(os.statvfs(place).f_flag & os.ST_RDONLY)
