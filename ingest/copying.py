"""Copy a folder of databases as they are at one moment. Knows SQLite's files; knows nothing of what they hold."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from ingest import trouble
from ingest.database import reported

_DATABASE = ".sqlite3"
_COMPANIONS = ("-wal", "-shm", "-journal")  # these belong to who has a database open


def copy_folder(source: Path, target: Path) -> None:
    """Copy what is in `source` into the new folder `target`, where it can be written, whoever may write the original.

    Each database is copied by SQLite, also while it is written; the other files must not change meanwhile. Raises
    IndexUnusable where it cannot be read or there is no room for it.
    """
    with trouble.named(target):
        target.mkdir(parents=True)
        for path in sorted(source.rglob("*")):
            copy = target / path.relative_to(source)
            if path.is_dir():
                copy.mkdir()
            elif path.suffix == _DATABASE:
                _copy_database(path, copy)
            elif not path.name.endswith(_COMPANIONS):
                shutil.copyfile(path, copy)


def _copy_database(path: Path, copy: Path) -> None:
    with reported(path), closing(sqlite3.connect(path)) as original, closing(sqlite3.connect(copy)) as target:
        original.backup(target)
