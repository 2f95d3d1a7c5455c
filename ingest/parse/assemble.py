"""Put the pieces a parser found into one stored text. Knows headings, ranges and characters; knows no file format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingest.parse.numbered import heading_levels
from ingest.parse.tables import table_lines
from ingest.types import Box, Element, ElementKind, ParsedDocument

SEPARATOR = "\n\n"  # between elements: no reader of the stored text mistakes two of them for one
LONGEST_HEADING = 200  # characters; whatever is longer carries a heading's style but not its meaning

_PROSE = (ElementKind.PARAGRAPH, ElementKind.LIST_ITEM)
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
    """The document of `text`, each span with the headings that stand above it.

    Where no headings are marked, but for a title, those that their numbers tell are found.
    """
    elements: list[Element] = []
    open_headings: list[tuple[int, str]] = []  # (level, text), outermost first
    for span in _with_headings(text, spans):
        if span.kind is ElementKind.HEADING:
            while open_headings and open_headings[-1][0] >= span.level:
                open_headings.pop()
        if span.start == span.end:
            continue
        path = tuple(heading for _, heading in open_headings)
        elements.append(Element(span.kind, span.start, span.end, span.page, path, span.box))
        if span.kind is ElementKind.HEADING:
            open_headings.append((span.level, " ".join(text[span.start : span.end].split())))
    return ParsedDocument(text, tuple(elements), page_count)


def _with_headings(text: str, spans: Sequence[Span]) -> Sequence[Span]:
    """The spans, overlong headings taken for text and, where there is at most a title, numbered lines for headings."""
    spans = [
        replace(span, kind=ElementKind.PARAGRAPH)
        if span.kind is ElementKind.HEADING and span.end - span.start > LONGEST_HEADING
        else span
        for span in spans
    ]
    marked = [i for i, span in enumerate(spans) if span.kind is ElementKind.HEADING]
    if marked not in ([], [0]):
        return spans
    below = spans[0].level + 1 if marked else 0
    levels = heading_levels([text[s.start : s.end] if s.kind in _PROSE else None for s in spans])
    return [
        span if level is None else replace(span, kind=ElementKind.HEADING, level=level + below)
        for span, level in zip(spans, levels, strict=True)
    ]


def clean(text: str, *, code: bool = False) -> str:
    """`text` without invisible characters, with \\n for every kind of line end, and stripped.

    Blank lines inside become one line end, so that a blank line always separates elements; code keeps its lines.
    """
    text = _UNWANTED.sub("", _LINE_ENDS.sub("\n", text)).replace("\xa0", " ")
    text = _TRAILING_SPACE.sub("", text)
    return text.strip() if code else _BLANK_LINES.sub("\n", text).strip()


def table_text(rows: Iterable[Sequence[str]], *, has_header: bool | None = None) -> str:
    """A table's rows as lines, each with the names of its values where the first row names them; see `tables`."""
    return "\n".join(
        table_lines([[" ".join(clean(cell).split()) for cell in row] for row in rows], has_header=has_header)
    )
