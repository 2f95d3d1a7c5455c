"""Find the sentences of Chinese and English text. Knows punctuation, abbreviations and line breaks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_CJK = "\u2e80-\u2fff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CLOSERS = "\"'”’」』）)\\]】》〉〕"
_END = re.compile(
    f"(?P<wide>[。！？；｡]+[。！？；…]*|…+)[{_CLOSERS}]*"  # ends a sentence wherever it stands
    f"|(?P<narrow>[.!?]+)[{_CLOSERS}]*(?=\\s|$|[{_CJK}])"  # only before white space, so never in a number or address
)
_HARD_BREAK = re.compile(r"\n[ \t\u3000]*\n\s*|\n")
_BEGINS_ITEM = re.compile(
    r"[ \t\u3000]*(?:[-*+•●○◦▪■·–—][ \t\u3000]|[(（]?(?:\d{1,3}|[a-zA-Z])[)）.．、](?!\d)"
    r"|[(（]?[一二三四五六七八九十]{1,3}[)）、]|[①-⑳]|#{1,6} |[^\W\d][\w-]{0,14}[:：](?!//))"
)
_NEXT_CELL = re.compile(r"[^，。！？；：,;:\n]{1,40}：")  # after "；": the name of a table's next value
_ROW = re.compile(r".* \| |[^\n]+?(?:；[^，。！？；：,;:\n]{1,40}：|; [^,.;:\n]{1,60}: )")
_SHORT_LINE = 40  # columns; nobody wraps prose narrower, so a line that ends earlier was ended on purpose

_LIST_MARKER = re.compile(r"[(（\[]?(?:\d+(?:\.\d+)*|[a-zA-Z]|[ivxIVX]{1,5}|[一二三四五六七八九十]{1,3})")
_INITIALS = re.compile(r"(?:[A-Z]\.)*[A-Z]|[a-z](?:\.[a-z])+")
_NEVER_END = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "st", "gen", "col", "lt", "sgt", "capt", "rev", "hon", "vs", "fig", "figs"}
    | {"eq", "eqs", "e.g", "i.e", "eg", "ie", "cf", "viz", "approx"}
)
_BEFORE_NUMBER = frozenset(
    {"no", "nos", "p", "pp", "vol", "ch", "sec", "art", "par", "tab", "ref", "refs", "ver", "v", "tel", "ext"}
    | {"jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"}
)
_MAY_END = frozenset(
    {"inc", "ltd", "co", "corp", "llc", "plc", "bros", "etc", "al", "jr", "sr", "ph.d", "a.m", "p.m", "est", "dept"}
    | {"univ", "ave", "blvd", "rd", "mt", "ft"}
)
_STARTERS = frozenset(
    {"the", "a", "an", "it", "in", "he", "she", "they", "we", "this", "that", "these", "those", "but", "and", "if"}
    | {"when", "on", "at", "for", "however", "to", "as", "our", "your", "you", "all", "no", "there", "after", "before"}
    | {"please", "its", "his", "her", "their", "my", "by", "from", "with", "what", "who", "how", "why", "where", "or"}
    | {"so", "then"}
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Ranges of the sentences of `text`, in order, without the white space around them; together they cover the rest.

    A blank line, a list item or a table row ends a sentence; the line break of wrapped prose does not.
    """
    spans = []
    for block_start, block_end in _blocks(text):
        start = block_start
        for end in _ends(text, block_start, block_end):
            spans.append((start, end))
            start = end
        spans.append((start, block_end))
    return [trimmed for start, end in spans if (trimmed := _trimmed(text, start, end))]


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Ranges between line breaks that end a sentence whatever stands before them."""
    start = line_start = 0
    for newline in _HARD_BREAK.finditer(text):
        if newline[0].count("\n") > 1 or _is_deliberate(text, line_start, newline.start(), newline.end()):
            yield start, newline.start()
            start = newline.end()
        line_start = newline.end()
    yield start, len(text)


def _is_deliberate(text: str, line_start: int, line_end: int, next_start: int) -> bool:
    """Whether the break after this line is more than wrapping."""
    line = text[line_start:line_end]
    next_end = text.find("\n", next_start)
    following = text[next_start : next_end if next_end >= 0 else len(text)]
    if _ROW.match(line) or _ROW.match(following) or _BEGINS_ITEM.match(following):
        return True
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line[:_SHORT_LINE]) < _SHORT_LINE


def _ends(text: str, block_start: int, block_end: int) -> Iterator[int]:
    """Positions after sentence ends in a block, its own end left out."""
    start = block_start
    for mark in _END.finditer(text, block_start, block_end):
        end = _without_opening_quote(text, start, mark)
        if end >= block_end:
            return
        if mark["wide"] and mark["wide"].endswith("；") and _NEXT_CELL.match(text, end, block_end):
            is_end = False  # "商品：手冲壶；价格：128 元" is one row
        elif mark["wide"]:
            is_end = not (mark["wide"].startswith("…") and text[end] in "，、,；;。" + "abcdefghijklmnopqrstuvwxyz")
        else:
            is_end = _narrow_mark_ends(text, start, mark, end, block_end)
        if is_end:
            yield end
            start = end


def _without_opening_quote(text: str, start: int, mark: re.Match[str]) -> int:
    """End of the mark and what it closes; a straight quote that nothing has opened belongs to the next sentence."""
    end = mark.end()
    quote = text.find('"', mark.start(), end)
    if quote >= 0 and text.count('"', start, quote) % 2 == 0 and end < len(text) and not text[end].isspace():
        return quote
    return end


def _narrow_mark_ends(text: str, start: int, mark: re.Match[str], end: int, block_end: int) -> bool:
    following = text[end : min(end + 60, block_end)].lstrip()
    if following[:1].islower():
        return False
    if not text[end].isspace() and not re.match(f"[{_CJK}{_CLOSERS}!?]", text[mark.start() - 1 : mark.start()]):
        return False  # a full stop between a letter or digit and a Chinese character is part of a name or a number
    if mark["narrow"] != ".":
        return True
    before = text[start : mark.start()].lstrip()
    if _LIST_MARKER.fullmatch(before):
        return False
    word = re.split(r"[\s(（\[“\"'‘/—–]", before[-40:])[-1]
    return not _is_abbreviation(word, following)


def _is_abbreviation(word: str, following: str) -> bool:
    lower = word.lower()
    if lower in _NEVER_END:
        return True
    if lower in _BEFORE_NUMBER:
        return following[:1].isdigit() or (len(word) == 1 and not _starts_sentence(following))
    return (lower in _MAY_END or _INITIALS.fullmatch(word) is not None) and not _starts_sentence(following)


def _starts_sentence(following: str) -> bool:
    word = re.match(r"[\"“‘'(]*([A-Za-z]+)", following)
    return word is None or word[1].lower() in _STARTERS


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
