"""The documents of one collection as a reader sees them. Knows where texts and originals are kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from app.preview.draw import PagePicture
from app.preview.worker import PageWorker
from ingest.errors import BrokenDocument
from ingest.knowledge_base import KnowledgeBase
from ingest.parse import SUPPORTED
from ingest.types import ParsedDocument

_KEPT = 40  # pictures of pages, of about 200 kB each
_DRAWN = frozenset({"PDF", "image"})  # formats whose pages can be drawn, by their labels

_Key = tuple[str, int, int]  # document, its file's time stamp in nanoseconds, page


class Previews:
    """Texts and pages to look at. A page is drawn when it is asked for, and kept for a while. Safe in all threads."""

    def __init__(self, knowledge_base: KnowledgeBase, worker: PageWorker) -> None:
        self._knowledge_base = knowledge_base
        self._worker = worker
        self._pictures: OrderedDict[_Key, PagePicture] = OrderedDict()
        self._lock = threading.Lock()

    def close(self) -> None:
        """Forget the pictures."""
        self._pictures.clear()

    def document(self, name: str) -> ParsedDocument:
        """The committed version, without elements where its layout was not kept; raises UnknownDocument."""
        with self._knowledge_base.reading() as generation:
            return generation.catalog.parsed(name) or ParsedDocument(generation.catalog.text(name), ())

    def has_pages(self, name: str) -> bool:
        """Whether its pages can be drawn: it is a PDF or a picture, and the file is the one that was read."""
        return self._original(name) is not None

    def page(self, name: str, number: int) -> PagePicture:
        """Page `number`, 1-based; raises UnknownDocument, and BrokenDocument where the page cannot be drawn."""
        path = self._original(name)
        if path is None:
            raise BrokenDocument(f"The original of {name!r} has changed or is gone. Its text is shown.")
        key = (name, path.stat().st_mtime_ns, number)
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
                return self._pictures[key]
        picture = self._worker.draw(path, number)
        with self._lock:
            self._pictures[key] = picture
            while len(self._pictures) > _KEPT:
                self._pictures.popitem(last=False)
        return picture

    def is_drawn(self, name: str, number: int) -> bool:
        """Whether `page` answers at once."""
        path = self._original(name)
        return path is not None and (name, path.stat().st_mtime_ns, number) in self._pictures

    def forget(self, names: Collection[str] | None) -> None:
        """Drop the pictures of documents that have changed or are gone; None: of all."""
        with self._lock:
            for key in [key for key in self._pictures if names is None or key[0] in names]:
                del self._pictures[key]

    def _original(self, name: str) -> Path | None:
        """The file of a committed document whose pages can be drawn. A name that the catalog lacks leads nowhere."""
        if SUPPORTED.get(PurePosixPath(name).suffix.lower()) not in _DRAWN:
            return None
        with self._knowledge_base.reading() as generation:
            generation.catalog.text(name)
            source, _ = generation.catalog.sources()[name]
        documents = self._knowledge_base.storage.documents
        path = documents / name
        if path.is_symlink() or not path.is_file() or not path.resolve().is_relative_to(documents.resolve()):
            return None
        found = path.stat()
        return path if (found.st_size, found.st_mtime_ns) == (source.bytes, source.modified_ns) else None
