"""Read PowerPoint presentations through unstructured: the slide's title is the heading, its number the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.errors import BrokenDocument
from ingest.parse.assemble import Piece, assemble
from ingest.parse.charts import chart_pieces, charts
from ingest.parse.office import check_archive, transitional
from ingest.parse.options import ReadOptions
from ingest.parse.partition import partition, pieces
from ingest.parse.pictures import Pictures
from ingest.types import ElementKind, ParsedDocument

if TYPE_CHECKING:
    from unstructured.documents.elements import Element as Part


def read(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a .pptx file: each slide's title, its text, tables and charts, what its pictures say, then its notes."""
    check_archive(path, "PowerPoint")
    with transitional(path) as readable:
        return _read(readable, options)


def _read(path: Path, options: ReadOptions) -> ParsedDocument:
    import pptx

    slides = pptx.Presentation(str(path)).slides
    if len(slides) > options.max_pages:
        raise BrokenDocument(f"The file has {len(slides):,} slides; the limit is {options.max_pages:,}. Split it.")
    pictures = Pictures(options)
    notices: list[str] = []
    parts = partition("pptx", filename=str(path), include_page_breaks=False)
    by_slide = {number: list(found) for number, found in groupby(parts, key=lambda part: part.metadata.page_number)}
    found = (
        piece
        for number, slide in enumerate(slides, start=1)
        for piece in (
            *_slide(by_slide.get(number, []), number),
            *_charts(slide, number, notices),
            *_as_text(_shown(slide, pictures, number)),
            Piece(_notes(slide), page=number),
        )
    )
    document = assemble(found, page_count=len(slides))
    return replace(document, notices=(*pictures.notices(), *notices))


def _slide(parts: list[Part], number: int) -> Iterator[Piece]:
    """The title first, wherever it stands on the slide.

    unstructured marks as Title, deeper than the real one, whatever else looks short: that is text here.
    """
    title = next((part for part in parts if _is_title(part)), None)
    # Without a title, an empty heading: it leaves no trace, but this slide does not stand under the title of the last.
    yield Piece(title.text if title is not None else "", ElementKind.HEADING, 0, number)
    yield from _as_text(pieces(part for part in parts if part is not title))


def _shown(slide: Any, pictures: Pictures, number: int) -> Iterator[Piece]:
    from pptx.oxml.ns import qn

    for mark in slide.element.iter(qn("a:blip")):
        relation = slide.part.rels.get(mark.get(qn("r:embed")))
        if relation is not None and not relation.is_external:
            yield from pictures.pieces(relation.target_part.blob, page=number)


def _charts(slide: Any, number: int, notices: list[str]) -> Iterator[Piece]:
    for shape in charts(slide.shapes):
        try:
            yield from chart_pieces(shape, number)
        except (KeyError, ValueError):
            notices.append(f"The chart {shape.name!r} on slide {number} is of a kind that is not read.")


def _notes(slide: Any) -> str:
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    return str(frame.text) if frame is not None else ""


def _as_text(found: Iterable[Piece]) -> Iterator[Piece]:
    for piece in found:
        yield replace(piece, kind=ElementKind.PARAGRAPH) if piece.kind is ElementKind.HEADING else piece


def _is_title(part: Part) -> bool:
    return type(part).__name__ == "Title" and part.metadata.category_depth == 0
