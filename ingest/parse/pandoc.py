"""Read OpenDocument texts, e-books and markup through pandoc. Knows pandoc's formats; the result is read as HTML."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ingest.errors import BrokenDocument
from ingest.parse.assemble import Piece, assemble
from ingest.parse.decode import decode
from ingest.parse.office import check_archive
from ingest.parse.options import ReadOptions
from ingest.parse.programs import Program, run, work_folder
from ingest.parse.web import html_pieces
from ingest.types import ParsedDocument

PANDOC = Program("pandoc", "pandoc", ("pandoc",), package_file=("pypandoc", "files/pandoc"))

_ARCHIVES = {".odt": ("odt", "LibreOffice"), ".ott": ("odt", "LibreOffice"), ".epub": ("epub", "an e-book program")}
_MARKUP = {".rst": "rst", ".org": "org", ".adoc": "asciidoc", ".asciidoc": "asciidoc", ".tex": "latex"}
_SECONDS = 120
_HEAP = "2000M"  # of pandoc's own; what expands without end stops there
_ENCRYPTED_TEXT = re.compile(rb"""URI=["'][^"']+\.x?html?["']""", re.IGNORECASE)
# The title stands above all headings, which are moved one level down for it.
_TEMPLATE = """$if(title)$<h1>$title$</h1>$endif$
$if(subtitle)$<p>$subtitle$</p>$endif$
$if(author)$<p>$for(author)$$author$$sep$, $endfor$</p>$endif$
$if(date)$<p>$date$</p>$endif$
$if(abstract)$$abstract$$endif$
$body$
"""


def read(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read .odt, .epub, .rst, .org, .adoc or .tex: headings, text, lists, tables, notes, but no pictures."""
    suffix = path.suffix.lower()
    if suffix in _ARCHIVES:
        name, maker = _ARCHIVES[suffix]
        _check(path, maker)
        return assemble(_pieces(path.read_bytes(), name, suffix))
    return assemble(_pieces(decode(path.read_bytes()).encode("utf-8", "replace"), _MARKUP[suffix], suffix))


def _pieces(data: bytes, name: str, suffix: str) -> Iterator[Piece]:
    pandoc = PANDOC.require(suffix)
    with work_folder("pandoc") as folder:
        template = folder / "template.html"
        template.write_text(_TEMPLATE, encoding="utf-8")
        command = [
            *(pandoc, "+RTS", f"-M{_HEAP}", "-RTS", "--sandbox", "--wrap=none", "--shift-heading-level-by=1"),
            *("--from", name, "--to", "html", "--standalone", f"--template={template}"),
        ]
        outcome = run(command, folder=folder, seconds=_SECONDS, data=data)
    if outcome.exit_code:
        raise BrokenDocument(
            f"pandoc cannot read the file as {name} ({outcome.complaint or f'exit code {outcome.exit_code}'}); it "
            "seems to be damaged. Open it in the program that made it, save it anew and add it again."
        )
    yield from html_pieces(outcome.output.decode("utf-8", "replace"))


def _check(path: Path, maker: str) -> None:
    """Raise BrokenDocument where the file is no archive, unpacks to too much, or is encrypted."""
    check_archive(path, maker)
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        manifest = archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
        rights = archive.read("META-INF/encryption.xml") if "META-INF/encryption.xml" in names else b""
    if b"encryption-data" in manifest:
        raise BrokenDocument("The file is encrypted with a password. Remove the password and add it again.")
    if _ENCRYPTED_TEXT.search(rights):
        raise BrokenDocument("The e-book is locked by its seller (DRM). Add a copy without that.")
