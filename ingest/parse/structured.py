"""Read JSON, JSON lines and XML. Knows how records and marked-up text look in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from ingest.errors import BrokenDocument, UnsupportedDocument
from ingest.parse import legacy, records, source_code
from ingest.parse.assemble import Piece, assemble
from ingest.parse.decode import decode
from ingest.parse.options import ReadOptions
from ingest.parse.records import Value
from ingest.types import ElementKind, ParsedDocument

_MOST_BYTES = 50_000_000  # as one value; measured, a file takes up to twelve times its size in memory
_FLAT_PACKAGE = b"schemas.microsoft.com/office/2006/xmlPackage"  # LibreOffice never comes back from it
_TITLES = frozenset({"title", "head", "heading", "header", "article-title", "h1", "h2", "h3", "h4", "h5", "h6"})
_SHORT = 300  # characters of an element of marked-up text that is not divided further
_SILENT = frozenset({"script", "style"})
_BLOCK_SPACE = re.compile(r"\s+")


def read_json(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a .json file; what is no JSON (with comments, cut short) is kept as it stands, and a notice says so."""
    _check_size(path, "Write it as .jsonl, one record a line, or split it.")
    text = decode(path.read_bytes())
    try:
        return assemble(records.pieces(_value(text)))
    except json.JSONDecodeError as error:
        whole = _read_lines(text) if text.count("\n") else None
        if whole is not None:
            return whole
        notice = f"It is no valid JSON (line {error.lineno}: {error.msg}) and is kept as plain text."
        return replace(source_code.parse_source(text), notices=(notice,))


def read_json_lines(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a .jsonl file: each line a record of its own."""
    text = decode(path.read_bytes())
    found = _read_lines(text)
    if found is None:
        raise BrokenDocument("No line of the file is valid JSON. Save it with one JSON value a line and add it again.")
    return found


def _value(text: str) -> Value:
    try:
        # Records become tuples of pairs, so that a key that repeats loses nothing.
        value: Value = json.loads(text, object_pairs_hook=tuple)
    except RecursionError as error:
        raise BrokenDocument("The file's values are nested too deep to be read. Flatten them.") from error
    return value


def _read_lines(text: str) -> ParsedDocument | None:
    """None where no line is JSON."""
    bad: list[int] = []
    good: list[int] = []

    def pieces() -> Iterator[Piece]:
        for number, line in enumerate(text.split("\n"), start=1):
            if not line.strip():
                continue
            try:
                value = _value(line)
            except json.JSONDecodeError:
                bad.append(number)
                continue
            good.append(number)
            yield from records.pieces([value])

    document = assemble(pieces())
    if not good or len(bad) > len(good):
        return None
    if not bad:
        return document
    named = ", ".join(map(str, bad[:5])) + (", …" if len(bad) > 5 else "")
    return replace(document, notices=(f"{len(bad)} of {len(bad) + len(good)} lines are no valid JSON: {named}.",))


def read_xml(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a .xml file: text with its titles as headings where it is marked-up text, else its values as records.

    Entities are not expanded, nothing it refers to is read.
    """
    from lxml import etree

    with path.open("rb") as file:
        head = file.read(4096)
    if _FLAT_PACKAGE in head:
        raise UnsupportedDocument("The file is an Office package written as XML. Save it as .docx, .pptx or .xlsx.")
    if legacy.is_office_xml(head):
        is_sheet = b"spreadsheet" in head or b"Excel.Sheet" in head
        return legacy.read_sheets(path, options) if is_sheet else legacy.read_word(path, options)
    _check_size(path, "Split it.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except etree.XMLSyntaxError as error:
        raise BrokenDocument(
            f"The file is no valid XML ({error.msg}). Mend it in the program that made it and add it again."
        ) from error
    if _is_prose(root):
        return assemble(_prose(root, 0))
    return assemble(records.pieces(((_name(root), _element(root)),) if not len(root) else _element(root)))


def _check_size(path: Path, remedy: str) -> None:
    if (size := path.stat().st_size) > _MOST_BYTES:
        raise BrokenDocument(f"The file has {size:,} bytes; the limit for its type is {_MOST_BYTES:,}. {remedy}")


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _is_prose(root: Any) -> bool:
    """Whether text stands around elements anywhere, as it does in documents and not in data."""
    return any((child.tail or "").strip() for child in root.iter() if child is not root)


def _prose(element: Any, level: int) -> Iterator[Piece]:
    """Titles as headings as deep as their element, runs of text with the elements inside them as paragraphs."""
    if _name(element) in _SILENT:
        return
    text = _BLOCK_SPACE.sub(" ", " ".join(element.itertext())).strip()
    if len(element) and len(text) <= _SHORT and not _has_structure(element):
        yield Piece(text)  # a date, a name, a reference: its parts say little each
        return
    if not len(element) or (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        text = _BLOCK_SPACE.sub(" ", "".join(element.itertext())).strip()
        kind = ElementKind.HEADING if _name(element).lower() in _TITLES else ElementKind.PARAGRAPH
        yield Piece(text, kind, level)
        return
    for child in element:
        yield from _prose(child, level + 1)


def _has_structure(element: Any) -> bool:
    """Whether a title, or text around elements, is inside."""
    return any(_name(child).lower() in _TITLES or (child.tail or "").strip() for child in element.iterdescendants())


def _element(element: Any) -> Value:
    """An element's attributes and children as a record; its text alone where it has neither."""
    pairs: list[tuple[str, Value]] = [(str(key).rpartition("}")[2], value) for key, value in element.attrib.items()]
    for name, run in groupby(element, key=_name):
        values = [_element(child) for child in run]
        pairs.append((name, values[0] if len(values) == 1 else values))
    text = (element.text or "").strip()
    if not pairs:
        return text
    return (("", text), *pairs) if text else tuple(pairs)
