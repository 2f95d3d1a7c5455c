"""Write files to measure with: Markdown, Word, HTML and text, in English or Chinese, the same every time."""

from __future__ import annotations

import html
import random
from collections.abc import Sequence
from pathlib import Path

from app.types import Language

_SECTIONS, _PARAGRAPHS = 6, 4  # a file; paragraphs a section
_SENTENCES = 5  # a paragraph
_SEED = 7

_PHRASES = {
    Language.ENGLISH: (
        "the clerk files every order before the shop opens",
        "returned goods wait on the lower shelf",
        "a customer may ask for the receipt at any time",
        "our suppliers send new books on Tuesday morning",
        "late parcels are collected by the second driver",
        "the warehouse counts its stock at the end of a quarter",
        "please lock both doors and switch off the lights",
    ),
    Language.CHINESE: (
        "店员在开门之前整理好当天的订单",
        "退回的商品先放在下层货架等待检查",
        "顾客随时可以索取收据",
        "供应商每周二上午送来新书",
        "迟到的包裹由第二位司机领取",
        "仓库在每个季度末清点库存",
        "下班时请锁好前后两道门并关闭电源",
    ),
}

_Section = tuple[str, Sequence[str]]  # heading, paragraphs


def write_files(folder: Path, language: Language, *, of_each: int) -> list[Path]:
    """So many files of each of the four kinds, of about a dozen pages together; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(_SEED)
    paths = []
    for number in range(of_each):
        for suffix, write in (("md", _markdown), ("docx", _word), ("html", _html), ("txt", _text)):
            path = folder / f"{language}-{number}.{suffix}"
            write(path, [_section(chance, language, at) for at in range(1, _SECTIONS + 1)])
            paths.append(path)
    return paths


def write_tiny_files(folder: Path, numbers: range) -> None:
    """A text file of two sentences for each number."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        write_tiny_file(folder, number)


def write_tiny_file(folder: Path, number: int, *, shelf: int = 0) -> None:
    """The text file of one number; another shelf is another text."""
    text = f"Parcel {number} waits on shelf {shelf or number % 97}.\n\n包裹{number}放在{shelf or number % 89}号货架。\n"
    (folder / f"{number:06}.txt").write_text(text, encoding="utf-8")


def _section(chance: random.Random, language: Language, number: int) -> _Section:
    heading = f"Section {number}" if language is Language.ENGLISH else f"第{number}章 规定"
    return heading, [_paragraph(chance, language) for _ in range(_PARAGRAPHS)]


def _paragraph(chance: random.Random, language: Language) -> str:
    is_english = language is Language.ENGLISH
    sentences = []
    for _ in range(_SENTENCES):
        phrases, number = chance.sample(_PHRASES[language], 2), chance.randrange(1000, 9999)
        if is_english:
            sentences.append(f"{phrases[0].capitalize()}, and under rule {number} {phrases[1]}.")
        else:
            sentences.append(f"{phrases[0]}，依照第{number}条，{phrases[1]}。")
    return (" " if is_english else "").join(sentences)


def _markdown(path: Path, sections: Sequence[_Section]) -> None:
    text = "\n\n".join("\n\n".join([f"## {heading}", *paragraphs]) for heading, paragraphs in sections)
    path.write_text(text, encoding="utf-8")


def _text(path: Path, sections: Sequence[_Section]) -> None:
    text = "\n\n".join("\n\n".join([heading, *paragraphs]) for heading, paragraphs in sections)
    path.write_text(text, encoding="utf-8")


def _html(path: Path, sections: Sequence[_Section]) -> None:
    body = "".join(
        f"<h2>{html.escape(heading)}</h2>" + "".join(f"<p>{html.escape(text)}</p>" for text in paragraphs)
        for heading, paragraphs in sections
    )
    path.write_text(f"<!doctype html><meta charset=utf-8><title>Rules</title><body>{body}", encoding="utf-8")


def _word(path: Path, sections: Sequence[_Section]) -> None:
    from docx import Document

    document = Document()
    for heading, paragraphs in sections:
        document.add_heading(heading, level=2)
        for text in paragraphs:
            document.add_paragraph(text)
    document.save(str(path))
