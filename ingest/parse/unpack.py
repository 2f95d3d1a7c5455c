"""Copy files out of an archive, one at a time and within bounds. Knows containers, names and sizes; reads no document.

A name in an archive is data: files are written under names of our own, and links, devices and names that lead out of
the archive are neither followed nor written.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BufferedIOBase
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from ingest.errors import BrokenDocument
from ingest.file_names import decode_name

SUFFIXES = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz"})

MOST_DEPTH = 3  # archives inside each other
MOST_FILES = 10_000  # in an archive and those inside it
MOST_BYTES = 1_000_000_000  # unpacked, of an archive and those inside it
MOST_FILE_BYTES = 200_000_000  # unpacked, of one file in it
MOST_RATIO = 250  # unpacked to packed; text stays far below it, and deflated zeros reach 1,030
_HARMLESS_BYTES = 10_000_000  # what unpacks to less does no harm at any ratio

_COMPRESSIONS: tuple[tuple[bytes, Callable[[Path], BufferedIOBase]], ...] = (
    (b"\x1f\x8b", gzip.GzipFile),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\x00", lzma.LZMAFile),
)
_BLOCK_BYTES = 1 << 20
_JUNK = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
_UTF8_NAME = 0x800  # flag bit of a zip entry whose name is UTF-8; all others are in whatever the packer's system used
_ENCRYPTED = 0x1


class TooLarge(BrokenDocument):
    """The archive as a whole is over a bound; nothing more of it is read."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an archive."""

    name: str  # its path in the archive, with forward slashes; data, never a path to open
    unpacked_bytes: int  # as the archive says
    packed_bytes: int | None  # None in a tar, whose files are not packed one by one
    refusal: str | None  # why it is not read
    encrypted: bool
    open: Callable[[], IO[bytes]]


@dataclass(slots=True)
class Allowance:
    """What has been unpacked so far, of an archive and those inside it."""

    depth: int = 0
    files: int = 0
    unpacked_bytes: int = 0

    @contextmanager
    def level(self) -> Iterator[None]:
        """Go one archive deeper; raises BrokenDocument where that is one too many."""
        if self.depth >= MOST_DEPTH:
            raise BrokenDocument(
                f"It is number {self.depth + 1} of archives inside each other; the limit is {MOST_DEPTH}. Unpack it "
                "and add what is in it."
            )
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def take_file(self) -> None:
        """Count a file; raises TooLarge."""
        self.files += 1
        if self.files > MOST_FILES:
            raise TooLarge(
                f"The archive holds {self.files:,} files or more; the limit is {MOST_FILES:,}. Split it, or unpack it."
            )

    def take_bytes(self, count: int) -> None:
        """Count unpacked bytes; raises TooLarge."""
        self.unpacked_bytes += count
        if self.unpacked_bytes > MOST_BYTES:
            raise TooLarge(
                f"The archive unpacks to {self.unpacked_bytes:,} bytes or more; the limit is {MOST_BYTES:,}. Split it, "
                "or unpack it and add what is in it."
            )


@contextmanager
def members(path: Path) -> Iterator[Iterator[Member]]:
    """The files in a zip or tar archive, in its order, without folders, hidden and empty files and systems' leftovers.

    Raises whatever zipfile and tarfile make of a damaged archive.
    """
    if zipfile.is_zipfile(path) and not tarfile.is_tarfile(path):  # a tar may end in a zip that it holds
        with zipfile.ZipFile(path) as archive:
            yield (member for member in _in_zip(archive) if _is_wanted(member))
    else:
        with tarfile.open(path, "r:") as archive:
            yield (member for member in _in_tar(archive) if _is_wanted(member))


def decompress(path: Path, folder: Path, allowance: Allowance) -> Path | None:
    """What a .gz, .bz2 or .xz file holds, in `folder`, under its name without that suffix; None for any other file.

    Raises BrokenDocument and TooLarge.
    """
    with path.open("rb") as file:
        head = file.read(6)
    for magic, opened in _COMPRESSIONS:
        if head.startswith(magic):
            target = folder / path.stem
            with opened(path) as source:
                _copy(source, target, allowance, most=MOST_BYTES, packed=path.stat().st_size)
            return target
    return None


def unpack(member: Member, target: Path, allowance: Allowance) -> None:
    """Write a member to `target`; raises BrokenDocument where it cannot be read, TooLarge where all is too much."""
    if member.refusal is not None:
        raise BrokenDocument(member.refusal)
    if member.encrypted:
        raise BrokenDocument("It is encrypted with a password. Pack it without one and add the archive again.")
    _check_file(member.unpacked_bytes, MOST_FILE_BYTES, member.packed_bytes)
    try:
        with member.open() as source:
            # What lies in a tar was counted when the tar was unpacked.
            counted = None if member.packed_bytes is None else allowance
            _copy(source, target, counted, most=MOST_FILE_BYTES, packed=member.packed_bytes)
    except (BrokenDocument, MemoryError):
        raise
    except Exception as error:  # zipfile, zlib, bz2 and lzma each raise their own on damaged or unknown data
        raise BrokenDocument(f"It cannot be unpacked ({type(error).__name__}: {error}).") from error


def _copy(
    source: IO[bytes] | BufferedIOBase, target: Path, allowance: Allowance | None, *, most: int, packed: int | None
) -> None:
    """Copy and count what really comes out, as an archive may say anything."""
    written = 0
    with target.open("wb") as file:
        while block := source.read(_BLOCK_BYTES):
            written += len(block)
            _check_file(written, most, packed)
            if allowance is not None:
                allowance.take_bytes(len(block))
            file.write(block)


def _check_file(unpacked: int, most: int, packed: int | None) -> None:
    if unpacked > most:
        raise BrokenDocument(f"It unpacks to {unpacked:,} bytes or more; the limit is {most:,}. Split it.")
    if packed is not None and unpacked > max(_HARMLESS_BYTES, packed * MOST_RATIO):
        raise BrokenDocument(
            f"It unpacks to more than {unpacked // max(packed, 1):,} times its size; the limit is {MOST_RATIO}, as "
            "files made to fill the disk do this. If it is none of those, unpack it and add what is in it."
        )


def _in_zip(archive: zipfile.ZipFile) -> Iterator[Member]:
    for entry in archive.infolist():
        if entry.is_dir():
            continue
        in_utf8 = entry.flag_bits & _UTF8_NAME
        name = entry.orig_filename if in_utf8 else decode_name(entry.orig_filename.encode("cp437"))
        kind = stat.S_IFMT(entry.external_attr >> 16)
        yield Member(
            name=name.replace("\\", "/"),  # as some packers on Windows write them
            unpacked_bytes=entry.file_size,
            packed_bytes=entry.compress_size,
            refusal=_refusal(name, is_file=kind in (0, stat.S_IFREG)),
            encrypted=bool(entry.flag_bits & _ENCRYPTED),
            open=partial(archive.open, entry),
        )


def _in_tar(archive: tarfile.TarFile) -> Iterator[Member]:
    for entry in archive:
        if entry.isdir():
            continue
        name = decode_name(entry.name.encode("utf-8", "surrogateescape"))
        yield Member(
            name=name,
            unpacked_bytes=entry.size,
            packed_bytes=None,
            # A sparse file is larger than the tar it lies in.
            refusal=_refusal(name, is_file=entry.isreg() and not entry.issparse()),
            encrypted=False,
            open=partial(_tar_file, archive, entry),
        )


def _tar_file(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(entry)
    if file is None:
        raise BrokenDocument("It is no plain file.")
    return file


def _refusal(name: str, *, is_file: bool) -> str | None:
    if not is_file:
        return "It is a link, a device or a file with holes, and those are not read. Pack the file itself."
    path = PureWindowsPath(name)  # whose rules about drives, roots and separators include those of other systems
    if ".." in path.parts or path.anchor:
        return "Its path leads out of the archive. Pack it under a path inside."
    return None


def _is_wanted(member: Member) -> bool:
    parts = PurePosixPath(member.name).parts
    hidden = any(part.lower() in _JUNK or (part.startswith(".") and part != "..") for part in parts)
    return not hidden and (member.unpacked_bytes > 0 or member.refusal is not None)
