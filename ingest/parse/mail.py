"""Read e-mail messages. Knows headers and alternative bodies; leaves attachments alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.parse.assemble import Piece, assemble
from ingest.parse.decode import decode
from ingest.parse.options import ReadOptions
from ingest.parse.plain import parse_text
from ingest.parse.web import html_pieces
from ingest.types import ElementKind, ParsedDocument

if TYPE_CHECKING:
    from email.message import EmailMessage

_HEADERS = ("From", "To", "Cc", "Date")


def read(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a .eml file: the subject as heading, sender, recipients and date as one paragraph, then the body."""
    from email import message_from_bytes
    from email.message import EmailMessage
    from email.policy import default

    message = message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=default)
    return assemble(_pieces(message))


def _pieces(message: EmailMessage) -> Iterator[Piece]:
    yield Piece(_header(message, "Subject"), ElementKind.HEADING, -1)
    lines = (f"{name}: {value}" for name in _HEADERS if (value := _header(message, name)))
    yield Piece("\n".join(lines))
    body = message.get_body(preferencelist=("html", "plain"))
    if body is None:
        return
    payload = body.get_payload(decode=True)
    if not isinstance(payload, bytes) or not payload.strip():
        return
    text = decode(payload, body.get_content_charset())
    if body.get_content_subtype() == "html":
        yield from html_pieces(text)
    else:
        document = parse_text(text)
        for element in document.elements:
            yield Piece(document.text[element.start : element.end], element.kind)


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())
