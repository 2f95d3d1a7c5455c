"""Checks that all Office formats share. Knows their containers; reads none of their contents."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ingest.errors import BrokenDocument

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of encrypted and of pre-2007 files
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_MOST_UNPACKED_BYTES = 1_000_000_000


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


def _ole_message(encrypted: bool, label: str, suffix: str) -> str:
    if encrypted:
        return f"The file is encrypted with a password. Remove the password in {label} and add it again."
    return f"The file is in {label}'s old format of before 2007. Save it as {suffix} and add it again."
