from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import BrokenDocument
from ingest.parse import parse
from ingest.parse.decode import decode
from ingest.parse.plain import parse_text
from tests.ingest.parse.checks import outline

CHINESE = "本店每天上午九点开门，晚上九点关门。退货请在十四天以内带上小票。"
TRADITIONAL = "本店每天上午九點開門，晚上九點關門。退貨請在十四天以內帶上發票，我們會為您辦理。"


def test_the_stored_text_is_the_file_itself(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("\ufeff  第一段。\r\n\r\n\r\n   Second paragraph.\r\n".encode())
    document = parse(tmp_path / "a.txt", max_pages=1)
    assert document.text == "  第一段。\n\n\n   Second paragraph.\n"
    assert outline(document) == [("paragraph", (), "第一段。"), ("paragraph", (), "Second paragraph.")]


def test_wrapped_lines_are_one_paragraph_and_chinese_lines_are_several() -> None:
    wrapped = "This paragraph was wrapped by hand at a width of\nsixty columns, as one did once,\nand ends."
    assert [text for _, _, text in outline(parse_text(wrapped))] == [wrapped]
    lines = "　　第一段讲的是开门的时间，大家都要记住。\n　　第二段讲退货。"
    assert [text for _, _, text in outline(parse_text(lines))] == [
        "第一段讲的是开门的时间，大家都要记住。",
        "第二段讲退货。",
    ]


def test_list_items_questions_and_chapters_are_recognised() -> None:
    text = "第二章 休假\n请带上：\n1. 雨伞\n2. 大衣\n\n3.14 is a number, no item of a list.\n\n问：几点？\n答：九点。"
    assert [(kind, content[:6]) for kind, _, content in outline(parse_text(text))] == [
        ("heading", "第二章 休假"),
        ("paragraph", "请带上："),
        ("list_item", "1. 雨伞"),
        ("list_item", "2. 大衣"),
        ("paragraph", "3.14 i"),
        ("paragraph", "问：几点？"),
        ("paragraph", "答：九点。"),
    ]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "utf-8"),
        (CHINESE, "utf-16"),
        (CHINESE, "gb18030"),
        (TRADITIONAL, "big5"),
        ("The café serves crème brûlée and the naïve façade was señor Muñoz's idea. " * 3, "cp1252"),
        ("Plain English in two bytes a character.", "utf-16-le"),
    ],
)
def test_encodings_are_recognised(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 20, b"\x89PNG\r\n\x1a\n" + bytes(500), CHINESE.encode("utf-16")[:41]]
)
def test_what_is_not_text_is_refused_instead_of_shown_as_gibberish(data: bytes) -> None:
    with pytest.raises(BrokenDocument, match="Save it as UTF-8"):
        decode(data)
