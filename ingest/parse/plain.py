"""Read plain text. The stored text is the file's own, so a position in it is a position in the user's file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from ingest.parse.assemble import Span, document
from ingest.parse.decode import decode
from ingest.parse.numbered import columns, may_be_heading
from ingest.parse.options import ReadOptions
from ingest.types import ElementKind, ParsedDocument

_LIST_ITEM = re.compile(
    r"[ \t\u3000]*(?:[-*+•·●○◦▪■□–—]|\(?\d{1,3}[.)、．）]|[(（]?[a-zA-Z][.)）]|[(（]\d{1,3}[)）])[ \t\u3000]*\S"
)
_DIGITS_GO_ON = re.compile(r"[ \t\u3000]*\d+[.．]\d")  # a decimal or a version, not the first item of a list
_QUESTION_OR_ANSWER = re.compile(r"[ \t\u3000]*(?:[QA问答問]|Question|Answer)[ \t]*\d*[ \t]*[:：]")
_ENDS_SENTENCE = re.compile(r"[.!?。！？；;:：…][\"'”’」』）)\]]*$")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufeff]")  # made spaces one for one: positions stay
_WRAP_COLUMNS = 120  # nobody wraps wider: a longer line is a whole paragraph
_SHORT_LINE = 0.8  # of the widest line around: a sentence that ends earlier ends its paragraph


def read(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a text file; plain text has no pages."""
    return parse_text(decode(path.read_bytes()))


def parse_text(text: str) -> ParsedDocument:
    """Paragraphs, list items and chapter headings of plain text, as ranges into it."""
    text = _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    return document(text, list(_spans(text)))


def _spans(text: str) -> Iterator[Span]:
    for start, end in _paragraphs(text):
        is_item = _is_list_item(text[start:end])
        yield Span(start, end, ElementKind.LIST_ITEM if is_item else ElementKind.PARAGRAPH)


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of paragraphs: blocks between blank lines, cut where a line visibly begins a new one."""
    for block in re.finditer(r"[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*", text):
        lines = [line.span() for line in re.compile(r"[^\n]+").finditer(text, *block.span())]
        widest = max(columns(text[start:end]) for start, end in lines)
        first = lines[0][0]
        for (start, end), (next_start, next_end) in pairwise(lines):
            if _is_break(text[start:end], text[next_start:next_end], widest):
                yield _trimmed(text, first, end)
                first = next_start
        yield _trimmed(text, first, lines[-1][1])


def _is_break(line: str, following: str, widest: int) -> bool:
    if widest > _WRAP_COLUMNS or may_be_heading(line.strip()) or may_be_heading(following.strip()):
        return True
    if following.startswith("\u3000") or _is_list_item(following) or _QUESTION_OR_ANSWER.match(following):
        return True
    if _indent(following) > _indent(line) and not _is_list_item(line):
        return True
    return _ENDS_SENTENCE.search(line.rstrip()) is not None and columns(line) < widest * _SHORT_LINE


def _is_list_item(line: str) -> bool:
    return _LIST_ITEM.match(line) is not None and _DIGITS_GO_ON.match(line) is None


def _indent(line: str) -> int:
    return columns(line[: len(line) - len(line.lstrip())].expandtabs(4))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while text[start].isspace():
        start += 1
    while text[end - 1].isspace():
        end -= 1
    return start, end
