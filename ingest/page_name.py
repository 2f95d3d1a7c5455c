"""What the file of a fetched page is called. Knows URLs, content types and what file systems take; fetches nothing."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ingest.errors import UnsupportedDocument

if TYPE_CHECKING:
    from httpx2 import URL

_OFFICE = "application/vnd.openxmlformats-officedocument"
_SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "text/xml": ".xml",
    "application/xml": ".xml",
    "application/json": ".json",
    "application/rtf": ".rtf",
    "application/epub+zip": ".epub",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.oasis.opendocument.text": ".odt",
    f"{_OFFICE}.wordprocessingml.document": ".docx",
    f"{_OFFICE}.presentationml.presentation": ".pptx",
    f"{_OFFICE}.spreadsheetml.sheet": ".xlsx",
    "application/zip": ".zip",
    "message/rfc822": ".eml",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/tiff": ".tiff",
    "image/webp": ".webp",
}
# Servers are sure of these; for others, what the URL ends in says more: Markdown and source code come as text/plain.
_CERTAIN = frozenset({"text/html", "application/xhtml+xml", "application/pdf"})
_NAME_BYTES = 255  # the most that common file systems take
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200b-\u200f\u2028-\u202e\u2066-\u2069<>:"/\\|?*]+')


def document_name(url: URL, suffix: str) -> str:
    """A file name from host and path: https://example.org/guide/install -> "example.org guide install.html".

    Equal for equal URLs; where the name alone would not tell two URLs apart (a query, odd characters, too long a
    path), eight digits of the URL's hash do.
    """
    raw_path, _, query = url.raw_path.decode("ascii").partition("?")
    segments = [unquote(segment) for segment in raw_path.split("/") if segment]
    host = url.host if url.port is None else f"{url.host} {url.port}"
    parts = [_part(part) for part in (host, *segments, unquote(query)) if part]
    name = " ".join(parts).lstrip(". ")
    if name.lower().endswith(suffix):
        name = name[: -len(suffix)]
    whole = not query and parts[1:] == segments and not any(" " in segment for segment in segments)
    if whole and len(f"{name}{suffix}".encode()) <= _NAME_BYTES:
        return f"{name}{suffix}"
    digits = hashlib.sha256(str(url).partition("#")[0].encode()).hexdigest()[:8]
    ending = f" {digits}{suffix}"
    kept = name.encode()[: _NAME_BYTES - len(ending)].decode("utf-8", "ignore")
    return f"{kept.rstrip()}{ending}"


def _part(text: str) -> str:
    return " ".join(_NOT_IN_NAMES.sub("_", unicodedata.normalize("NFC", text)).split())


def suffix_for(content_type: str, url: URL) -> str:
    """The suffix by which the parsers know what the page is; raises UnsupportedDocument."""
    from ingest.parse import SUPPORTED

    in_url = PurePosixPath(url.path).suffix.lower()
    suffix = _SUFFIXES.get(content_type, ".txt" if content_type.startswith("text/") else "")
    if content_type not in _CERTAIN and in_url in SUPPORTED:
        suffix = in_url
    if suffix not in SUPPORTED:
        raise UnsupportedDocument(
            f"It is of type {content_type[:100]!r}, which is not supported. Save it as .html, .pdf or .txt and add the "
            "file; `docent doctor` lists all that are read."
        )
    return suffix
