"""What every reader is told. Knows limits and switches; knows no format."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Bounds and switches of reading one file."""

    max_pages: int  # pages, slides or sheets; a file with more is refused
    ocr: bool = True  # recognise text in pictures and on pages without a usable text layer
    ocr_seconds: float = 180  # for the pictures of one file, so that the rest of it fits into the time for parsing
    docling: bool = False  # read what Docling can with it
