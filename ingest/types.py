"""The values that flow through ingest. Knows text, positions and states; knows no library and does no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:  # the command line names states of documents, and should not wait for numpy to do so
    import numpy as np
    import numpy.typing as npt

FloatMatrix: TypeAlias = "npt.NDArray[np.float32]"  # (n, dimension); row i belongs to text i
FloatVector: TypeAlias = "npt.NDArray[np.float32]"  # (dimension,)


class ElementKind(StrEnum):
    """What a piece of a document is, as its layout says."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in fractions of the page's width and height, origin at the top left."""

    left: float  # in [0, 1]
    top: float  # in [0, 1]
    right: float  # in [0, 1], >= left
    bottom: float  # in [0, 1], >= top


@dataclass(frozen=True, slots=True)
class Element:
    """One structural unit of a document: `ParsedDocument.text[start:end]`."""

    kind: ElementKind
    start: int  # characters into ParsedDocument.text
    end: int  # exclusive, > start
    page: int | None = None  # 1-based page or slide; None where the format has none
    heading_path: tuple[str, ...] = ()  # headings above this element, outermost first, its own text excluded
    box: Box | None = None  # on `page`; PDF only


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A document as its parser read it. Elements are in reading order and do not overlap."""

    text: str  # what is stored, shown and cited; every later range points into it
    elements: tuple[Element, ...]
    page_count: int | None = None  # pages, slides or sheets; None where the format has none
    notices: tuple[str, ...] = ()  # what could not be read, one line each; empty when all of the file is in `text`


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage that is embedded, searched and cited as one: `text == ParsedDocument.text[start:end]`."""

    ordinal: int  # 0-based position among the document's chunks
    text: str
    start: int  # characters into ParsedDocument.text
    end: int  # exclusive
    page: int | None = None  # page on which the chunk starts, 1-based
    heading_path: tuple[str, ...] = ()  # outermost first

    @property
    def searchable_text(self) -> str:
        """What is embedded and keyword-indexed: the heading path in front of the text."""
        return "\n".join((*self.heading_path, self.text))


class DocumentState(StrEnum):
    """Where a document is on its way in. READY, FAILED and UNSUPPORTED are final."""

    QUEUED = "queued"
    PARSING = "parsing"
    SPLITTING = "splitting"
    EMBEDDING = "embedding"
    READY = "ready"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"

    @property
    def is_final(self) -> bool:
        return self in (DocumentState.READY, DocumentState.FAILED, DocumentState.UNSUPPORTED)


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """One row of the catalog, as users see it."""

    name: str  # path relative to the documents folder, with forward slashes; data, never a path to open
    state: DocumentState
    reason: str | None  # why it failed or is unsupported, and what to do next
    bytes: int  # size of the source file
    pages: int | None
    chunks: int  # searchable passages; while a new version is under way, those of the old one
    added_at: str  # ISO 8601, UTC, seconds


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk as the index holds it, with the document it belongs to."""

    id: int  # the catalog's row id, shared by the keyword index and the vectors
    document: str
    chunk: Chunk


class DerivedKind(StrEnum):
    """What a chat model may write about a chunk, so that other words find it too."""

    SUMMARY = "summary"  # what it says, in a sentence
    QUESTIONS = "questions"  # what it answers


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one document is. Emitted by the pipeline, shown by whoever asked for the work."""

    document: str
    state: DocumentState
    done: int = 0  # chunks embedded so far
    total: int = 0  # chunks to embed; 0 while unknown
    reason: str | None = None  # set with FAILED and UNSUPPORTED
