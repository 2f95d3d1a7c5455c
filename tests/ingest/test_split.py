from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.parse.assemble import Piece, assemble, table_text
from ingest.parse.plain import parse_text
from ingest.split import split
from ingest.types import Chunk, ElementKind, ParsedDocument

SPECIAL = 2  # tokens that the encoder adds to each text


class Counter:
    """Counts words and Chinese characters, as an encoder's tokenizer roughly does, and how often it was called."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, texts: Sequence[str]) -> list[int]:
        self.calls += 1
        return [SPECIAL + len(re.findall(r"[\u4e00-\u9fff]|[A-Za-z]+|\d|[^\w\s]", text)) for text in texts]


def _split(document: ParsedDocument, limit: int = 60) -> list[Chunk]:
    return split(document, count_tokens=Counter(), chunk_tokens=limit)


def _texts(*pieces: Piece, limit: int = 60) -> list[str]:
    return [chunk.text for chunk in _split(assemble(pieces), limit)]


def heading(text: str, level: int = 0) -> Piece:
    return Piece(text, ElementKind.HEADING, level)


def item(text: str) -> Piece:
    return Piece(text, ElementKind.LIST_ITEM)


def test_chunks_never_cross_headings_and_carry_their_path() -> None:
    document = assemble(
        [
            heading("手册"),
            Piece("总则。"),
            heading("休假", 1),
            Piece("年假十天。"),
            heading("Pay", 1),
            Piece("Monthly."),
        ]
    )
    assert [(chunk.heading_path, chunk.text) for chunk in _split(document)] == [
        (("手册",), "总则。"),
        (("手册", "休假"), "年假十天。"),
        (("手册", "Pay"), "Monthly."),
    ]


def test_a_heading_with_nothing_below_it_is_searchable_itself() -> None:
    document = assemble([heading("第一章"), heading("空节", 1), heading("第二章"), Piece("内容。")])
    assert [(chunk.heading_path, chunk.text) for chunk in _split(document)] == [
        (("第一章",), "空节"),
        (("第二章",), "内容。"),
    ]


def test_small_neighbours_share_a_chunk_and_large_paragraphs_do_not() -> None:
    small, large = "一句短话。", "很长的一段话" * 7 + "。"
    assert _texts(Piece(small), Piece(small)) == [f"{small}\n\n{small}"]
    assert _texts(Piece(large), Piece(large)) == [large, large]


def test_a_list_stays_with_the_line_that_introduces_it() -> None:
    before = "前面的一段话" * 6 + "。"
    found = _texts(
        Piece(before), Piece("请带上以下东西："), item("一把大雨伞，要结实的"), item("一件厚大衣"), item("A sandwich")
    )
    assert found == [before, "请带上以下东西：\n\n一把大雨伞，要结实的\n\n一件厚大衣\n\nA sandwich"]


def test_a_question_stays_with_its_answer_and_apart_from_the_next() -> None:
    found = _texts(
        Piece("问：几点开门？"), Piece("答：九点。"), Piece("Q: Is there a café?"), Piece("A: Yes, downstairs.")
    )
    assert found == ["问：几点开门？\n\n答：九点。", "Q: Is there a café?\n\nA: Yes, downstairs."]
    cut = _texts(Piece("问：为什么？"), Piece("因为天气不好。" * 20))
    assert cut[0].startswith("问：为什么？\n\n因为")


def test_a_long_paragraph_is_cut_between_sentences_into_even_parts() -> None:
    sentence = "The shop opens at nine, and it closes at nine. "
    parts = _texts(Piece((sentence * 10).strip()))
    assert all(part.endswith("nine.") and part.startswith("The shop") for part in parts)
    assert max(map(len, parts)) < 2 * min(map(len, parts))


def test_an_answer_below_a_numbered_question_stays_with_it() -> None:
    text = "1. 几点开门？\n九点。\n\n2. Is there a café?\n\nYes, downstairs.\n\n3. 有停车场吗？\n\n有的。"
    assert [chunk.text for chunk in _split(parse_text(text))] == text.replace("\n\n2", "\n\n\n2").replace(
        "\n\n3", "\n\n\n3"
    ).split("\n\n\n")


def test_a_list_of_questions_stays_a_list() -> None:
    found = _texts(Piece("可以问："), item("几点开门？"), item("怎么退货？"), item("Is there a café?"))
    assert found == ["可以问：\n\n几点开门？\n\n怎么退货？\n\nIs there a café?"]


def test_each_part_of_a_long_answer_carries_its_question() -> None:
    document = assemble([heading("常见问题"), Piece("问：为什么？"), Piece("因为天气不好。" * 20)])
    first, *others = _split(document)
    assert (first.heading_path, first.text[:7]) == (("常见问题",), "问：为什么？\n")
    assert {chunk.heading_path for chunk in others} == {("常见问题", "问：为什么？")}


def test_a_table_without_names_is_cut_between_rows_and_its_first_row_goes_with_every_part() -> None:
    rows = [["名称", "价格", "价格"], *([f"商品{i}", str(10 + i), "5"] for i in range(30))]
    document = assemble([heading("价目表"), Piece(table_text(rows), ElementKind.TABLE)])
    first, *others = _split(document)
    assert first.text.startswith("名称 | 价格 | 价格\n商品0 | 10 | 5\n")
    assert first.heading_path == ("价目表",)
    assert {chunk.heading_path for chunk in others} == {("价目表", "名称 | 价格 | 价格")}
    assert all(re.fullmatch(r"(商品\d+ \| \d+ \| 5\n?)+", chunk.text) for chunk in others)


def test_rows_that_name_their_values_need_no_header_but_keep_the_title() -> None:
    rows = [["名称", "价格"], *([f"商品{i}", str(10 + i)] for i in range(30))]
    named = _split(assemble([heading("价目表"), Piece(table_text(rows), ElementKind.TABLE)]))
    assert {chunk.heading_path for chunk in named} == {("价目表",)}
    assert all(re.fullmatch(r"(名称：商品\d+；价格：\d+\n?)+", chunk.text) for chunk in named)
    titled = _split(assemble([Piece(table_text([["二〇二六年"], *rows]), ElementKind.TABLE)]))
    assert [chunk.heading_path for chunk in titled[:2]] == [(), ("二〇二六年",)]


def test_a_part_of_a_spreadsheet_names_the_cells_that_its_rows_stand_in() -> None:
    rows = [["名称", "价格"], *([f"商品{i}", str(10 + i)] for i in range(2, 32))]
    document = assemble([heading("价目表"), heading("A1:B31", 1), Piece(table_text(rows), ElementKind.TABLE)])
    expected = 1
    for chunk in _split(document):
        numbers = [int(number) for number in re.findall(r"商品(\d+)", chunk.text)]
        assert chunk.heading_path == ("价目表", f"A{expected}:B{numbers[-1]}")
        expected = numbers[-1] + 1
    assert expected == 32


def test_a_row_that_is_too_long_is_cut_between_its_cells() -> None:
    names = [f"第{i}栏" for i in "甲乙丙丁戊己庚辛"]
    rows = [names, *([f"内容，有好几个字{i}"] * 8 for i in range(3))]
    parts = [chunk.text for chunk in _split(assemble([Piece(table_text(rows), ElementKind.TABLE)]))]
    assert all(part.startswith("第") and part.rstrip("；").endswith(("字0", "字1", "字2")) for part in parts)


def test_numbers_and_addresses_are_not_cut_in_two() -> None:
    text = (
        "字" * 25
        + "https://example.com/a/long/path"
        + "字" * 25
        + "1,234,567.89"
        + "字" * 30
        + "2026-03-01"
        + "字" * 20
    )
    parts = _texts(Piece(text), limit=40)
    for whole in ("https://example.com/a/long/path", "1,234,567.89", "2026-03-01"):
        assert any(whole in part for part in parts)


def test_pages_are_those_on_which_a_chunk_starts_and_do_not_mix() -> None:
    document = assemble([Piece("第一页。", page=1), Piece("第二页。", page=2)], page_count=2)
    assert [(chunk.page, chunk.text) for chunk in _split(document)] == [(1, "第一页。"), (2, "第二页。")]


def test_a_document_is_counted_in_a_few_calls() -> None:
    counter = Counter()
    document = assemble([Piece("很长的一段话，没有尽头" * 40) for _ in range(50)])
    assert len(split(document, count_tokens=counter, chunk_tokens=60)) > 100
    assert counter.calls <= 10


def test_a_heading_path_that_would_leave_no_room_loses_its_outer_headings() -> None:
    document = assemble([heading("外" * 50), heading("内层", 1), Piece("正文。")])
    assert _split(document)[0].heading_path == ("内层",)


WORDS = st.sampled_from(
    [
        "字",
        "词语",
        "。",
        "，",
        "；",
        " ",
        "word ",
        "Long-worded ",
        "3.14 ",
        "2026-03-01",
        "https://a.example/b ",
        ". ",
        "\n",
        "Q: ",
        "？",
        "？\n",
        " | ",
        "价格：",
        "; Price: ",
        "第三章 ",
    ]
)
TEXTS = st.lists(WORDS, min_size=1, max_size=60).map("".join)
KINDS = st.sampled_from(list(ElementKind))
TABLES = st.lists(st.lists(TEXTS, min_size=1, max_size=4), min_size=1, max_size=8).map(table_text)
PLAIN_PIECES = st.builds(Piece, TEXTS, KINDS, st.integers(0, 3), st.sampled_from([1, 1, 1, 2]))
TABLE_PIECES = st.builds(Piece, TABLES, st.just(ElementKind.TABLE), page=st.sampled_from([1, 2]))
RANGE_PIECES = st.builds(Piece, st.sampled_from(["A1:D9", "B9:AA1048576", "C2:C5"]), st.just(ElementKind.HEADING))
PIECES = st.lists(st.one_of(PLAIN_PIECES, TABLE_PIECES, RANGE_PIECES), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PIECES, st.sampled_from([32, 50, 200]))
def test_chunks_are_verbatim_in_order_within_the_limit_and_lose_nothing(pieces: list[Piece], limit: int) -> None:
    document = assemble(sorted(pieces, key=lambda piece: piece.page or 0), page_count=2)
    chunks = _split(document, limit)
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    assert all(chunk.text == document.text[chunk.start : chunk.end] == chunk.text.strip() != "" for chunk in chunks)
    assert all(above.end <= below.start for above, below in pairwise(chunks))
    assert all(tokens <= limit for tokens in Counter()([chunk.searchable_text for chunk in chunks]))
    covered = {i for chunk in chunks for i in range(chunk.start, chunk.end)}
    below = {name for element in document.elements for name in element.heading_path}
    for element in document.elements:
        text = document.text[element.start : element.end]
        if element.kind is ElementKind.HEADING and " ".join(text.split()) in below:
            continue
        assert all(i in covered for i in range(element.start, element.end) if not document.text[i].isspace())


@pytest.mark.parametrize("text", ["a" * 5000, "字" * 5000, "1" * 5000, "，" * 500])
def test_text_without_a_place_to_cut_still_fits(text: str) -> None:
    chunks = _split(assemble([Piece(text)]), 50)
    assert "".join(chunk.text for chunk in chunks) == text
    assert all(tokens <= 50 for tokens in Counter()([chunk.text for chunk in chunks]))
