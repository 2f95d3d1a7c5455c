"""Put the pieces a parser found into one stored text. Knows headings, ranges and characters; knows no file format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.types import Box, Element, ElementKind, ParsedDocument

SEPARATOR = "\n\n"  # between elements: no reader of the stored text mistakes two of them for one
LONGEST_HEADING = 200  # characters; whatever is longer carries a heading's style but not its meaning

_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_TRAILING_SPACE = re.compile(r"[ \t\u3000]+(?=\n)")


@dataclass(frozen=True, slots=True)
class Piece:
    """One element before its place in the stored text is known."""

    text: str
    kind: ElementKind = ElementKind.PARAGRAPH
    level: int = 0  # depth of a heading, 0 outermost; of no meaning for other kinds
    page: int | None = None  # 1-based
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """One element in the stored text, before the headings above it are known."""

    start: int
    end: int
    kind: ElementKind = ElementKind.PARAGRAPH
    level: int = 0
    page: int | None = None
    box: Box | None = None


def assemble(pieces: Iterable[Piece], *, page_count: int | None = None) -> ParsedDocument:
    """Join the pieces by blank lines; one without visible text is left out, but an empty heading ends those above."""
    parts: list[str] = []
    spans: list[Span] = []
    length = 0
    for piece in pieces:
        text = clean(piece.text, code=piece.kind is ElementKind.CODE)
        if text and length:
            parts.append(SEPARATOR)
            length += len(SEPARATOR)
        parts.append(text)
        spans.append(Span(length, length + len(text), piece.kind, piece.level, piece.page, piece.box))
        length += len(text)
    return document("".join(parts), spans, page_count=page_count)


def document(text: str, spans: Sequence[Span], *, page_count: int | None = None) -> ParsedDocument:
    """The document of `text`, each span with the headings that stand above it."""
    elements: list[Element] = []
    open_headings: list[tuple[int, str]] = []  # (level, text), outermost first
    for span in spans:
        kind = span.kind
        if kind is ElementKind.HEADING and span.end - span.start > LONGEST_HEADING:
            kind = ElementKind.PARAGRAPH
        if kind is ElementKind.HEADING:
            while open_headings and open_headings[-1][0] >= span.level:
                open_headings.pop()
        if span.start == span.end:
            continue
        path = tuple(heading for _, heading in open_headings)
        elements.append(Element(kind, span.start, span.end, span.page, path, span.box))
        if kind is ElementKind.HEADING:
            open_headings.append((span.level, " ".join(text[span.start : span.end].split())))
    return ParsedDocument(text, tuple(elements), page_count)


def clean(text: str, *, code: bool = False) -> str:
    """`text` without invisible characters, with \\n for every kind of line end, and stripped.

    Blank lines inside become one line end, so that a blank line always separates elements; code keeps its lines.
    """
    text = _UNWANTED.sub("", _LINE_ENDS.sub("\n", text)).replace("\xa0", " ")
    text = _TRAILING_SPACE.sub("", text)
    return text.strip() if code else _BLANK_LINES.sub("\n", text).strip()


def table_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows as lines, cells joined by ` | `; empty rows and the empty cells at a row's end are left out."""
    lines = (_row_text(row) for row in rows)
    return "\n".join(line for line in lines if line)


def _row_text(row: Sequence[str]) -> str:
    cells = [" ".join(clean(cell).split()) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return " | ".join(cells).strip()
