"""Read Outlook messages. Knows their properties; what a message is made of it leaves to `mail`."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import BrokenDocument
from ingest.parse.attachments import Attachment
from ingest.parse.decode import decode
from ingest.parse.legacy import rtf_text
from ingest.parse.mail import Message, document
from ingest.parse.options import ReadOptions
from ingest.types import ParsedDocument

if TYPE_CHECKING:
    import oxmsg

# Property numbers of MS-OXPROPS
_RECIPIENT_TYPE = 0x0C15
_DELIVERY_TIME = 0x0E06
_RTF = 0x1009  # compressed
_HTML = 0x1013
_CODE_PAGE = 0x3FDE
_SHORT_NAME = 0x3704  # of an attachment
_RECIPIENT_HEADERS = {1: "To", 2: "Cc"}
_WINDOWS_CODEC = re.compile(r"windows[-_](\d+)")


def read(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a .msg file: the subject as heading, people and date, the body, then each attachment."""
    import oxmsg

    codecs.register(_windows_codec)
    try:
        message = oxmsg.Message.load(str(path))
    except ValueError as error:
        raise BrokenDocument("The file is no Outlook message. Save it anew from Outlook as .msg.") from error
    return document([_message(message)], options)


def _windows_codec(name: str) -> codecs.CodecInfo | None:
    """oxmsg calls every code page windows-N; Python knows the East Asian ones, 932 to 950, as cpN alone."""
    found = _WINDOWS_CODEC.fullmatch(name)
    return codecs.lookup(f"cp{found[1]}") if found else None


def _message(message: oxmsg.Message) -> Message:
    html, unread = _html_body(message)
    bodies = tuple((is_html, text) for is_html, text in ((True, html), (False, message.body)) if text)
    if not bodies and (data := message.properties.binary_prop_value(_RTF)) is not None:
        rtf, damaged = _rtf_body(data)
        bodies = ((False, rtf),) if rtf.strip() else ()
        unread += damaged
    return Message(
        message.subject,
        "\n".join(_header_lines(message)),
        bodies,
        tuple(map(_attachment, message.attachments)),
        () if bodies else unread,
    )


def _header_lines(message: oxmsg.Message) -> Iterator[str]:
    if message.sender:
        yield f"From: {make_header(decode_header(' '.join(message.sender.split())))}"
    for kind, name in _RECIPIENT_HEADERS.items():
        people = [
            f"{person.name} <{person.email_address}>" if person.email_address else person.name
            for person in message.recipients
            if (person.properties.int_prop_value(_RECIPIENT_TYPE) or 1) & 0xF == kind
        ]
        if any(people):
            yield f"{name}: {', '.join(filter(None, people))}"
    date = message.sent_date or message.properties.date_prop_value(_DELIVERY_TIME)
    if date is not None:
        yield f"Date: {format_datetime(date)}"


def _html_body(message: oxmsg.Message) -> tuple[str | None, tuple[str, ...]]:
    """The HTML body, or why it cannot be read, which matters where no plain text says the same."""
    properties = message.properties
    try:
        data = properties.binary_prop_value(_HTML)
        if data is None:  # old messages hold it as a string
            return message.html_body, ()
        # Without a declared code page oxmsg assumes a Western one, which any bytes pass for.
        declared = properties.body_encoding if properties.int_prop_value(_CODE_PAGE) else None
        return decode(data, declared), ()
    except (BrokenDocument, LookupError, UnicodeError):
        return None, ("The html body of a message is in no known encoding and is not read.",)


def _rtf_body(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text of an RTF body, or why it cannot be read. Nearly all messages hold the same as HTML or plain text."""
    from compressed_rtf import decompress

    try:
        return rtf_text(decompress(data)), ()
    except Exception:  # noqa: BLE001 - the library raises no other kind for a damaged one
        return "", ("The RTF body of a message is damaged and is not read.",)


def _attachment(attachment: oxmsg.attachment.Attachment) -> Attachment:
    name = attachment.file_name or attachment.properties.str_prop_value(_SHORT_NAME) or "attachment"
    return Attachment(name, attachment.file_bytes)
