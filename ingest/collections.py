"""The collections of one data directory and what they are called. Knows names and folders; opens no index.

A name is the user's and may hold anything, so that it is never a path: it stands in a file in the collection's folder,
and to rename a collection is to replace that file, whoever has its index open. A new folder takes its name from a hash;
where a renamed collection still sits in that one, it is counted up. A collection that is being deleted loses its name
first: from then on it is not there, and what is left of its folder waits to be deleted.

The default collection is the data directory itself, always goes by the name "default", and by another beside that.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from filelock import FileLock

from ingest import trouble
from ingest.errors import DocentError
from ingest.file_names import shown_name
from ingest.settings import DEFAULT_COLLECTION

MOST_CHARACTERS = 200  # of a name
NAME_FILE = "NAME"
GONE_FILE = "GONE"  # what NAME_FILE becomes when the collection is deleted
_FOLDER = "collections"


@dataclass(frozen=True, slots=True)
class CollectionRecord:
    """One collection."""

    id: str  # "default", or the name of its folder: stays when it is renamed, and is safe anywhere
    name: str


def collections(data_dir: Path) -> list[CollectionRecord]:
    """All collections, the default one first, the others by name."""
    others = [CollectionRecord(folder.name, name) for folder, name in _named(data_dir)]
    return [
        CollectionRecord(DEFAULT_COLLECTION, default_name(data_dir)),
        *sorted(others, key=lambda collection: collection.name),
    ]


def default_name(data_dir: Path) -> str:
    """What the default collection is called."""
    try:
        return _read(data_dir / NAME_FILE)
    except (FileNotFoundError, NotADirectoryError):  # what is wrong with the folder is told when something is written
        return DEFAULT_COLLECTION


def folder_of(data_dir: Path, name: str) -> Path:
    """Where the collection of this name is, or where it would be made."""
    if name in (DEFAULT_COLLECTION, default_name(data_dir)):
        return data_dir
    for folder, given in _named(data_dir):
        if given == name:
            return folder
    plain = hashlib.sha256(_bytes(name)).hexdigest()[:16]
    folders = (data_dir / _FOLDER / (f"{plain}-{number}" if number else plain) for number in count())
    return next(folder for folder in folders if not any((folder / file).exists() for file in (NAME_FILE, GONE_FILE)))


def write_name(folder: Path, name: str) -> None:
    """Call the collection in `folder` so, from this moment on."""
    temporary = folder / f"{NAME_FILE}.{os.getpid()}"
    with trouble.named(folder):
        temporary.write_bytes(_bytes(name))
        os.replace(temporary, folder / NAME_FILE)


def give_up_name(folder: Path) -> None:
    """Let there be no collection in `folder` from this moment on."""
    with trouble.named(folder):
        os.replace(folder / NAME_FILE, folder / GONE_FILE)


def gone(data_dir: Path) -> list[tuple[Path, str]]:
    """What is left of collections whose deletion was cut short: folders, and the names that they had."""
    return list(_named(data_dir, GONE_FILE))


@contextmanager
def free_name(data_dir: Path, typed: str, *, for_default: bool = False) -> Iterator[str]:
    """The name that was typed, which nobody else gives meanwhile; raises DocentError where it cannot be given.

    Only the default collection can be called "default" again.
    """
    name = " ".join(typed.split())
    if not _can_be_shown(name):
        raise DocentError(f"The name {name!r} holds characters that cannot be shown. Type another.")
    if not 0 < len(name) <= MOST_CHARACTERS:
        raise DocentError(f"A name has 1 to {MOST_CHARACTERS} characters; this one has {len(name)}. Type another.")
    folder = data_dir / _FOLDER
    with trouble.named(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "names.lock"):
        taken = {collection.name for collection in collections(data_dir)}
        if name in taken or (name == DEFAULT_COLLECTION and not for_default):
            raise DocentError(f"There is a collection {name!r} already. Type another name.")
        yield name


def _can_be_shown(name: str) -> bool:
    try:
        return shown_name(name) == name
    except UnicodeEncodeError:  # half of a pair of code units
        return False


def _named(data_dir: Path, name_file: str = NAME_FILE) -> Iterator[tuple[Path, str]]:
    for file in (data_dir / _FOLDER).glob(f"*/{name_file}"):
        yield file.parent, _read(file)


def _read(name_file: Path) -> str:
    return os.fsdecode(name_file.read_bytes())


def _bytes(name: str) -> bytes:
    # A name from the command line may hold bytes that are no Unicode; it is the same name each time.
    return os.fsencode(name)
