"""Read a file into a ParsedDocument. Knows which reader reads which type; the modules beside it know the formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ingest.errors import BrokenDocument, DocumentError, UnsupportedDocument
from ingest.parse import (
    archives,
    docling,
    images,
    legacy,
    mail,
    notebook,
    outlook,
    pandoc,
    pdf,
    plain,
    sheets,
    slides,
    source_code,
    structured,
    subtitles,
    unpack,
    web,
    word,
)
from ingest.parse.options import ReadOptions
from ingest.parse.programs import Program
from ingest.settings import BUILT_IN, DOCLING
from ingest.types import ParsedDocument

PARSER_VERSION = "5"  # changes whenever the same file gives another ParsedDocument

Reader = Callable[[Path, ReadOptions], ParsedDocument]


@dataclass(frozen=True, slots=True)
class Format:
    """Files of one kind. The upload filter, the README and `docent doctor` tell what stands here."""

    label: str
    suffixes: tuple[str, ...]  # in lower case; may hold two dots
    read: Reader
    needs: Program | None = None  # beside the Python packages


FORMATS = (
    Format("Word", (".docx",), word.read),
    Format("PowerPoint", (".pptx",), slides.read),
    Format("Excel", (".xlsx",), sheets.read_workbook),
    Format("Word", (".docm", ".dotx", ".dotm"), legacy.read_word),
    Format("PowerPoint", (".pptm", ".ppsx", ".ppsm", ".potx", ".potm"), legacy.read_slides),
    Format("Excel", (".xlsm", ".xltx", ".xltm"), legacy.read_sheets),
    Format("Word 97-2003", (".doc", ".dot", ".wps"), legacy.read_word, legacy.WRITER),
    Format("PowerPoint 97-2003", (".ppt", ".pps", ".pot", ".dps"), legacy.read_slides, legacy.IMPRESS),
    Format("Excel 97-2003", (".xls", ".xlt", ".xlsb", ".et"), legacy.read_sheets, legacy.CALC),
    Format("OpenDocument", (".odt", ".ott"), pandoc.read, pandoc.PANDOC),
    Format("OpenDocument slides", (".odp", ".otp"), legacy.read_slides, legacy.IMPRESS),
    Format("OpenDocument sheets", (".ods", ".ots"), legacy.read_sheets, legacy.CALC),
    Format("RTF", (".rtf",), legacy.read_rtf),
    Format("EPUB", (".epub",), pandoc.read, pandoc.PANDOC),
    Format("CSV", (".csv",), sheets.read_delimited),
    Format("TSV", (".tsv",), sheets.read_delimited),
    Format("Markdown", (".md", ".markdown"), web.read_markdown),
    Format("HTML", (".html", ".htm", ".xhtml"), web.read_html),
    Format("markup", (".rst", ".org", ".adoc", ".asciidoc", ".tex"), pandoc.read, pandoc.PANDOC),
    Format("e-mail", (".eml", ".emlx", ".mht", ".mhtml"), mail.read),
    Format("Outlook", (".msg",), outlook.read),
    Format("mailbox", (".mbox",), mail.read_mailbox),
    Format("text", (".txt", ".text", ".log"), plain.read),
    Format("PDF", (".pdf",), pdf.read),
    Format("JSON", (".json", ".geojson"), structured.read_json),
    Format("JSON lines", (".jsonl", ".ndjson"), structured.read_json_lines),
    Format("XML", (".xml", ".nxml", ".rss", ".atom", ".fb2"), structured.read_xml),
    Format("notebook", (".ipynb",), notebook.read),
    Format("subtitles", (".srt", ".vtt"), subtitles.read),
    Format("image", (".png", ".jpg", ".jpeg", ".gif", ".tiff", ".tif", ".webp", ".bmp", *images.HEIF), images.read),
    Format("archive", tuple(sorted(unpack.SUFFIXES)), archives.read),
    Format("source code", source_code.SUFFIXES, source_code.read),
)
_BY_SUFFIX: Mapping[str, Format] = {suffix: kind for kind in FORMATS for suffix in kind.suffixes}
_INSTEAD = (  # what to do with files of some types that are not read
    (frozenset({".rar", ".7z", ".cab", ".iso", ".lz", ".zst"}), "Unpack it and add its files, or pack them as .zip."),
    (frozenset({".pages", ".numbers", ".key"}), "Export it as .docx, .xlsx, .pptx or .pdf."),
    (frozenset({".mp3", ".m4a", ".wav", ".mp4", ".mov", ".mkv"}), "Add a transcript of it as .srt, .vtt or .txt."),
    (frozenset({""}), "Give it the suffix of its type, such as .txt for plain text."),
)
_CONVERT = "Convert it to .docx, .xlsx, .html, .txt or .pdf."
SUPPORTED: Mapping[str, str] = MappingProxyType({suffix: kind.label for suffix, kind in _BY_SUFFIX.items()})


def unavailable() -> list[Format]:
    """The formats that cannot be read here, as the program that each of them needs is not installed."""
    return [kind for kind in FORMATS if kind.needs is not None and kind.needs.find() is None]


def parser_version(parser: str) -> str:
    """What reads with this setting, as the index fingerprint has it; raises SettingsError where it is not installed."""
    return f"{PARSER_VERSION} with Docling {docling.installed_version()}" if parser == DOCLING else PARSER_VERSION


def parse(
    path: Path, *, max_pages: int, ocr: bool = True, ocr_seconds: float = 180, parser: str = BUILT_IN
) -> ParsedDocument:
    """Read one file, by its suffix. The result holds at least one element.

    Raises UnsupportedDocument for a type that no reader reads here, BrokenDocument for a file that cannot be used.
    """
    return read(path, ReadOptions(max_pages, ocr, ocr_seconds, docling=parser == DOCLING))


def read(path: Path, options: ReadOptions) -> ParsedDocument:
    """As `parse`, for readers of files that hold other files."""
    kind = _format(path.name)
    try:
        if path.stat().st_size == 0:
            raise BrokenDocument("The file is empty (0 bytes). Add it again with its contents.")
        by_docling = options.docling and path.suffix.lower() in docling.SUFFIXES
        document = docling.read(path, options) if by_docling else kind.read(path, options)
    except (DocumentError, MemoryError):
        raise
    except Exception as error:  # a damaged file makes each of ten libraries raise whatever it came upon
        what = " ".join(str(error).split())[:200]
        raise BrokenDocument(
            f"The file cannot be read as {kind.label}; it seems to be damaged ({type(error).__name__}: {what}). "
            f"Open it in the program that made it, save it anew and add it again."
        ) from error
    if not document.elements:
        raise BrokenDocument("The file holds no text. Add a version with text in it.")
    return document


def _format(name: str) -> Format:
    """By the longest suffix: .tar.gz before .gz."""
    suffixes = Path(name.lower()).suffixes
    for count in (2, 1):
        if kind := _BY_SUFFIX.get("".join(suffixes[-count:])):
            return kind
    suffix = suffixes[-1] if suffixes else ""
    named = f"Files of type {suffix}" if suffix else "Files without a suffix"
    advice = next((advice for given, advice in _INSTEAD if suffix in given), _CONVERT)
    raise UnsupportedDocument(f"{named} are not supported. {advice} `docent doctor` lists all that are read.")
