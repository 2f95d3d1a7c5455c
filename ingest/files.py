"""Find, compare and take in the user's files. Knows paths, sizes and hashes; opens no document."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.catalog import SourceFile
from ingest.errors import DocentError, SettingsError


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file outside the documents folder and the document name it gets."""

    path: Path
    name: str


def discover(root: Path) -> Iterator[tuple[str, Path]]:
    """(document name, path) of every file under `root`, by name. Hidden files and symbolic links are passed over."""
    for folder, folders, files in os.walk(root, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for file in sorted(files):
            path = Path(folder) / file
            if not file.startswith(".") and path.is_file() and not path.is_symlink():
                yield path.relative_to(root).as_posix(), path


def incoming(paths: Sequence[Path]) -> list[Incoming]:
    """What the given files and folders are called as documents: a file by its name, a folder's by their place in it.

    Raises SettingsError when a path does not exist or two files would get one name.
    """
    found: dict[str, Incoming] = {}
    for path in paths:
        if not path.exists():
            raise SettingsError(f"There is no file or folder {str(path)!r}. Check the path and try again.")
        for name, file in discover(path) if path.is_dir() else [(path.name, path)]:
            if name in found and not found[name].path.samefile(file):
                raise SettingsError(
                    f"Both {str(found[name].path)!r} and {str(file)!r} would become the document {name!r}. "
                    f"Rename one, or sync their parent folder."
                )
            found[name] = Incoming(file.resolve(), name)
    return list(found.values())


def describe(name: str, path: Path, *, origin: Path | None = None) -> SourceFile:
    """Size and time of a file, without reading it."""
    stat = path.stat()
    return SourceFile(name, stat.st_size, stat.st_mtime_ns, origin=None if origin is None else str(origin))


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def store(source: Path, documents: Path, name: str) -> Path:
    """Copy a file into the documents folder under `name`, whole or not at all; a file of that name is replaced.

    The time stamp travels with it, so that an unchanged file is known again. Raises DocentError for a name that
    leads out of the folder or that the file system refuses.
    """
    target = documents / name
    if not target.resolve().is_relative_to(documents.resolve()) or target == documents:
        raise DocentError(f"The name {name!r} leads out of the documents folder. Rename the file.")
    temporary = target.with_name(f".incoming-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:16]}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, temporary)
        os.replace(temporary, target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise DocentError(f"{name!r} cannot be stored in {documents}: {error.strerror or error}.") from error
    return target


def discard(documents: Path, names: Iterable[str]) -> None:
    """Delete documents' files, and folders that this leaves empty."""
    for name in names:
        path = documents / name
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == documents or any(folder.iterdir()):
                break
            folder.rmdir()
