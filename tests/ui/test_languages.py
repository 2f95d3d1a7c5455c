"""Claims about the page's two languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Formatter

import pytest
from playwright.sync_api import Page, expect

from app.types import Language, Stage
from app.ui.texts import LANGUAGE_COOKIE, load_texts, preferred_language
from ingest.types import DocumentState
from tests.ui.conftest import ask
from tests.ui.fake import CHINESE_RETURNS, FakeWorkspace, record

APP = Path(__file__).parents[2] / "app"


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text)} - {None}


def test_both_languages_have_the_same_texts_with_the_same_values() -> None:
    english, chinese = (load_texts(language).entries for language in (Language.ENGLISH, Language.CHINESE))
    assert set(english) == set(chinese)
    assert {key for key in english if fields(english[key]) != fields(chinese[key])} == set()


def used() -> Iterator[str]:
    """Patterns of the keys that the program can ask for."""
    for path in APP.glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant):
                yield re.escape(str(node.value))
            elif isinstance(node, ast.JoinedStr) and re.match(r"[a-z_]+\.", str(getattr(node.values[0], "value", ""))):
                yield "".join(
                    re.escape(str(v.value)) if isinstance(v, ast.Constant) else r"[\w-]+" for v in node.values
                )


def test_every_text_is_used() -> None:
    choices = r"documents\.(order|show)_\w+"  # of fields whose choices have their key before them
    asked = [re.compile(pattern) for pattern in {choices, *used()}]
    keys = load_texts(Language.ENGLISH).entries
    assert {key for key in keys if not any(pattern.fullmatch(key) for pattern in asked)} == set()


def test_every_state_and_stage_has_a_text() -> None:
    entries = load_texts(Language.ENGLISH).entries
    assert {f"state.{state.value}" for state in DocumentState} <= set(entries)
    assert {f"stage.{stage.value}" for stage in Stage} <= set(entries)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", Language.CHINESE),
        ("zh-TW", Language.CHINESE),
        ("en-GB,en;q=0.9,zh;q=0.8", Language.ENGLISH),
        ("fr,zh;q=0.5,en;q=0.4", Language.CHINESE),
        ("en;q=0.1,zh;q=0.9", Language.CHINESE),
        ("zh;q=nonsense,fr", Language.ENGLISH),
        ("", Language.ENGLISH),
    ],
)
def test_browser_language_that_docent_speaks_best_wins(header: str, language: Language) -> None:
    assert preferred_language({}, header) is language


def test_chosen_language_outranks_the_browsers() -> None:
    assert preferred_language({LANGUAGE_COOKIE: "zh"}, "en") is Language.CHINESE
    assert preferred_language({LANGUAGE_COOKIE: "<script>"}, "en") is Language.ENGLISH


def test_chinese_browser_gets_a_chinese_page(open_page: Callable[..., Page], workspace: FakeWorkspace) -> None:
    workspace.add_samples()
    empty = "The file is empty (0 bytes). Add it again with its contents."
    workspace.rows["空白.pdf"] = record("空白.pdf", DocumentState.FAILED, reason=empty)
    page = open_page(locale="zh-CN")
    expect(page.locator("#documents .reason")).to_have_text("文件是空的（0 字节）。请添加有内容的版本。")
    expect(page.locator("#question").get_by_placeholder("向你的文档提问…")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("内置阅读器，运行于 cpu")
    expect(page.locator("#documents-pane")).to_contain_text("点击上传")
    ask(page, "可以退货吗")
    expect(page.locator("#current .said")).to_contain_text(CHINESE_RETURNS)
    expect(page.locator("#current .meta")).to_contain_text("有把握 · 91%")
    page.get_by_role("button", name="设置").click()
    seen = page.locator("main").inner_text()
    assert not re.findall(r"\b(?:Documents|Settings|Answer|Model|Search|Upload|Remove)\b", seen)
    assert "__i18n__" not in seen


def test_language_can_be_switched_where_one_is_and_is_remembered(page: Page) -> None:
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    page.get_by_role("checkbox", name="Search only handbook.md").click()
    expect(page.locator("#composer .scope")).to_contain_text("handbook.md")
    page.get_by_role("button", name="Settings").click()
    page.locator("#question textarea").fill("And shipping")
    page.get_by_role("button", name="以中文显示").click()
    expect(page.locator("#current .card")).to_have_count(2)
    expect(page.locator("#current")).to_contain_text("有帮助")
    expect(page.locator("#settings-pane")).to_be_visible()
    expect(page.locator("#composer .scope")).to_contain_text("handbook.md")
    expect(page.locator("#question").get_by_placeholder("向你的文档提问…")).to_have_value("And shipping")
    page.reload()
    expect(page.locator(".exchange")).to_have_count(0)
    expect(page.locator("#welcome h2")).to_have_text("想了解什么？")
    page.get_by_role("button", name="Show in English").click()
    expect(page.locator("#welcome h2")).to_have_text("What would you like to know?")
