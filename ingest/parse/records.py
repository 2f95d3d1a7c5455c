"""Write nested values out for readers: records of a list one by one, each with the path of every value in it.

Knows values and key paths; knows neither JSON nor XML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.parse.assemble import Piece
from ingest.types import ElementKind

Value = None | bool | int | float | str | list["Value"] | tuple[tuple[str, "Value"], ...]
"""A nested value; a tuple holds the keys and values of a record in their order, as keys may repeat."""

_LONGEST_RECORD = 1_500  # characters in one paragraph; a longer record is written in parts under headings
_ENCODED = re.compile(r"(?:data:[\w/+.-]+;base64,)?[A-Za-z0-9+/=_-]{1000,}")  # pictures and keys, not text
_TAGS = re.compile(r"</?(?:p|div|br|a|b|i|em|strong|ul|li|span|img|h[1-6])\b[^<>]*>", re.IGNORECASE)


def pieces(value: Value, level: int = 0) -> Iterator[Piece]:
    """A paragraph for each record of a list, lines of `key.path: value` in it; what is too long is divided by keys."""
    if isinstance(value, list):
        yield from _items(value, level)
    elif isinstance(value, tuple) and (_holds_records(value) or _length(value) > _LONGEST_RECORD):
        yield from _divided(value, level)
    else:
        yield Piece("\n".join(_lines(value, "")))


def _items(values: list[Value], level: int) -> Iterator[Piece]:
    if not any(isinstance(value, list | tuple) for value in values):
        yield Piece("\n".join(_scalar(value) for value in values))
        return
    for value in values:
        if isinstance(value, tuple) and _length(value) > _LONGEST_RECORD:
            # An empty heading: the keys of this record do not stand under the last key of the one before.
            yield Piece("", ElementKind.HEADING, level)
            yield from _divided(value, level)
        else:
            yield Piece("\n".join(_lines(value, "")))


def _divided(record: tuple[tuple[str, Value], ...], level: int) -> Iterator[Piece]:
    """The short values of a record together, then each long one under its key."""
    short = [(key, value) for key, value in record if not _is_long(value)]
    yield Piece("\n".join(_lines(tuple(short), "")))
    for key, value in record:
        if _is_long(value):
            yield Piece(key, ElementKind.HEADING, level)
            yield from pieces(value, level + 1)
    yield Piece("", ElementKind.HEADING, level)


def _is_long(value: Value) -> bool:
    return _holds_records(value) or (isinstance(value, list | tuple) and _length(value) > _LONGEST_RECORD // 2)


def _holds_records(value: Value) -> bool:
    """Whether a list of records is in it."""
    if isinstance(value, list):
        return any(isinstance(item, tuple) for item in value)
    return isinstance(value, tuple) and any(_holds_records(item) for _, item in value)


def _length(value: Value) -> int:
    return sum(len(line) for line in _lines(value, ""))


def _lines(value: Value, path: str) -> Iterator[str]:
    if isinstance(value, tuple):
        for key, item in value:
            yield from _lines(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(item, list | tuple) for item in value):
        for number, item in enumerate(value, start=1):
            yield from _lines(item, f"{path}[{number}]")
    else:
        text = "; ".join(_scalar(item) for item in value) if isinstance(value, list) else _scalar(value)
        if text:
            yield f"{path}: {text}" if path else text


def _scalar(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value).strip()
    if _ENCODED.fullmatch(text):
        return f"({len(text):,} characters of encoded data)"
    return _without_tags(text) if _TAGS.search(text) else text


def _without_tags(text: str) -> str:
    from lxml.html import fromstring

    return "\n".join(line.strip() for line in fromstring(f"<div>{text}</div>").text_content().splitlines())
