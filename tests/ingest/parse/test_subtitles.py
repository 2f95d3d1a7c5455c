from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import BrokenDocument
from ingest.parse import parse
from tests.ingest.parse.checks import outline


def test_cues_become_paragraphs_whose_heading_is_the_time(tmp_path: Path) -> None:
    text = (
        "1\r\n00:00:01,000 --> 00:00:03,000\r\n<i>We open</i>\r\nat nine.\r\n\r\n"
        "2\r\n00:00:03,500 --> 00:00:05,000\r\n{\\an8}本店九点\r\n开门。\r\n\r\n"
        "3\r\n01:02:05,000 --> 01:02:07,000\r\nMuch later.\r\n"
    )
    (tmp_path / "a.srt").write_bytes(text.encode())
    assert outline(parse(tmp_path / "a.srt", max_pages=9)) == [
        ("heading", (), "00:00:01"),
        ("paragraph", ("00:00:01",), "We open at nine. 本店九点开门。"),
        ("heading", (), "01:02:05"),
        ("paragraph", ("01:02:05",), "Much later."),
    ]


def test_speakers_are_named_when_they_change_and_rolling_lines_are_read_once(tmp_path: Path) -> None:
    text = (
        "WEBVTT\n\nNOTE not this\n\n00:01.000 --> 00:02.000 align:start\n<v Ann>Hello &amp; welcome.\n\n"
        "00:02.000 --> 00:03.000\n<v Ann>Sit down.\n\n00:03.000 --> 00:04.000\n<v 李伟>谢谢。\n\n"
        "00:04.000 --> 00:05.000\none line\n\n00:05.000 --> 00:06.000\none line\ntwo lines\n"
    )
    (tmp_path / "a.vtt").write_text(text)
    assert outline(parse(tmp_path / "a.vtt", max_pages=9)) == [
        ("heading", (), "00:00:01"),
        ("paragraph", ("00:00:01",), "Ann: Hello & welcome. Sit down. 李伟: 谢谢。 one line two lines"),
    ]


def test_a_file_without_cues_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text("no times here")
    with pytest.raises(BrokenDocument, match="no subtitles"):
        parse(tmp_path / "a.srt", max_pages=9)
