"""Read files through Docling, for those who chose it. Knows how its documents are built; loads none of its models.

Formats are read whose structure stands in the file. PDF and pictures would need models from a hub, and of a workbook
Docling keeps no places of cells, which citations name: these stay with the readers of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.errors import BrokenDocument, SettingsError
from ingest.parse.assemble import Piece, assemble, table_text
from ingest.parse.office import check_archive
from ingest.parse.options import ReadOptions
from ingest.types import ElementKind, ParsedDocument

if TYPE_CHECKING:
    from docling.document_converter import DocumentConverter
    from docling_core.types.doc.document import DoclingDocument

_OFFICE = {".docx": "Word", ".pptx": "PowerPoint"}
SUFFIXES = frozenset({*_OFFICE, ".html", ".htm", ".xhtml", ".md"})

_PACKAGE = "docling-slim"
_KINDS = {
    "title": ElementKind.HEADING,
    "section_header": ElementKind.HEADING,
    "list_item": ElementKind.LIST_ITEM,
    "code": ElementKind.CODE,
    "table": ElementKind.TABLE,
    "document_index": ElementKind.TABLE,
}
_INLINE = "inline"
_CJK = "\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uff00-\uffef"
# Between two of them Docling has dropped whether there was a space.
_WITHOUT_SPACE = re.compile(rf"(?:[{_CJK}]|[(\[“‘])\0|\0(?:[{_CJK}]|[.,;:!?)\]”’%])")


def installed_version() -> str:
    """Of Docling; raises SettingsError where it is not installed."""
    try:
        return version(_PACKAGE)
    except PackageNotFoundError as error:
        raise SettingsError(
            "DOCENT_PARSER is docling, and Docling is not installed. Run `.venv/bin/pip install -e '.[docling]'`, or "
            "set DOCENT_PARSER=built-in."
        ) from error


def read(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a file of one of SUFFIXES: headings, paragraphs, list items, code, tables and speaker notes."""
    label = _OFFICE.get(path.suffix.lower())
    if label is not None:
        check_archive(path, label)
    found = _converter().convert(path).document
    if len(found.pages) > options.max_pages:
        raise BrokenDocument(f"The file has {len(found.pages):,} pages; the limit is {options.max_pages:,}. Split it.")
    document = document_of(found)
    if label is None or not found.pictures:
        return document
    reason = "only the built-in parser recognises text in pictures. Set DOCENT_PARSER=built-in and add the file again."
    return replace(document, notices=(f"{len(found.pictures)} picture(s) not looked at: {reason}",))


@cache
def _converter() -> DocumentConverter:
    from docling.datamodel.base_models import InputFormat
    from docling.document_converter import DocumentConverter

    formats = [InputFormat.DOCX, InputFormat.PPTX, InputFormat.HTML, InputFormat.MD]
    return DocumentConverter(allowed_formats=formats)


def document_of(found: DoclingDocument) -> ParsedDocument:
    """What Docling found, as the rest of Docent knows it."""
    return assemble(_pieces(found), page_count=len(found.pages) or None)


def _pieces(found: DoclingDocument) -> Iterator[Piece]:
    from docling_core.types.doc.common.content_layer import ContentLayer

    told: set[str] = set()  # what is part of an item before it
    layers = {ContentLayer.BODY, ContentLayer.NOTES}
    item: Any  # of many types; what is asked of each depends on its label
    for item, _ in found.iterate_items(with_groups=True, included_content_layers=layers):
        if item.self_ref in told:
            continue
        label = str(item.label.value)
        if label == _INLINE:
            parts = list(_below(item, found))
            told |= {part.self_ref for part in parts}
            above = item.parent.resolve(found)
            is_whole = getattr(above, "text", None) == ""  # all that the item above says, such as a list item
            yield _piece(above if is_whole else item, _run_together([part.text for part in parts if _says(part)]))
        elif _KINDS.get(label) is ElementKind.TABLE:
            captions = {reference.cref for reference in item.captions}
            told |= {part.self_ref for part in _below(item, found)} - captions
            yield _piece(item, _table(item))
        elif _says(item):
            yield _piece(item, item.text)


def _below(item: Any, found: DoclingDocument) -> Iterator[Any]:
    for reference in item.children:
        child = reference.resolve(found)
        yield child
        yield from _below(child, found)


def _piece(item: Any, text: str) -> Piece:
    label = str(item.label.value)
    kind = _KINDS.get(label, ElementKind.PARAGRAPH)
    if kind is ElementKind.LIST_ITEM and item.enumerated and item.marker:
        text = f"{item.marker} {text}"
    level = int(getattr(item, "level", 0)) if label == "section_header" else 0
    places = getattr(item, "prov", ())
    return Piece(text, kind, level, places[0].page_no if places else None)


def _says(item: Any) -> bool:
    return bool(getattr(item, "text", ""))


def _table(item: Any) -> str:
    grid = item.data.grid
    has_header = any(cell.column_header for cell in grid[0]) if grid else False
    return table_text([[cell.text for cell in row] for row in grid], has_header=has_header or None)


def _run_together(runs: Sequence[str]) -> str:
    """The pieces of a line that is set in several ways."""
    text = "\0".join(runs)
    return _WITHOUT_SPACE.sub(lambda match: match.group().replace("\0", ""), text).replace("\0", " ")
