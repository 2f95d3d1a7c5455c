"""Fetch a web page into a file. Knows URLs, HTTP answers and file names; what is in the page is for its parser.

Safe by default: http and https on their own ports, public addresses only, checked at every redirect and connected to
as they were checked, within bounds of size and time. Proxies are not used, as a proxy looks the name up itself and no
check of ours would hold; cookies are not kept and nothing else that the page names is fetched.
"""

from __future__ import annotations

import gzip
import re
import ssl
import zlib
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ingest.addresses import IsAllowed, is_public
from ingest.errors import BrokenDocument, DocumentError
from ingest.page_name import document_name, suffix_for

if TYPE_CHECKING:
    from io import BufferedIOBase

    from httpcore2 import ConnectionPool, Response
    from httpx2 import URL

_HEADERS: tuple[tuple[str, str | bytes], ...] = (
    ("User-Agent", "Docent (one page, fetched for the person who asked for it)"),
    ("Accept", "text/html,application/xhtml+xml,text/*;q=0.9,*/*;q=0.8"),
    ("Accept-Encoding", "gzip"),
    ("Connection", "close"),
)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_IN_ONE_ENCODING = frozenset({".html", ".txt", ".md", ".csv", ".tsv"})
_BLOCK_BYTES = 1 << 16
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """What fetching a page may take, and where it may go."""

    bytes: int = 200_000_000  # of the page, as sent and as unpacked
    seconds: float = 60.0  # for all of it; looking a name up, which cannot be cut short, is checked afterwards
    redirects: int = 5
    ports: frozenset[int] = frozenset({80, 443})  # others are those of internal services and of other protocols
    is_allowed: IsAllowed = is_public
    certificates: ssl.SSLContext | None = None  # whom to trust; None for whom the system trusts


def is_url(text: str) -> bool:
    """Whether this is written as a URL, of whatever scheme, and not as a path."""
    return _SCHEME.match(text) is not None


def fetch(url: str, folder: Path, limits: Limits) -> Path:
    """Fetch one page into `folder`; the file's name is that of the document (page_name.document_name).

    Raises DocumentError, which names the URL, where the page cannot be had: UnsupportedDocument for a type that no
    parser reads, BrokenDocument for one that is too large, too slow or damaged.
    """
    import httpcore2

    from ingest.connection import Deadline, GuardedBackend

    start = _checked(url, limits)
    backend = GuardedBackend(Deadline(limits.seconds), limits.is_allowed)
    try:
        with httpcore2.ConnectionPool(ssl_context=limits.certificates, network_backend=backend) as pool:
            return _follow(pool, start, folder, limits)
    except httpcore2.TimeoutException as error:
        raise BrokenDocument(
            f"{start} did not arrive within {limits.seconds:g} s. Try again later, or save the page in a browser and "
            "add the file."
        ) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
        raise DocumentError(
            f"{start} cannot be fetched: {_one_line(error)}. Check the URL and the network connection (Docent uses no "
            "proxy), or save the page in a browser and add the file."
        ) from error
    except DocumentError as error:
        raise type(error)(f"{start} cannot be fetched: {error}") from error


def _follow(pool: ConnectionPool, start: URL, folder: Path, limits: Limits) -> Path:
    import httpcore2

    target = start
    for _ in range(limits.redirects + 1):
        place = httpcore2.URL(
            scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path or b"/"
        )
        with pool.stream("GET", place, headers=[*_HEADERS, ("Host", target.netloc)]) as answer:
            headers = _headers(answer)
            if answer.status not in _REDIRECTS or "location" not in headers:
                return _save(answer, headers, start, target, folder, limits)
            target = _checked(headers["location"], limits, base=target)
    raise DocumentError(f"It was redirected more than {limits.redirects} times. Open it in a browser for its real URL.")


def _checked(url: str, limits: Limits, *, base: URL | None = None) -> URL:
    """A URL that may be asked for, relative to `base`; raises DocumentError, which repeats no password."""
    import httpx2

    try:
        parsed = httpx2.URL(url) if base is None else base.join(url)
    except (httpx2.InvalidURL, ValueError) as error:
        raise DocumentError(f"{url[:200]!r} is no valid URL ({error}). Check it and try again.") from error
    if parsed.scheme not in ("http", "https"):
        raise DocumentError(f"Pages are fetched by http and https, not by {parsed.scheme!r}. Give a file by its path.")
    if parsed.userinfo:
        raise DocumentError(
            f"The URL of {parsed.host!r} holds a user name or password, which would be stored and shown with the "
            "document. Save the page in a browser and add the file."
        )
    if not parsed.host:
        raise DocumentError(f"{url[:200]!r} names no host. Check it and try again.")
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    if port not in limits.ports:
        allowed = " and ".join(map(str, sorted(limits.ports)))
        raise DocumentError(
            f"{parsed.host!r} is asked for at port {port}; pages are fetched from ports {allowed} only. Save the page "
            "in a browser and add the file."
        )
    return parsed


def _headers(answer: Response) -> dict[str, str]:
    """Header fields by lower-case name; of one that is repeated, the first."""
    return {
        name.decode("latin-1").lower(): value.decode("utf-8", "replace") for name, value in reversed(answer.headers)
    }


def _save(answer: Response, headers: dict[str, str], start: URL, final: URL, folder: Path, limits: Limits) -> Path:
    """Write the body to a file that is named for what was asked for, and not for where that led today."""
    if answer.status != HTTPStatus.OK:
        phrase = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else "no known status"
        raise DocumentError(f"The server answered {answer.status} ({phrase}). Open it in a browser to see why.")
    content_type = Message()
    said = headers.get("content-type", "")
    content_type["content-type"] = said if "/" in said else "application/octet-stream"
    suffix = suffix_for(content_type.get_content_type(), final)
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise DocumentError(f"The server packed it by {coding[:40]!r}, which was not asked for. Save it in a browser.")
    path = folder / document_name(start, suffix)
    try:
        _receive(answer, path, limits, unpack="gzip" in coding)
        charset = content_type.get_content_charset()
        if charset and suffix in _IN_ONE_ENCODING:
            _write_as_utf8(path, charset)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _receive(answer: Response, path: Path, limits: Limits, *, unpack: bool) -> None:
    sent = path.with_name(".sent") if unpack else path
    with sent.open("wb") as file:
        written = 0
        for block in answer.iter_stream():
            written += len(block)
            _check_size(written, limits)
            file.write(block)
    if unpack:
        try:
            with gzip.open(sent) as source, path.open("wb") as file:
                _copy(source, file, limits)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise BrokenDocument(f"What the server sent is damaged ({error}). Try again.") from error
        finally:
            sent.unlink()
    if path.stat().st_size == 0:
        raise BrokenDocument("The page is empty (0 bytes). Open it in a browser to see what it shows.")


def _copy(source: BufferedIOBase, target: IO[bytes], limits: Limits) -> None:
    written = 0
    while block := source.read(_BLOCK_BYTES):
        written += len(block)
        _check_size(written, limits)
        target.write(block)


def _check_size(count: int, limits: Limits) -> None:
    if count > limits.bytes:
        raise BrokenDocument(f"The page has {count:,} bytes or more; the limit is {limits.bytes:,}. Save a part of it.")


def _write_as_utf8(path: Path, charset: str) -> None:
    """Keep what only the HTTP header says: a text in another encoding becomes UTF-8, with the mark that tells so."""
    from ingest.parse.decode import decode

    data = path.read_bytes()
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        path.write_text(decode(data, charset), encoding="utf-8-sig", newline="")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
