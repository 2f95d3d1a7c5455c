"""Read a file into a ParsedDocument. Knows which parser reads which type; the modules beside it know the formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from ingest.errors import BrokenDocument, DocumentError, UnsupportedDocument
from ingest.parse import mail, pdf, plain, sheets, slides, web, word
from ingest.parse.options import ReadOptions
from ingest.types import ParsedDocument

PARSER_VERSION = "1"  # changes whenever the same file gives another ParsedDocument; part of the index fingerprint

_Reader = Callable[[Path, ReadOptions], ParsedDocument]
_READERS: Mapping[str, tuple[str, _Reader]] = {
    ".docx": ("Word", word.read),
    ".pptx": ("PowerPoint", slides.read),
    ".xlsx": ("Excel", sheets.read_workbook),
    ".csv": ("CSV", sheets.read_delimited),
    ".tsv": ("TSV", sheets.read_delimited),
    ".md": ("Markdown", web.read_markdown),
    ".markdown": ("Markdown", web.read_markdown),
    ".html": ("HTML", web.read_html),
    ".htm": ("HTML", web.read_html),
    ".eml": ("e-mail", mail.read),
    ".txt": ("text", plain.read),
    ".text": ("text", plain.read),
    ".log": ("text", plain.read),
    ".pdf": ("PDF", pdf.read),
}
SUPPORTED: Mapping[str, str] = MappingProxyType({suffix: label for suffix, (label, _) in _READERS.items()})


def parse(path: Path, *, max_pages: int, ocr: bool = True) -> ParsedDocument:
    """Read one file, by its suffix. The result holds at least one element.

    Raises UnsupportedDocument for a type that no parser reads, BrokenDocument for a file that cannot be used.
    """
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        named = f"Files of type {suffix}" if suffix else "Files without a suffix"
        raise UnsupportedDocument(f"{named} are not supported. Convert it to one of: {', '.join(SUPPORTED)}.")
    label, reader = _READERS[suffix]
    try:
        if path.stat().st_size == 0:
            raise BrokenDocument("The file is empty (0 bytes). Add it again with its contents.")
        document = reader(path, ReadOptions(max_pages, ocr))
    except (DocumentError, MemoryError):
        raise
    except Exception as error:  # a damaged file makes each of six libraries raise whatever it came upon
        what = " ".join(str(error).split())[:200]
        raise BrokenDocument(
            f"The file cannot be read as {label}; it seems to be damaged ({type(error).__name__}: {what}). "
            f"Open it in the program that made it, save it anew and add it again."
        ) from error
    if not document.elements:
        raise BrokenDocument("The file holds no text. Add a version with text in it.")
    return document
