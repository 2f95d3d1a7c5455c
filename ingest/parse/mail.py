"""Read e-mail messages and mailboxes. Knows headers, alternative bodies and attachments."""

from __future__ import annotations

import binascii
import codecs
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import BrokenDocument
from ingest.parse.assemble import Piece, assemble
from ingest.parse.attachments import Attachment, read_attachments
from ingest.parse.decode import decode
from ingest.parse.options import ReadOptions
from ingest.parse.plain import parse_text
from ingest.parse.web import html_pieces
from ingest.types import ElementKind, ParsedDocument

if TYPE_CHECKING:
    from email.message import EmailMessage

_HEADERS = ("From", "To", "Cc", "Date")


@dataclass(frozen=True, slots=True)
class Message:
    """A message as a person sees it, whatever program stored it."""

    subject: str
    headers: str  # lines of `name: value`
    bodies: tuple[tuple[bool, str], ...]  # (is HTML, text), the preferred one first
    attachments: tuple[Attachment, ...]
    notices: tuple[str, ...] = ()


def read(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a .eml, .emlx or .mht file: the subject as heading, people and date, the body, then each attachment."""
    data = path.read_bytes()
    if path.suffix.lower() == ".emlx":  # Apple Mail's: the message's length, the message, a property list
        length, _, rest = data.partition(b"\n")
        data = rest[: int(length)] if length.strip().isdigit() else data
    return document([_message(data)], options)


def read_mailbox(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a .mbox file; the page of a message is its number in the file."""
    from mailbox import mbox

    mailbox = mbox(path, create=False)
    try:
        if not len(mailbox):
            raise BrokenDocument("The file is no mailbox: no line in it begins with 'From '. Export it anew as mbox.")
        if len(mailbox) > options.max_pages:
            raise BrokenDocument(
                f"The file has {len(mailbox):,} messages; the limit is {options.max_pages:,}. Split it."
            )
        messages = (_message(mailbox.get_bytes(key)) for key in mailbox.iterkeys())
        return document(messages, options, page_count=len(mailbox))
    finally:
        mailbox.close()


def document(
    messages: Iterator[Message] | list[Message], options: ReadOptions, *, page_count: int | None = None
) -> ParsedDocument:
    """One document of some messages, each under its subject; with a `page_count` their numbers are the pages."""
    found: list[Piece] = []
    notices: list[str] = []
    for number, message in enumerate(messages, start=1):
        attached, unread = read_attachments(message.attachments, options, 0)
        pieces = (*_pieces(message), *attached)
        found += pieces if page_count is None else (replace(piece, page=number) for piece in pieces)
        notices += message.notices
        notices += unread
    return replace(assemble(found, page_count=page_count), notices=tuple(notices))


def _pieces(message: Message) -> Iterator[Piece]:
    yield Piece(message.subject, ElementKind.HEADING, -1)
    yield Piece(message.headers)
    for is_html, text in message.bodies:
        pieces = html_pieces(text) if is_html else list(_text_pieces(text))
        if pieces:  # an HTML body may hold nothing but a picture
            yield from pieces
            return


def _text_pieces(text: str) -> Iterator[Piece]:
    parsed = parse_text(text)
    for element in parsed.elements:
        yield Piece(parsed.text[element.start : element.end], element.kind)


def _message(data: bytes) -> Message:
    from email import message_from_bytes
    from email.message import EmailMessage
    from email.policy import default

    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # saved from an editor
        data = decode(data).encode()
    message = message_from_bytes(data, _class=EmailMessage, policy=default)
    bodies: list[tuple[bool, str]] = []
    notices: list[str] = []
    for kind in ("html", "plain"):
        body = message.get_body(preferencelist=(kind,))
        payload = body.get_payload(decode=True) if body is not None else None
        if body is None or not isinstance(payload, bytes) or not payload.strip():
            continue
        try:
            bodies.append((kind == "html", decode(payload, body.get_content_charset())))
        except BrokenDocument:
            notices.append(f"The {kind} body of a message is in no known encoding and is not read.")
    lines = "\n".join(f"{name}: {value}" for name in _HEADERS if (value := _header(message, name)))
    return Message(
        _header(message, "Subject"),
        lines,
        tuple(bodies),
        tuple(_attachments(message)),
        () if bodies else tuple(notices),
    )


def _attachments(message: EmailMessage) -> Iterator[Attachment]:
    for part in message.iter_attachments():
        kind = part.get_content_type()
        if kind == "message/rfc822":
            yield _attached_message(part)
            continue
        payload = part.get_payload(decode=True)
        name = part.get_filename() or f"attachment{mimetypes.guess_extension(kind) or ''}"
        yield Attachment(name, payload if isinstance(payload, bytes) else None)


def _attached_message(part: EmailMessage) -> Attachment:
    from email.message import EmailMessage

    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    if not isinstance(inner, EmailMessage):
        return Attachment("message.eml", None)
    data = bytes(inner)
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
        try:  # against the rules, so that the parser took the encoded text for the message
            return Attachment("message.eml", binascii.a2b_base64(data))
        except binascii.Error:
            return Attachment("message.eml", None)
    return Attachment(f"{_header(inner, 'Subject') or 'message'}.eml", data)


def _header(message: EmailMessage, name: str) -> str:
    """A header's text; where it holds bytes outside ASCII, against the rules but common, in their encoding."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")
    try:
        text = str(message.get(name, ""))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):  # the parser trips over malformed headers
        text = raw
    if any("\udc80" <= char <= "\udcff" for char in raw):
        try:
            text = decode(raw.encode("utf-8", "surrogateescape"))
        except BrokenDocument:
            text = raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return " ".join(text.split())
