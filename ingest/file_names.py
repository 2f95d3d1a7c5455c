"""Make document names of file names. Knows encodings, characters and what file systems take; touches no file.

A document name is shown, stored in the catalog and used as a path in the documents folder: it is Unicode text in
composed form (NFC) on one line, its parts separated by forward slashes, none hidden and none over 255 bytes. The name
that a Mac decomposed and the same name from elsewhere are one document.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from contextlib import suppress
from pathlib import PurePosixPath, PureWindowsPath

MOST_BYTES = 255  # of one part of a path, on all common file systems

_GB2312_PAIRS = re.compile(rb"(?:[\xa1-\xfe]{2})+")
# Control characters, ends of lines, and marks that turn the direction of what is shown after them.
_NOT_SHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def decode_name(raw: bytes) -> str:
    """A name of unknown encoding: UTF-8, or GB18030 where it looks like Chinese, or the code page of the first PCs."""
    with suppress(UnicodeDecodeError):
        return raw.decode("utf-8")
    # The common Chinese characters are pairs of high bytes; an accented letter stands alone among ASCII.
    paired = sum(len(pairs) for pairs in _GB2312_PAIRS.findall(raw))
    try:
        return raw.decode("gb18030" if paired * 2 >= sum(byte > 0x7F for byte in raw) else "cp437")
    except UnicodeDecodeError:
        return raw.decode("cp437")


def shown_name(name: str) -> str:
    """`name` as text on one line: bytes that were no UTF-8 are decoded, and characters that no one sees become `_`."""
    try:
        name.encode()
    except UnicodeEncodeError:
        name = decode_name(name.encode("utf-8", "surrogateescape"))
    return _NOT_SHOWN.sub("_", name)


def document_name(path: str) -> str:
    """The document name of a file at `path`, which is relative and has forward slashes."""
    parts = unicodedata.normalize("NFC", shown_name(path)).split("/")
    return "/".join(_fitted(part.lstrip(".") or "_") for part in parts)


def name_fault(name: str, *, windows: bool) -> str | None:
    """Why a document cannot be called `name`, and what to do; None where it can. `windows`: for its file systems."""
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts) or (windows and PureWindowsPath(name).anchor):
        return f"The name {name!r} leads out of the documents folder. Rename the file."
    if shown_name(name) != name:
        return f"The name {name!r} holds characters that cannot be shown. Rename the file."
    if any(part.startswith(".") for part in parts):
        return f"The name {name!r} is that of a hidden file, and those are passed over. Rename the file."
    longest = max(len(part.encode()) for part in parts)
    if longest > MOST_BYTES:
        return f"The name {name!r} has {longest} bytes; the limit is {MOST_BYTES}. Rename the file."
    if windows and any(_is_odd_on_windows(part) for part in parts):
        return f"The name {name!r} is one that Windows does not keep. Rename the file."
    return None


def _is_odd_on_windows(part: str) -> bool:
    return (
        part != part.rstrip(". ") or PureWindowsPath(part).is_reserved() or re.search(r'[<>:"\\|?*]', part) is not None
    )


def _fitted(part: str) -> str:
    """A part that is too long, as after decoding, cut in front of its suffix and told apart by digits of its hash."""
    if len(part.encode()) <= MOST_BYTES:
        return part
    suffix = PurePosixPath(part).suffix
    ending = f" {hashlib.sha256(part.encode()).hexdigest()[:8]}{suffix if len(suffix.encode()) <= 32 else ''}"
    return part.encode()[: MOST_BYTES - len(ending.encode())].decode("utf-8", "ignore").rstrip() + ending
