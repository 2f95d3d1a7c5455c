"""Read PDF files with pypdfium2. Knows passwords and what to do with each page; the pdf_ modules know how."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from ingest.errors import BrokenDocument
from ingest.parse.assemble import Piece, assemble
from ingest.parse.ocr import Patience
from ingest.parse.ocr_lines import even_sizes
from ingest.parse.options import ReadOptions
from ingest.parse.pdf_entries import among, entries, open_forms
from ingest.parse.pdf_fonts import machine_fonts
from ingest.parse.pdf_layout import layout
from ingest.parse.pdf_lines import PageLines
from ingest.parse.pdf_scan import is_usable, recognised_page, without_garbage
from ingest.parse.pdf_text import TextLayer, text_layer
from ingest.types import ParsedDocument

_NOT_LOADED = "cannot be loaded, as the file is damaged there. Save it anew from the program that made it."
_OCR_OFF = (
    "not looked at, though the text layer holds little or nothing usable: recognising text in pictures is switched "
    "off. Set DOCENT_OCR=true and add the file again."
)
_OUT_OF_TIME = (
    "not recognised: it took longer than {seconds:.0f} s for the pages before. Split the file, or raise "
    "DOCENT_PARSE_SECONDS."
)


def read(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a PDF file's text layer, and what its pages show where they have no usable one."""
    with machine_fonts(allowed=False), closing(_opened(path)) as pdf:
        page_count = len(pdf)
        if page_count > options.max_pages:
            raise BrokenDocument(f"The file has {page_count:,} pages; the limit is {options.max_pages:,}. Split it.")
        pages = _Pages(path, options)
        for index in range(page_count):
            pages.add(pdf, index)
    document = assemble(among(layout(pages.in_order()), pages.entries), page_count=page_count)
    notices = pages.notices()
    if not document.elements:
        raise BrokenDocument(_why_no_text(page_count, notices))
    return replace(document, notices=notices)


def _opened(path: Path) -> Any:
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise BrokenDocument(_why_not_open(error)) from error
    open_forms(pdf)
    return pdf


def _why_not_open(error: Exception) -> str:
    import pypdfium2.raw as pdfium

    if getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
        return "The file is encrypted with a password. Save it without one and add it again."
    if getattr(error, "err_code", None) == pdfium.FPDF_ERR_SECURITY:
        return "The file is encrypted in a way that cannot be read. Save it without encryption and add it again."
    return "The file is damaged or no PDF file. Save it anew from the program that made it and add it again."


def _why_no_text(page_count: int, notices: Sequence[str]) -> str:
    if notices:
        return f"The file's {page_count:,} page(s) hold no usable text. {' '.join(notices)}"
    return (
        f"The file's {page_count:,} page(s) hold no text, and none was recognised in what they show. Add a version "
        "with a text layer, or a sharper scan."
    )


@dataclass
class _Pages:
    """The pages read so far, and which of them could not be, by reason."""

    path: Path
    options: ReadOptions
    entries: list[Piece] = field(default_factory=list)  # what people filled in and noted
    _plain: list[PageLines] = field(default_factory=list)
    _recognised: list[PageLines] = field(default_factory=list)
    _unread: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _patience: Patience = field(init=False)

    def __post_init__(self) -> None:
        self._patience = Patience(self.options.ocr_seconds)

    def add(self, pdf: Any, index: int) -> None:
        """Read one page; one that cannot be loaded has no lines, the others still count."""
        import pypdfium2

        try:
            page = pdf[index]
        except pypdfium2.PdfiumError:
            self._unread[_NOT_LOADED].append(index + 1)
            return
        try:
            layer = text_layer(page, index + 1)
            if is_usable(layer, page):
                self._plain.append(layer.page)
            else:
                self._look_at(index, layer)
            self.entries += entries(page, index + 1, layer.text)
        finally:
            page.close()

    def _look_at(self, index: int, layer: TextLayer) -> None:
        why_not = None
        if not self.options.ocr:
            why_not = _OCR_OFF
        elif self._patience.is_over():
            why_not = _OUT_OF_TIME.format(seconds=self._patience.seconds)
        if why_not is None:
            with machine_fonts(allowed=True), closing(_opened(self.path)) as drawn:  # `pdf` has looked for none
                self._recognised.append(recognised_page(layer, drawn[index]))
            return
        self._plain.append(without_garbage(layer))
        self._unread[why_not].append(layer.page.number)

    def in_order(self) -> list[PageLines]:
        return sorted((*self._plain, *even_sizes(self._recognised)), key=lambda page: page.number)

    def notices(self) -> tuple[str, ...]:
        return tuple(f"Page(s) {_ranges(numbers)} {why}" for why, numbers in self._unread.items())


def _ranges(numbers: Sequence[int]) -> str:
    """1, 3-5 for 1, 3, 4, 5."""
    runs = [[number for _, number in run] for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
