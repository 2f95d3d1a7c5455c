from __future__ import annotations

import struct
from pathlib import Path

import oxmsg
import pytest
from compressed_rtf import compress
from oxmsg.storage import Storage, Stream

from ingest.errors import BrokenDocument
from ingest.parse import outlook, parse
from ingest.parse.mail import document
from ingest.parse.options import ReadOptions
from tests.ingest.parse.checks import outline

SUBJECT, BODY, HTML, SENDER, NAME, ADDRESS, FILE_NAME = 0x0037, 0x1000, 0x1013, 0x0C1A, 0x3001, 0x39FE, 0x3707
DATA, RTF = 0x3701, 0x1009
UNICODE, BINARY = 0x001F, 0x0102


def _storage(path: str, header: int, values: dict[int, str | bytes], *storages: Storage) -> Storage:
    """A folder of an Outlook file: a stream for each value and one that lists them."""
    streams, listed = [], bytes(header)
    folder = f"{path}/" if path else ""
    for number, value in values.items():
        kind = UNICODE if isinstance(value, str) else BINARY
        data = value.encode("utf-16-le") if isinstance(value, str) else value
        streams.append(Stream(f"{folder}__substg1.0_{number:04X}{kind:04X}", data))
        listed += struct.pack("<HHIII", kind, number, 6, len(data), 0)
    streams.append(Stream(f"{folder}__properties_version1.0", listed))
    return Storage(path, tuple(streams), storages)


def test_a_message_gives_subject_people_body_and_attachments() -> None:
    root = _storage(
        "",
        32,
        {SUBJECT: "关于订单", BODY: "书还没有到。\n\nWhen?", SENDER: "Li Wei"},
        _storage("__recip_version1.0_#00000000", 8, {NAME: "客服", ADDRESS: "help@example.com"}),
        _storage("__attach_version1.0_#00000000", 8, {FILE_NAME: "note.txt", DATA: b"Attached text."}),
        _storage("__attach_version1.0_#00000001", 8, {FILE_NAME: "inner.msg"}),
    )
    read = document([outlook._message(oxmsg.Message(root))], ReadOptions(9))
    assert outline(read) == [
        ("heading", (), "关于订单"),
        ("paragraph", ("关于订单",), "To: 客服 <help@example.com>"),
        ("paragraph", ("关于订单",), "书还没有到。"),
        ("paragraph", ("关于订单",), "When?"),
        ("heading", ("关于订单",), "note.txt"),
        ("paragraph", ("关于订单", "note.txt"), "Attached text."),
    ]
    assert read.notices == ("Attachment 'inner.msg' is not read: it is not a file of its own.",)


@pytest.mark.parametrize(
    ("html", "text", "notices"),
    [
        ("<p>书还没有到，请尽快发货。</p>".encode("gb18030"), "书还没有到，请尽快发货。", ()),
        (
            b"<p>\x01\x02\x03\x04" * 9,
            "",
            ("The html body of a message is in no known encoding and is not read.",),
        ),
    ],
)
def test_an_html_body_of_no_declared_encoding_is_read_or_told_to_be_unreadable(
    html: bytes, text: str, notices: tuple[str, ...]
) -> None:
    root = _storage("", 32, {SUBJECT: "Order", HTML: html})
    read = document([outlook._message(oxmsg.Message(root))], ReadOptions(9))
    assert (read.text, read.notices) == ("\n\n".join(filter(None, ["Order", text])), notices)


RTF_TEXT = rb"{\rtf1\ansi\ansicpg936\uc1\pard Your order\par \'ca\'e9\'bb\'b9\'c3\'bb\'d3\'d0\'b5\'bd\'a1\'a3\par}"


@pytest.mark.parametrize(
    ("rtf", "text", "notices"),
    [
        (compress(RTF_TEXT, compressed=True), "Your order\n书还没有到。", ()),
        (compress(RTF_TEXT, compressed=True)[:-9], "", ("The RTF body of a message is damaged and is not read.",)),
        (b"", "", ("The RTF body of a message is damaged and is not read.",)),
    ],
)
def test_an_rtf_body_alone_is_read_or_told_to_be_damaged(rtf: bytes, text: str, notices: tuple[str, ...]) -> None:
    root = _storage("", 32, {SUBJECT: "Order", RTF: rtf})
    read = document([outlook._message(oxmsg.Message(root))], ReadOptions(9))
    assert (read.text, read.notices) == ("\n\n".join(filter(None, ["Order", text])), notices)


def test_all_that_cannot_be_read_of_a_body_is_told() -> None:
    html, damaged = b"<p>\x01\x02\x03\x04" * 9, compress(RTF_TEXT, compressed=True)[:-9]
    unread = "The html body of a message is in no known encoding and is not read."
    for rtf, notices in (
        (damaged, (unread, "The RTF body of a message is damaged and is not read.")),
        (compress(rb"{\rtf1\ansi }", compressed=True), (unread,)),
        (compress(RTF_TEXT, compressed=True), ()),
    ):
        root = _storage("", 32, {SUBJECT: "Order", HTML: html, RTF: rtf})
        assert outlook._message(oxmsg.Message(root)).notices == notices


def test_an_rtf_body_that_says_what_plain_text_says_is_not_read_twice() -> None:
    root = _storage("", 32, {SUBJECT: "Order", BODY: "As plain text.", RTF: compress(RTF_TEXT, compressed=True)})
    assert document([outlook._message(oxmsg.Message(root))], ReadOptions(9)).text == "Order\n\nAs plain text."


def test_what_is_no_outlook_message_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.msg").write_bytes(b"Subject: no\n\nOLE file")
    with pytest.raises(BrokenDocument, match=r"no Outlook message.*\.msg"):
        parse(tmp_path / "a.msg", max_pages=9)
