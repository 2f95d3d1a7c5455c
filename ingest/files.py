"""Find, compare and take in the user's files. Knows paths, sizes and hashes; opens no document."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.catalog import SourceFile
from ingest.errors import DocentError, SettingsError
from ingest.file_names import document_name, name_fault, shown_name

_INCOMING = ".incoming-"  # begins the name of a file while it is copied; hidden, so that it is no document yet

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file outside the documents folder and the document name it gets."""

    path: Path
    name: str


def discover(root: Path) -> Iterator[tuple[str, Path]]:
    """(document name, path) of every file in the documents folder, by name; hidden files and links are passed over.

    A file whose name is not Unicode or holds control characters is renamed, as the catalog cannot hold such a name.
    """
    for path in list(_walk(root)):
        name = path.relative_to(root).as_posix()
        if shown_name(name) == name:
            yield name, path
        elif (renamed := _renamed(root, path, shown_name(name))) is not None:
            yield renamed.relative_to(root).as_posix(), renamed


def incoming(paths: Sequence[Path]) -> list[Incoming]:
    """What the given files and folders are called as documents: a file by its name, a folder's by their place in it.

    A link is followed where it is given itself, never in a folder. Raises SettingsError when a path does not exist or
    two files would get one name.
    """
    found: dict[str, Incoming] = {}
    for path in paths:
        if not path.exists():
            raise SettingsError(f"There is no file or folder {str(path)!r}. Check the path and try again.")
        if not path.is_dir() and not path.is_file():
            raise SettingsError(f"{str(path)!r} is neither a file nor a folder. Give it as one and try again.")
        root, inside = (path, _walk(path)) if path.is_dir() else (path.parent, iter([path]))
        for file in inside:
            name = document_name(file.relative_to(root).as_posix())
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
    # A path that is not Unicode can be opened, and cannot be stored; nothing is opened by its origin.
    place = None if origin is None else os.fsencode(origin).decode("utf-8", "replace")
    return SourceFile(name, stat.st_size, stat.st_mtime_ns, origin=place)


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def store(source: Path, documents: Path, name: str) -> Path:
    """Copy a file into the documents folder under `name`, whole or not at all; a file of that name is replaced.

    The time stamp travels with it, so that an unchanged file is known again. Raises DocentError for a link and for a
    name that leads out of the folder, that is none for a document, or that the file system refuses.
    """
    if fault := name_fault(name, windows=os.name == "nt"):
        raise DocentError(fault)
    target = documents / name
    if not target.parent.resolve().is_relative_to(documents.resolve()):
        raise DocentError(f"The name {name!r} leads out of the documents folder. Rename the file.")
    if source.is_symlink() or not source.is_file():
        raise DocentError(f"{str(source)!r} is a link or no file at all. Give the file itself.")
    digits = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]
    temporary = target.with_name(f"{_INCOMING}{os.getpid()}-{digits}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, temporary)
        os.replace(temporary, target)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise DocentError(f"{name!r} cannot be stored in {documents}: {error.strerror or error}.") from error
    return target


def sweep(documents: Path) -> None:
    """Delete what processes that are no more had begun to copy into the documents folder."""
    for folder, _, names in os.walk(documents, followlinks=False):
        for name in names:
            path = Path(folder) / name
            if name.startswith(_INCOMING) and not _is_being_copied(path):
                with suppress(OSError):  # it is no document, and does no harm
                    path.unlink()


def _is_being_copied(path: Path) -> bool:
    """Whether the process that its name tells began before the file did: another may have got that number since."""
    import psutil

    number = path.name.removeprefix(_INCOMING).partition("-")[0]
    try:
        return number.isdecimal() and psutil.Process(int(number)).create_time() <= path.stat().st_ctime
    except (psutil.NoSuchProcess, OSError):
        return False


def discard(documents: Path, names: Iterable[str]) -> None:
    """Delete documents' files, and folders that this leaves empty."""
    for name in names:
        path = documents / name
        path.unlink(missing_ok=True)
        _remove_empty(path.parent, documents)


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for file in sorted(files):
            path = Path(folder) / file
            if not file.startswith(".") and path.is_file() and not path.is_symlink():
                yield path


def _renamed(root: Path, path: Path, name: str) -> Path | None:
    """Where a file is now that it has a name like `name`; None where it cannot be renamed."""
    target = root / name
    if target.exists():
        digits = hashlib.sha256(os.fsencode(path.relative_to(root))).hexdigest()[:8]
        target = target.with_name(f"{target.stem} {digits}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
        _remove_empty(path.parent, root)
    except OSError as error:
        _log.warning("%r has a name that cannot be stored, and cannot be renamed: %s", str(path), error)
        return None
    return target


def _remove_empty(folder: Path, root: Path) -> None:
    while folder != root and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
