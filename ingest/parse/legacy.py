"""Read old, templated and foreign Office files. Knows what files really hold, and LibreOffice; the result is read by
the reader of the modern format.
"""

from __future__ import annotations

import codecs
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import BrokenDocument
from ingest.parse import mail, plain, sheets, slides, web, word
from ingest.parse.office import check_archive
from ingest.parse.options import ReadOptions
from ingest.parse.programs import Program, run, work_folder
from ingest.types import ParsedDocument

_Reader = Callable[[Path, ReadOptions], ParsedDocument]

_COMMANDS = ("soffice", "libreoffice", "/Applications/LibreOffice.app/Contents/MacOS/soffice")
WRITER = Program("LibreOffice", "libreoffice-writer-nogui", _COMMANDS)
CALC = Program("LibreOffice", "libreoffice-calc-nogui", _COMMANDS)
IMPRESS = Program("LibreOffice", "libreoffice-impress-nogui", _COMMANDS)

_SECONDS = 120  # measured 2 to 15 on two busy cores
_HEAD_BYTES = 4096
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_HTML = re.compile(rb"<html|<!doctype html|<table", re.IGNORECASE)
_OFFICE_XML = re.compile(rb"mso-application|office:document|schemas-microsoft-com:office|wordml")
_MAIN_PART = re.compile(
    rb"application/vnd\.[\w.-]+\.(?:document|template|presentation|slideshow|sheet)(?:\.macroEnabled\w*)?\.main\+xml"
)
# No macro runs and nothing that a document links to is fetched: links from documents are blocked, and what would
# still ask for the network is sent to a port on which nobody listens.
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
{items}
</oor:items>
"""
_SETTINGS = (
    ("org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("org.openoffice.Inet/Settings", "ooInetProxyType", "2"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)


@dataclass(frozen=True, slots=True)
class _Family:
    """One kind of Office file and the modern format that stands for it."""

    label: str
    program: Program
    suffix: str
    export: str  # LibreOffice's name of the filter that writes it
    main_part: bytes  # content type of the main part
    folder: str  # the main part's, in the archive
    read: _Reader
    read_text: _Reader  # for a file that is text in truth


_WORD = _Family(
    "Word",
    WRITER,
    ".docx",
    "MS Word 2007 XML",
    b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "word/",
    word.read,
    plain.read,
)
_POWERPOINT = _Family(
    "PowerPoint",
    IMPRESS,
    ".pptx",
    "Impress MS PowerPoint 2007 XML",
    b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
    "ppt/",
    slides.read,
    plain.read,
)
_EXCEL = _Family(
    "Excel",
    CALC,
    ".xlsx",
    "Calc MS Excel 2007 XML",
    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "xl/",
    sheets.read_workbook,
    sheets.read_delimited,
)


def read_word(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a text document of any Office format: .doc, .dot, .docm, .wps and the like."""
    return _read(path, options, _WORD)


def read_slides(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a presentation of any Office format: .ppt, .pps, .ppsx, .odp and the like."""
    return _read(path, options, _POWERPOINT)


def read_sheets(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a workbook of any Office format: .xls, .xlsm, .xlsb, .ods and the like."""
    return _read(path, options, _EXCEL)


def read_rtf(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a .rtf file: with headings and tables where LibreOffice is installed, else its text.

    Not through pandoc: it takes all of the text for Western, and Chinese RTF is not.
    """
    data = path.read_bytes()
    if not data.lstrip().startswith(b"{\\rtf"):
        return _read(path, options, _WORD)
    if _WORD.program.find() is not None:
        return _convert(path, options, _WORD)
    return plain.parse_text(rtf_text(data))


def rtf_text(data: bytes) -> str:
    """The text of an RTF file, in the encodings that it declares; where it declares none, Western."""
    from striprtf.striprtf import rtf_to_text

    text: str = rtf_to_text(data.decode("latin-1"), encoding="cp1252", errors="replace")  # type: ignore[no-untyped-call]
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def is_office_xml(head: bytes) -> bool:
    """Whether a file that begins so is an Office document written as a single XML file."""
    return head.lstrip(b"\xef\xbb\xbf\r\n ").startswith(b"<?xml") and _OFFICE_XML.search(head) is not None


def _read(path: Path, options: ReadOptions, family: _Family) -> ParsedDocument:
    """Read by what the file holds: many a .doc is RTF, a web page or a .docx, many a .xls a web page or text."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(b"PK\x03\x04") and zipfile.is_zipfile(path):
        check_archive(path, family.label)
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
        if f"{family.folder}workbook.bin" not in names and any(name.startswith(family.folder) for name in names):
            return _read_package(path, options, family)
        return _convert(path, options, family)
    if head.startswith(_OLE_MAGIC) and _ENCRYPTED_PACKAGE in path.read_bytes():
        raise BrokenDocument(
            f"The file is encrypted with a password. Remove the password in {family.label} and add it again."
        )
    is_binary = b"\x00" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if is_binary or is_office_xml(head):
        return _convert(path, options, family)
    if head.startswith(b"{\\rtf"):
        return read_rtf(path, options)
    if head.lstrip()[:13].lower() == b"mime-version:":
        return mail.read(path, options)
    return web.read_html(path, options) if _HTML.search(head) else family.read_text(path, options)


def _read_package(path: Path, options: ReadOptions, family: _Family) -> ParsedDocument:
    """Read a template, slide show or file with macros: the modern format but for the type that it gives itself."""
    with work_folder("office") as folder:
        copy = folder / f"document{family.suffix}"
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w") as target:
            for member in source.infolist():
                data = source.read(member)
                if member.filename == "[Content_Types].xml":
                    data = _MAIN_PART.sub(family.main_part, data)
                target.writestr(member.filename, data)
        return family.read(copy, options)


def _convert(path: Path, options: ReadOptions, family: _Family) -> ParsedDocument:
    program = family.program.require(path.suffix.lower())
    with work_folder("office") as folder:
        source = folder / f"source{path.suffix.lower()}"
        shutil.copyfile(path, source)  # LibreOffice leaves lock files beside what it opens
        profile = folder / "profile"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_profile(), encoding="utf-8")
        command = [
            *(program, "--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck"),
            f"-env:UserInstallation={profile.as_uri()}",
            *("--convert-to", f"{family.suffix[1:]}:{family.export}", "--outdir", str(folder / "out"), str(source)),
        ]
        outcome = run(command, folder=folder, seconds=_SECONDS)
        converted = folder / "out" / f"source{family.suffix}"
        if not converted.exists():
            raise BrokenDocument(
                f"LibreOffice cannot read the file ({outcome.complaint or f'exit code {outcome.exit_code}'}): it is "
                f"damaged, or encrypted with a password. Save it as {family.suffix} in the program that made it and "
                "add that."
            )
        return family.read(converted, options)


def _profile() -> str:
    items = (
        f'<item oor:path="/{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, name, value in _SETTINGS
    )
    return _PROFILE.format(items="\n".join(items))
