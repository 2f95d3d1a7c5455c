"""Turn the catalog's rows into values and back. Knows columns and their encodings; runs no SQL."""

from __future__ import annotations

import json
import zlib

from ingest.types import Box, Chunk, DocumentRecord, DocumentState, Element, ElementKind, ParsedDocument, StoredChunk

_BOX_DECIMALS = 4  # a fifth of a millimetre on paper

RecordRow = tuple[str, str, str | None, int, int | None, str, int, str | None]
ChunkRow = tuple[int, str, int, str, int, int, int | None, str]


def record_of(row: RecordRow) -> DocumentRecord:
    """The last column is the document that this one repeats."""
    name, state, reason, size, pages, added_at, chunks, repeats = row
    return DocumentRecord(name, DocumentState(state), with_repetition(reason, repeats), size, pages, chunks, added_at)


def with_repetition(reason: str | None, repeats: str | None) -> str | None:
    """`reason`, and which document has the same content; None when there is nothing to tell."""
    told = [reason, None if repeats is None else f"The same content as {repeats!r}."]
    return " ".join(filter(None, told)) or None


def stored_chunk_of(row: ChunkRow) -> StoredChunk:
    id_, document, ordinal, text, start, end, page, heading_path = row
    return StoredChunk(id_, document, Chunk(ordinal, text, start, end, page, tuple(json.loads(heading_path))))


def chunk_row(id_: int, document_id: int, chunk: Chunk, terms: int) -> tuple[object, ...]:
    path = json.dumps(chunk.heading_path, ensure_ascii=False)
    return (id_, document_id, chunk.ordinal, chunk.text, chunk.start, chunk.end, chunk.page, path, terms)


def pack_layout(document: ParsedDocument) -> bytes:
    """Everything of a document but its text and page count, as zlib over JSON. Boxes keep four decimals."""
    paths = {path: i for i, path in enumerate(dict.fromkeys(element.heading_path for element in document.elements))}
    elements = [[e.kind, e.start, e.end, e.page, paths[e.heading_path], _box_list(e.box)] for e in document.elements]
    layout = {"paths": list(paths), "elements": elements, "notices": document.notices}
    return zlib.compress(json.dumps(layout, ensure_ascii=False, separators=(",", ":")).encode())


def unpack_layout(text: str, layout: bytes, page_count: int | None) -> ParsedDocument:
    """The document that `pack_layout` was given."""
    values = json.loads(zlib.decompress(layout))
    paths = [tuple(path) for path in values["paths"]]
    elements = tuple(
        Element(ElementKind(kind), start, end, page, paths[path], None if box is None else Box(*box))
        for kind, start, end, page, path, box in values["elements"]
    )
    return ParsedDocument(text, elements, page_count, tuple(values["notices"]))


def _box_list(box: Box | None) -> list[float] | None:
    if box is None:
        return None
    return [round(side, _BOX_DECIMALS) for side in (box.left, box.top, box.right, box.bottom)]
