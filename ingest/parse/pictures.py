"""Recognise the pictures inside a document. Knows how many and for how long; its callers know where they stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from ingest.parse.assemble import Piece
from ingest.parse.images import is_legible, pieces_of
from ingest.parse.ocr import Patience
from ingest.parse.options import ReadOptions

_MOST_PICTURES = 200  # of one document


@dataclass
class Pictures:
    """Reads the pictures of one document, each once however often it is shown, and counts those it does not read."""

    options: ReadOptions
    _seen: set[bytes] = field(default_factory=set)
    _read: int = 0
    _unread: int = 0
    _patience: Patience = field(init=False)

    def __post_init__(self) -> None:
        self._patience = Patience(self.options.ocr_seconds)

    def pieces(self, blob: bytes, *, page: int | None = None) -> list[Piece]:
        """What the picture says; empty for an icon, a picture seen before, one too many, or with recognising off."""
        key = sha256(blob).digest()
        if key in self._seen or not is_legible(blob):
            return []
        self._seen.add(key)
        if not self.options.ocr or self._read >= _MOST_PICTURES or self._patience.is_over():
            self._unread += 1
            return []
        self._read += 1
        return pieces_of(blob, page=page)

    def notices(self) -> tuple[str, ...]:
        if not self._unread:
            return ()
        if not self.options.ocr:
            reason = "recognising text in pictures is switched off. Set DOCENT_OCR=true and add the file again."
        elif self._read >= _MOST_PICTURES:
            reason = f"at most {_MOST_PICTURES} are recognised in one file. Split it."
        else:
            reason = (
                f"it took longer than {self._patience.seconds:.0f} s for the {self._read} before. Split the file, or "
                "raise DOCENT_PARSE_SECONDS."
            )
        return (f"{self._unread} picture(s) not looked at: {reason}",)
