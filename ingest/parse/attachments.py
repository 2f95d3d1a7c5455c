"""Read what is attached to a message, as sections of it. Knows bounds and how documents are joined; knows no mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import PurePosixPath

from ingest.errors import DocumentError
from ingest.parse.assemble import LONGEST_HEADING, Piece, clean
from ingest.parse.options import ReadOptions
from ingest.parse.programs import work_folder
from ingest.types import ElementKind, ParsedDocument

_MOST_DEPTH = 3  # messages inside each other
_MOST_FILES = 100  # of one message
_LONGEST_SUFFIX = 12  # characters

_depth: ContextVar[int] = ContextVar("depth", default=0)  # of the message that is being read, whatever lies between


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message."""

    name: str  # as its sender wrote it; data, never a path to open
    data: bytes | None  # None where it cannot be taken out of the message


def read_attachments(
    attachments: Iterable[Attachment], options: ReadOptions, level: int
) -> tuple[list[Piece], list[str]]:
    """The pieces of all that can be read, each under its name as a heading of `level`, and a notice for each other."""
    pieces: list[Piece] = []
    notices: list[str] = []
    for number, attachment in enumerate(attachments, start=1):
        name = _heading(attachment.name)
        if number > _MOST_FILES:
            notices.append(f"The message has more than {_MOST_FILES} attachments; the others are not read.")
            break
        try:
            document = _read(attachment, options)
        except DocumentError as error:
            notices.append(f"Attachment {name!r} is not read: {str(error).partition('. ')[0].rstrip('.')}.")
            continue
        pieces.append(Piece(name, ElementKind.HEADING, level))
        pieces += _pieces(document, level + 1)
        notices += (f"Attachment {name!r}: {notice}" for notice in document.notices)
    return pieces, notices


def _read(attachment: Attachment, options: ReadOptions) -> ParsedDocument:
    from ingest.parse import read  # which knows all readers, and so this one

    if attachment.data is None:
        raise DocumentError("it is not a file of its own.")
    suffix = PurePosixPath(attachment.name).suffix.lower()
    safe = suffix if suffix[1:].isalnum() and len(suffix) <= _LONGEST_SUFFIX else ""
    with _one_deeper(), work_folder("attachment") as folder:
        path = folder / f"attachment{safe}"
        path.write_bytes(attachment.data)
        return read(path, options)


@contextmanager
def _one_deeper() -> Iterator[None]:
    if _depth.get() >= _MOST_DEPTH:
        raise DocumentError(f"messages are read to a depth of {_MOST_DEPTH}.")
    token = _depth.set(_depth.get() + 1)
    try:
        yield
    finally:
        _depth.reset(token)


def _pieces(document: ParsedDocument, level: int) -> Iterator[Piece]:
    for element in document.elements:
        text = document.text[element.start : element.end]
        yield Piece(text, element.kind, level + len(element.heading_path), element.page)


def _heading(name: str) -> str:
    heading = " ".join(clean(name).split()) or "attachment"
    return heading if len(heading) <= LONGEST_HEADING else f"…{heading[1 - LONGEST_HEADING :]}"
