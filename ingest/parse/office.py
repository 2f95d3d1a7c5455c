"""What all Office formats share: checks, and the two ways to name one thing. Knows containers; reads no contents."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import BrokenDocument
from ingest.parse.programs import work_folder

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of encrypted and of pre-2007 files
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_MOST_UNPACKED_BYTES = 1_000_000_000
# "Strict Open XML" (ISO 29500), which Office offers under Save As, names everything otherwise than all other files do.
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_USUAL = rb"http://schemas.openxmlformats.org/\1/2006/"
_START = "_rels/.rels"  # the part that says where to begin


def check_archive(path: Path, label: str) -> None:
    """Raise BrokenDocument where the file is no zip archive, is encrypted, or would unpack to an absurd size."""
    with path.open("rb") as file:
        head = file.read(len(_OLE_MAGIC))
        if head == _OLE_MAGIC:
            raise BrokenDocument(_ole_message(_ENCRYPTED_PACKAGE in file.read(), label, path.suffix.lower()))
    if not zipfile.is_zipfile(path):
        raise BrokenDocument(
            f"The file is damaged or no {label} file: it is not a {path.suffix.lower()} archive. "
            f"Open it in {label}, save it anew and add it again."
        )
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > _MOST_UNPACKED_BYTES:
        raise BrokenDocument(
            f"The file unpacks to {unpacked:,} bytes; the limit is {_MOST_UNPACKED_BYTES:,}. Split it."
        )


@contextmanager
def transitional(path: Path) -> Iterator[Path]:
    """The file itself, or of a Strict Open XML file a copy with the usual names, as no library knows the strict ones.

    The file has passed `check_archive`.
    """
    with zipfile.ZipFile(path) as archive:
        is_strict = _START in archive.namelist() and _STRICT.search(archive.read(_START)) is not None
    if not is_strict:
        yield path
        return
    with work_folder("office") as folder:
        copy = folder / path.name
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as target:
            for member in source.infolist():
                data = source.read(member)
                is_markup = member.filename.endswith((".xml", ".rels"))
                target.writestr(member.filename, _STRICT.sub(_USUAL, data) if is_markup else data)
        yield copy


def _ole_message(encrypted: bool, label: str, suffix: str) -> str:
    if encrypted:
        return f"The file is encrypted with a password. Remove the password in {label} and add it again."
    return f"The file is in {label}'s old format of before 2007. Save it as {suffix} and add it again."
