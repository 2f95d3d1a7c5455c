"""Recognise headings by their numbers, Chinese and English, where no style marks them. Knows texts; knows no format.

    第一编  第三章  第二节  第十二条   Chapter 3  Section 2   stand on their own
    一、  （一）  1.  1.2  1.2.3                               only as a series of headings: ascending from the first,
                                                              each with text below it, so that lists stay lists

A false heading tears apart what belongs together, and one too few costs little: in doubt a line is no heading.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_NUMERALS = "零〇一二三四五六七八九十百千两"
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_SPACE = r"[ \t\u3000]"

_CHAPTER = re.compile(
    rf"第{_SPACE}*(?P<number>[0-9０-９{_NUMERALS}]+){_SPACE}*(?P<part>[编編篇部卷章节節条條])"
    r"(?![的中里內内所和与與及至到、规規）)》”’])[^。！？；，,;]*"
)
_ENGLISH = re.compile(
    r"(?P<part>Part|Chapter|Section|Article|Appendix) (?:\d+(?:\.\d+)*|[IVXLC]+|[A-Z])\b"
    r"(?:[:.]|(?:[:.]| ?[—–-])? (?-i:[^a-z\W])[^.!?;]*)?",
    re.I,
)
_SERIES = (  # outermost first
    re.compile(rf"(?P<number>[{_NUMERALS}]{{1,4}}){_SPACE}*[、．.]{_SPACE}*(?P<title>\S.*)"),
    re.compile(rf"[（(](?P<number>[{_NUMERALS}]{{1,4}})[)）]{_SPACE}*(?P<title>\S.*)"),
    re.compile(rf"(?P<number>\d{{1,2}})(?:[.．]{_SPACE}*|、|{_SPACE}+)(?P<title>[^\W\d].*)"),
    re.compile(rf"(?P<number>\d{{1,2}}(?:[.．]\d{{1,2}}){{1,4}})[.．]?{_SPACE}+(?P<title>[^\W\d].*)"),
)
_ARTICLE = re.compile(rf"第{_SPACE}*[0-9０-９{_NUMERALS}]+{_SPACE}*[条條]")
_ARTICLE_LEVEL = 3
_LEVELS = {
    "编": 0,
    "編": 0,
    "篇": 0,
    "部": 0,
    "卷": 0,
    "章": 1,
    "节": 2,
    "節": 2,
    "条": _ARTICLE_LEVEL,
    "條": _ARTICLE_LEVEL,
}
_ENGLISH_LEVELS = {"part": 0, "chapter": 1, "appendix": 1, "section": 2, "article": 3}
_FIRST_SERIES_LEVEL = 4  # below all chapters
_PLAIN_NUMBER = 2  # place in _SERIES

_WIDEST = 60  # columns on a terminal
_SENTENCE = re.compile(r"[。！？；，?!;,]|[.…:：、]$|\.{3}|…|\t.*\d$|\|")
_CONTENTS = 3  # headings without text
_BODY = 3  # times as wide as its title: what stands below "1. Title", where a list's item has a remark at most
_WIDE_BODY = 80  # columns


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A line that has a number in front."""

    position: int  # among the texts
    series: int  # place in _SERIES
    numbers: tuple[int, ...]


def heading_level(text: str) -> int | None:
    """Depth of a heading that needs no company, from 0 (第一编) to 3 (第一条); None for every other text."""
    if "\n" in text or columns(text) > _WIDEST or re.search(r"[.…·]{3}|\t\s*\d+$", text):
        return None
    if chapter := _CHAPTER.fullmatch(text):
        return _LEVELS[chapter["part"]]
    if english := _ENGLISH.fullmatch(text):
        is_title = english["part"][0].isupper()
        return _ENGLISH_LEVELS[english["part"].lower()] if is_title else None
    return None


def may_be_heading(text: str) -> bool:
    """Whether a line looks like a heading, whatever stands around it."""
    return heading_level(text) is not None or _candidate(0, text) is not None


def heading_levels(texts: Sequence[str | None]) -> list[int | None]:
    """For each of a document's consecutive texts its depth as a heading; None for what is none.

    A text of None is something that cannot be a heading (a table, code) and counts as text below one.
    """
    levels: list[int | None] = [heading_level(text) if text else None for text in texts]
    if any(text and level is None and _ARTICLE.match(text) for text, level in zip(texts, levels, strict=True)):
        levels = [None if level == _ARTICLE_LEVEL else level for level in levels]  # here articles are sentences
    levels = _without_contents(levels)
    found = [c for i, text in enumerate(texts) if text and levels[i] is None and (c := _candidate(i, text))]
    for series in range(len(_SERIES)):
        for run in _runs([candidate for candidate in found if candidate.series == series]):
            end = next((i for i in range(run[-1].position + 1, len(texts)) if levels[i] is not None), len(texts))
            if _is_outline(run, texts[:end]):
                for member in run:
                    levels[member.position] = _FIRST_SERIES_LEVEL + series + len(member.numbers) - 1
    return levels


def columns(text: str) -> int:
    """Width on a terminal, where a Chinese character takes two columns."""
    if text.isascii():
        return len(text)
    widths = list(map(unicodedata.east_asian_width, text))
    return len(text) + widths.count("W") + widths.count("F")


def _without_contents(levels: Sequence[int | None]) -> list[int | None]:
    """Several headings without text between them are a table of contents, but for those that lead down to the text."""
    kept = list(levels)
    start = 0
    for i, level in enumerate((*levels, None)):
        if level is not None:
            continue
        real = max(start, i - 1)
        while real > start and (levels[real - 1] or 0) < (levels[real] or 0):
            real -= 1
        if real - start >= _CONTENTS:
            kept[start:real] = [None] * (real - start)
        start = i + 1
    return kept


def _candidate(position: int, text: str) -> _Candidate | None:
    if "\n" in text or columns(text) > _WIDEST:
        return None
    for series, pattern in enumerate(_SERIES):
        match = pattern.fullmatch(text)
        if match and not _SENTENCE.search(match["title"]) and not match["title"][:1].islower():
            return _Candidate(position, series, tuple(map(_value, re.split("[.．]", match["number"]))))
    return None


def _runs(candidates: Sequence[_Candidate]) -> Iterator[list[_Candidate]]:
    """The candidates of one series, parted where the numbers begin anew."""
    run: list[_Candidate] = []
    for candidate in candidates:
        if run and not _follows(run[-1].numbers, candidate.numbers):
            yield run
            run = []
        run.append(candidate)
    if run:
        yield run


def _is_outline(run: Sequence[_Candidate], texts: Sequence[str | None]) -> bool:
    """Whether numbered lines are headings, each with text below it, and not the items of a list."""
    if len(run) < 2 or set(run[0].numbers) != {1}:
        return False
    ends = [member.position for member in run[1:]] + [len(texts)]
    bodies = [texts[member.position + 1 : end] for member, end in zip(run, ends, strict=True)]
    if not all(bodies):
        return False
    if run[0].series != _PLAIN_NUMBER:
        return True
    widths = [sum(columns(text) if text else _WIDE_BODY for text in body) for body in bodies]
    titles = [columns(texts[member.position] or "") for member in run]
    return all(body >= max(title * _BODY, _WIDE_BODY) for body, title in zip(widths, titles, strict=True))


def _follows(above: tuple[int, ...], numbers: tuple[int, ...]) -> bool:
    """1.1 -> 1.2, 1.1.1 or 2.1."""
    if len(numbers) > len(above):
        return numbers == (*above, 1)
    head, last = numbers[:-1], numbers[-1]
    if head == above[: len(head)]:
        return last == above[len(head)] + 1
    return len(numbers) > 1 and set(numbers[1:]) == {1} and numbers[0] == above[0] + 1


def _value(numeral: str) -> int:
    """12 and 十二 -> 12."""
    if numeral.isdecimal():
        return int(numeral)
    total = digit = 0
    for char in numeral:
        if char in _UNITS:
            total += max(digit, 1) * _UNITS[char]
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit
