from __future__ import annotations

import pytest

from ingest.parse.assemble import Piece, assemble
from ingest.parse.plain import parse_text
from ingest.types import ElementKind
from tests.ingest.parse.checks import outline

LONG = "本系统用于管理书店的库存、销售和会员，由三个部分组成，运行在本地服务器上，每天凌晨自动备份一次。"


def _headings(text: str) -> list[tuple[tuple[str, ...], str]]:
    return [(path, content) for kind, path, content in outline(parse_text(text)) if kind == "heading"]


def test_chapters_sections_and_numbered_titles_nest() -> None:
    text = (
        "第一章 总则\n第一节 目的\n本手册适用于全体员工。\n第二章 休假\n一、年假\n满一年有十天。\n"
        "（一）申请\n提前三周提出。\n（二）审批\n由店长审批。\n二、病假\n要有证明。\n"
    )
    assert _headings(text) == [
        ((), "第一章 总则"),
        (("第一章 总则",), "第一节 目的"),
        ((), "第二章 休假"),
        (("第二章 休假",), "一、年假"),
        (("第二章 休假", "一、年假"), "（一）申请"),
        (("第二章 休假", "一、年假"), "（二）审批"),
        (("第二章 休假",), "二、病假"),
    ]


def test_decimal_numbers_nest_by_their_parts() -> None:
    text = f"1. 概述\n{LONG}\n1.1 背景\n{LONG}\n1.2 Goals\n{LONG}\n2. 安装\n{LONG}\n"
    assert _headings(text) == [
        ((), "1. 概述"),
        (("1. 概述",), "1.1 背景"),
        (("1. 概述",), "1.2 Goals"),
        ((), "2. 安装"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "请带上：\n一、身份证\n二、照片\n三、现金\n",
        "步骤：\n1. 打开盒子\n小心。\n2. 取出机器\n不要用力。\n",
        f"1. 几点开门？\n{LONG}\n2. 怎么退货？\n{LONG}\n",
        "第三章的内容很多\n慢慢讲。\n第三章中提到了这一点\n嗯。\n",
        "第一条 目的\n为了管理。\n第二条 员工应当遵守规定，不得迟到。\n",
        "3.14 is a number\n\n2.0 Released\n\nSection 3 describes how lines are wrapped in\nthis text.\n",
        "第一章 总则......1\n第二章 休假......5\n",
        "二、只有这一行\n正文。\n",
    ],
)
def test_lists_questions_sentences_and_contents_are_no_headings(text: str) -> None:
    assert _headings(text) == []


def test_of_contents_and_chapters_only_the_chapters_are_headings() -> None:
    contents = "Chapter 1 Intro\nChapter 2 Use\nChapter 3 End\n"
    chapters = "\n".join(f"{line}\nSome text." for line in contents.split("\n")[:3])
    text = f"Contents\n{contents}{chapters}"
    assert [content for _, content in _headings(text)] == contents.split("\n")[:3]
    assert parse_text(text).elements[1].kind is ElementKind.PARAGRAPH


def test_a_document_without_styled_headings_gets_those_that_its_numbers_tell() -> None:
    title = Piece("员工手册", ElementKind.HEADING, 0)
    found = outline(assemble([title, Piece("第一章 休假"), Piece("十天。"), Piece("a | b", ElementKind.TABLE)]))
    assert [path for _, path, _ in found] == [
        (),
        ("员工手册",),
        ("员工手册", "第一章 休假"),
        ("员工手册", "第一章 休假"),
    ]


def test_a_document_with_headings_of_its_own_keeps_to_them() -> None:
    own = [Piece("休假", ElementKind.HEADING, 0), Piece("第一章 总则"), Piece("加班", ElementKind.HEADING, 0)]
    assert [kind for kind, _, _ in outline(assemble(own))] == ["heading", "paragraph", "heading"]
