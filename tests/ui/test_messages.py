"""Claims about errors and notices in the page's language."""

from __future__ import annotations

import ast
import json
import re
import time
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest

from app.types import Language
from app.ui.documents.document_row import document_row
from app.ui.documents.shelf import Shelf, Stock
from app.ui.messages import in_language
from app.ui.texts import load_texts
from ingest.types import DocumentState
from tests.ui.fake import record

ROOT = Path(__file__).parents[2]
CHINESE = load_texts(Language.CHINESE)
MESSAGES: dict[str, str] = json.loads(files("app.ui").joinpath("texts", "messages.zh.json").read_text(encoding="utf-8"))
# Their words reach a terminal, and never the page; those in app/ui are texts of the page.
# The bilingual ones say it in the language of the question.
TERMINAL = ("app/ui/", "app/evaluate/", "app/commands", "app/doctor", "app/main", "ingest/command", "ingest/__main__")
BILINGUAL = ("app/follow_ups", "app/small_talk")
ELSEWHERE = {
    "The time is up.": "named with its page by who catches it",
    "A Docent serves the collection {}. Stop it first, and try again.": "docent rebuild",
    "Another Docent already serves {}. Open that one, or give this one its own --data-dir.": "docent serve",
    "The last message for the built-in reader must come from reading_message().": "a program's mistake",
    "Documents here were read by parser {}, and today's is {}: `docent rebuild` reads them anew.": "docent doctor",
    "Documents here were split by splitter {} to {} tokens, and today's is {} to {}: "
    "`docent rebuild --from-text` splits them anew.": "docent doctor",
}


def modules() -> list[Path]:
    found = [*ROOT.glob("app/**/*.py"), *ROOT.glob("ingest/**/*.py")]
    return [path for path in found if not path.relative_to(ROOT).as_posix().startswith(TERMINAL + BILINGUAL)]


def written(node: ast.expr) -> str | None:
    """A string as it stands in the code, with {} for each value."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
    return None


@cache
def strings() -> frozenset[str]:
    """Every string of the program that is neither a docstring nor written to the log."""
    found: set[str] = set()
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        passed = {id(part) for node in ast.walk(tree) for part in not_said(node)}
        found |= {text for node in ast.walk(tree) if id(node) not in passed and (text := written(node))}  # type: ignore[arg-type]
    return frozenset(found)


def not_said(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Expr(value=ast.Constant()):
            yield node.value
        case ast.JoinedStr():
            yield from node.values
        case ast.Call(func=ast.Attribute(value=ast.Name(id="log"))):
            yield from node.args


def bare(english: str) -> str:
    """A key of the translations as `written` would have it."""
    parts = (literal + ("" if name is None else "{}") for literal, name, *_ in Formatter().parse(english))
    return "".join(parts).replace("'{}'", "{}")


def test_every_sentence_that_can_reach_the_page_has_chinese_words() -> None:
    known = "\n".join(map(bare, MESSAGES)).replace("'", "")
    said = {text for text in strings() if re.search(r"^[A-Z{'].* \S.*\.$", text, re.DOTALL)}
    assert len(said) > 150
    assert {text for text in said if text.replace("'", "") not in known} - set(ELSEWHERE) == set()


def test_no_translation_is_of_words_that_nothing_says_any_more() -> None:
    everything = "\n".join(strings())
    stale = {
        english
        for english in MESSAGES
        for literal, *_ in Formatter().parse(english)
        for words in re.findall(r"[^'`]{9,}", literal)
        if words.strip(" .") not in everything and "page(s)" not in english.lower()
    }
    assert stale == set()


def test_translations_fill_in_the_values_of_the_english() -> None:
    def names(text: str) -> set[str | None]:
        return {name for _, name, *_ in Formatter().parse(text)} - {None}

    assert {english for english, chinese in MESSAGES.items() if names(english) != names(chinese)} == set()


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("The file is empty (0 bytes). Add it again with its contents.", "文件是空的（0 字节）。请添加有内容的版本。"),
        (
            'There is no document named "it\'s.md". `docent list` shows what there is.',
            "没有名为“it's.md”的文档。它可能已被移除。",
        ),
        (
            "http://a.b/ cannot be fetched: The server answered 404 (Not Found). Open it in a browser to see why.",
            "无法获取 http://a.b/：服务器返回 404（Not Found）。请在浏览器中打开查看原因。",
        ),
        (
            "The chart 'Sales' on slide 3 is of a kind that is not read. The same content as 'b.pptx'.",
            "第 3 张幻灯片上的图表“Sales”属于无法读取的类型。内容与“b.pptx”相同。",
        ),
        ("Something else happened. The same content as 'b'.", "Something else happened. 内容与“b”相同。"),
        ("Nobody wrote this down.", "Nobody wrote this down."),
        ("", ""),
    ],
)
def test_message_is_told_in_chinese_with_what_stands_in_it(english: str, chinese: str) -> None:
    assert in_language(english, Language.CHINESE) == chinese
    assert in_language(english, Language.ENGLISH) == english


@pytest.mark.parametrize("words", ["'a' in it: ", "x. ", "http://x cannot be fetched: ", "The server at a b: "])
def test_name_made_to_keep_the_page_busy_does_not(words: str) -> None:
    begun = time.process_time()
    for characters in (1000, 4000):
        in_language(words * (characters // len(words)), Language.CHINESE)
    assert time.process_time() - begun < 5


def test_reason_of_a_failure_is_escaped_in_chinese_too() -> None:
    reason = "The original of '<b>' has changed or is gone. Its text is shown."
    row = document_row(record("a.pdf", DocumentState.FAILED, reason=reason), Shelf(), Stock(), CHINESE)
    assert "“&lt;b&gt;”的原始文件已更改或不在了" in row
