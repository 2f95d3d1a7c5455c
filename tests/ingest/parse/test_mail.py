from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

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


def test_alternatives_are_read_once_and_attachments_not(tmp_path: Path) -> None:
    message = _message()
    message.add_alternative("<p>书还没有到。</p>", subtype="html")
    message.add_attachment("attached text", filename="note.txt")
    (tmp_path / "a.eml").write_bytes(bytes(message))
    text = parse(tmp_path / "a.eml", max_pages=1).text
    assert text.count("书还没有到") == 1
    assert "attached" not in text
