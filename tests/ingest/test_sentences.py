from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sentences import sentence_spans


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["他走了。", "她没有走！", "为什么？", "不知道……", "也许吧；", "谁知道呢"],
        ["他说：“好的。”", "然后就走了。", "（见下文。）", "完。"],
        ["价格是3.14元。", "版本2.0发布于2026.03.01，见https://a.example/x.y?b=1。", "请写信到a.b@c.example。"],
        ["Mr. Smith paid $3.50 at 9.30 a.m. on Jan. 5, 2026.", "He left!", "Did he?", '"Yes." ', "So he did..."],
        [
            "Dr. J. R. R. Tolkien (e.g. in Fig. 3, No. 5, vs. the U.S. edition by Acme Inc. in London) wrote it.",
            "True.",
        ],
        ["It is made by Acme Inc.", "The firm is old.", "It is in the U.S.", "We are not."],
        ["请看 Fig. 2。", "Then read 第三章。", "好。"],
        ["1. Open the box.", "Take it out."],
        [
            "（一）请带上①雨伞和②大衣。",
            "（二）版本V2.0.1于2026年3月1日12:30发布！”",
            "1．第一步，按3.5秒？！",
            "好……”",
            "完",
        ],
        ["Section 3.2.1 applies.", "See www.example.com for more.", "Mail a.b@c.example."],
    ],
)
def test_sentences_end_where_a_reader_would_end_them(sentences: list[str]) -> None:
    chinese = any("\u4e00" <= char <= "\u9fff" for char in "".join(sentences[:1]))
    text = ("" if chinese else " ").join(sentences)
    assert _sentences(text) == [sentence.strip() for sentence in sentences]


def test_a_row_that_names_its_values_is_one_sentence() -> None:
    rows = ["商品：手冲壶；价格：128 元；说明：大杯加4元。；库存：3", "Water; Sales: 1,706; Each further kg (CNY): 1.5"]
    assert _sentences("\n".join(rows)) == rows
    assert _sentences("他走了；她没有走；天黑了。") == ["他走了；", "她没有走；", "天黑了。"]


def test_list_items_rows_and_blank_lines_end_a_sentence() -> None:
    text = "带上：\n1. 雨伞\n2. 大衣\n\nItem | Price\nTea | 15\n\n问：几点？\n答：九点。"
    assert _sentences(text) == ["带上：", "1. 雨伞", "2. 大衣", "Item | Price", "Tea | 15", "问：几点？", "答：九点。"]


def test_the_line_break_of_wrapped_prose_does_not_end_a_sentence() -> None:
    text = "This sentence was wrapped by hand in a text file,\nas was common once. 这一行也是手工换的，\n就这样。"
    assert len(_sentences(text)) == 2


def test_a_straight_quote_that_opens_goes_with_what_it_opens() -> None:
    assert _sentences('他说。"你好。"她走了。') == ["他说。", '"你好。"', "她走了。"]


@given(st.text(alphabet="ab A1.。！？；…”\"')（ \n|:：-，字词", max_size=80))
def test_spans_are_in_order_trimmed_and_cover_all_that_is_visible(text: str) -> None:
    spans = sentence_spans(text)
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)
    assert all(end <= following for (_, end), (following, _) in pairwise(spans))
    assert "".join("".join(_sentences(text)).split()) == "".join(text.split())
