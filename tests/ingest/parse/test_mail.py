from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from ingest.errors import BrokenDocument
from ingest.parse import parse
from tests.ingest.parse.checks import outline


def _message() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "关于订单 2026-118"
    message["From"] = "Li Wei <li@example.com>"
    message["To"] = "客服 <help@example.com>"
    message["Date"] = "Mon, 02 Mar 2026 09:00:00 +0800"
    message.set_content("书还没有到。\n\nWhen will it arrive?")
    return message


HEADER = "From: Li Wei <li@example.com>\nTo: 客服 <help@example.com>\nDate: Mon, 02 Mar 2026 09:00:00 +0800"


def test_subject_is_the_heading_and_people_and_date_are_text(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(bytes(_message()))
    path = ("关于订单 2026-118",)
    assert outline(parse(tmp_path / "a.eml", max_pages=1)) == [
        ("heading", (), "关于订单 2026-118"),
        ("paragraph", path, HEADER),
        ("paragraph", path, "书还没有到。"),
        ("paragraph", path, "When will it arrive?"),
    ]


def test_alternatives_are_read_once(tmp_path: Path) -> None:
    message = _message()
    message.add_alternative("<p>书还没有到。</p>", subtype="html")
    (tmp_path / "a.eml").write_bytes(bytes(message))
    assert parse(tmp_path / "a.eml", max_pages=1).text.count("书还没有到") == 1


def test_attachments_are_sections_and_those_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    message = _message()
    message.add_attachment("# 退货\n\nFourteen days.", subtype="markdown", filename="说明 terms.md")
    message.add_attachment(b"\x00\x01", maintype="application", subtype="x-thing", filename="../model.xyz")
    (tmp_path / "a.eml").write_bytes(bytes(message))
    document = parse(tmp_path / "a.eml", max_pages=1)
    path = ("关于订单 2026-118", "说明 terms.md")
    assert outline(document)[-3:] == [
        ("heading", path[:1], "说明 terms.md"),
        ("heading", path, "退货"),
        ("paragraph", (*path, "退货"), "Fourteen days."),
    ]
    assert document.notices == ("Attachment '../model.xyz' is not read: Files of type .xyz are not supported.",)


def test_messages_inside_each_other_are_read_to_a_depth(tmp_path: Path) -> None:
    message = _message()
    for depth in range(5):
        outer = EmailMessage()
        outer["Subject"] = f"Fwd {depth}"
        outer.set_content(f"forwarded {depth}")
        outer.add_attachment(message)
        message = outer
    (tmp_path / "a.eml").write_bytes(bytes(message))
    document = parse(tmp_path / "a.eml", max_pages=1)
    assert [f"forwarded {depth}" in document.text for depth in range(5)] == [False, True, True, True, True]
    assert any("to a depth of 3" in notice for notice in document.notices)


def test_a_header_in_raw_gbk_and_a_body_in_japanese_mail_encoding_are_read(tmp_path: Path) -> None:
    head = b"Subject: " + "关于订单的问题".encode("gbk") + b"\nContent-Type: text/plain; charset=iso-2022-jp\n\n"
    (tmp_path / "a.eml").write_bytes(head + "本はまだ届いていません。".encode("iso2022_jp"))
    assert parse(tmp_path / "a.eml", max_pages=1).text == "关于订单的问题\n\n本はまだ届いていません。"


def test_a_mailbox_gives_each_message_its_number_as_page(tmp_path: Path) -> None:
    (tmp_path / "a.mbox").write_bytes(
        b"".join(b"From x@example.com Mon Mar  2 09:00:00 2026\n" + bytes(_message()) + b"\n" for _ in range(2))
    )
    document = parse(tmp_path / "a.mbox", max_pages=2)
    assert document.page_count == 2
    assert [element.page for element in document.elements] == [1] * 4 + [2] * 4
    with pytest.raises(BrokenDocument, match="2 messages; the limit is 1"):
        parse(tmp_path / "a.mbox", max_pages=1)
