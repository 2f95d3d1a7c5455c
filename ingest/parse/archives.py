"""Read an archive as one document: every file in it under its path as heading. Knows how documents are joined."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from tarfile import is_tarfile
from tempfile import TemporaryDirectory

from ingest.errors import BrokenDocument, DocumentError, UnsupportedDocument
from ingest.parse.assemble import LONGEST_HEADING, SEPARATOR, clean
from ingest.parse.options import ReadOptions
from ingest.parse.unpack import SUFFIXES, Allowance, Member, TooLarge, decompress, members, unpack
from ingest.types import Element, ElementKind, ParsedDocument

_MOST_NOTICES = 20
_MOST_REASONS = 3  # in the message about an archive of which nothing can be read
_LONGEST_SUFFIX = 12  # characters; what is longer is no suffix of a file type

# That of the outermost archive, for those inside it: they are read through ingest.parse.read, which knows of none.
_allowance: ContextVar[Allowance | None] = ContextVar("allowance", default=None)


def read(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a zip or tar archive, packed or not, or the one document in a .gz, .bz2 or .xz file.

    Pages are those of the file in the archive; `page_count` is None where several files have pages. What cannot be
    read is told in `notices`. Raises BrokenDocument where nothing can be read or all of it is too much.
    """
    from ingest.parse import read as read_file

    with _counted() as allowance, TemporaryDirectory(prefix="docent-archive-") as name:
        folder = Path(name)
        unpacked = decompress(path, folder, allowance)
        if unpacked is not None and not is_tarfile(unpacked):
            return read_file(unpacked, options)
        joined = _Joined()
        with members(unpacked or path) as found:
            for member in found:
                allowance.take_file()
                _read_member(member, folder, allowance, options, joined)
    return joined.document()


def _read_member(member: Member, folder: Path, allowance: Allowance, options: ReadOptions, joined: _Joined) -> None:
    from ingest.parse import read as read_file

    target = folder / f"member-{allowance.files}{_suffixes(member.name)}"
    try:
        unpack(member, target, allowance)
        joined.add(member.name, read_file(target, options))
    except TooLarge:
        raise
    except UnsupportedDocument as error:
        joined.refuse(member, str(error).partition(". ")[0] + ".")  # without the list of all that is supported
    except DocumentError as error:
        joined.refuse(member, str(error))
    finally:
        target.unlink(missing_ok=True)


@contextmanager
def _counted() -> Iterator[Allowance]:
    allowance = _allowance.get() or Allowance()
    token = _allowance.set(allowance)
    try:
        with allowance.level():
            yield allowance
    finally:
        _allowance.reset(token)


def _suffixes(name: str) -> str:
    """The suffix that says how to read a file; two of them for a compressed one, whose first says what it holds."""
    suffixes = PurePosixPath(name.lower()).suffixes
    kept = suffixes[-2:] if suffixes and suffixes[-1] in SUFFIXES else suffixes[-1:]
    return "".join(suffix for suffix in kept if suffix[1:].isalnum() and len(suffix) <= _LONGEST_SUFFIX)


@dataclass(slots=True)
class _Joined:
    """The documents of an archive, one after the other."""

    texts: list[str] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    page_counts: list[int] = field(default_factory=list)
    refused: list[Member] = field(default_factory=list)
    length: int = 0

    def add(self, name: str, document: ParsedDocument) -> None:
        """Append a document under its name."""
        heading = _heading(name)
        start = self._append(heading)
        self.elements.append(Element(ElementKind.HEADING, start, start + len(heading)))
        start = self._append(document.text)
        self.elements.extend(
            replace(
                element,
                start=start + element.start,
                end=start + element.end,
                heading_path=(heading, *element.heading_path),
                box=None,  # a place on a page of a file that is not kept by itself
            )
            for element in document.elements
        )
        self.notices.extend(_about(name, notice) for notice in document.notices)
        if document.page_count is not None:
            self.page_counts.append(document.page_count)

    def refuse(self, member: Member, reason: str) -> None:
        """Note why a file is missing from the document."""
        self.refused.append(member)
        self.notices.append(_about(member.name, reason))

    def document(self) -> ParsedDocument:
        """All of it; raises BrokenDocument where there is nothing."""
        if not self.elements:
            raise BrokenDocument(self._nothing())
        notices = self.notices[:_MOST_NOTICES]
        if len(self.notices) > _MOST_NOTICES:
            notices.append(f"and {len(self.notices) - _MOST_NOTICES} more of this kind.")
        page_count = self.page_counts[0] if len(self.page_counts) == 1 else None
        return ParsedDocument("".join(self.texts), tuple(self.elements), page_count, tuple(notices))

    def _append(self, text: str) -> int:
        """Append text; returns where it starts."""
        if self.length:
            self.texts.append(SEPARATOR)
            self.length += len(SEPARATOR)
        start = self.length
        self.texts.append(text)
        self.length += len(text)
        return start

    def _nothing(self) -> str:
        if not self.refused:
            return "The archive holds no files to read. Add one with documents in it."
        if all(member.encrypted for member in self.refused):
            return "The archive is encrypted with a password. Unpack it and add what is in it."
        more = len(self.notices) - _MOST_REASONS
        reasons = " ".join(self.notices[:_MOST_REASONS]) + (f" And {more} more." if more > 0 else "")
        return f"Nothing in the archive can be read. {reasons}"


def _about(name: str, notice: str) -> str:
    return f"{_heading(name)!r} in it: {notice}"


def _heading(name: str) -> str:
    """A path in the archive as a heading: its end where it is too long for one."""
    heading = " ".join(clean(name).split()) or "(no name)"
    return heading if len(heading) <= LONGEST_HEADING else f"…{heading[1 - LONGEST_HEADING :]}"
