"""Read what people added to PDF pages: values of fields, notes and comments. Knows annotations; knows no text layer.

A value stands in no sentence, so that it is read with the name of its field: "Delivery address: 8 Lake Road".
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from ingest.parse.assemble import Piece
from ingest.parse.pdf_chars import Frame
from ingest.types import Box

_log = logging.getLogger(__name__)

_MOST = 2000  # on a page
_LONGEST = 100_000  # characters of one
_UNSEEN = 0x02 | 0x20  # flags of an annotation: hidden, not viewed
_PASSWORD = 1 << 13  # flag of a text field
_GENERATED_NAME = re.compile(
    r"[\[\]#]|^\W*(?:text|field|untitled|undefined|fill|check ?box)?[\s_-]*\d*\W*$", re.IGNORECASE
)
_PLAIN_MARKS = frozenset({"", "on", "off", "yes", "1", "true"})  # a ticked box of this value says no more than the tick


def open_forms(pdf: Any) -> None:
    """Let the fields of a document (a pypdfium2.PdfDocument) be read; before its pages are opened. No script is run."""
    import pypdfium2

    try:
        pdf.init_forms()
    except pypdfium2.PdfiumError as error:  # the pages can be read all the same
        _log.warning("The form's fields are not read: %s", error)


def entries(page: Any, number: int, text: str) -> list[Piece]:
    """What was filled in and noted on a page (a pypdfium2.PdfPage); a comment that `text` holds already is left out."""
    import pypdfium2.raw as pdfium

    frame, (width, height) = Frame(page), page.get_size()
    said = "".join(text.split())
    found = []
    for i in range(min(_MOST, pdfium.FPDFPage_GetAnnotCount(page.raw))):
        with _annotation(page, i) as annotation:
            if not annotation or pdfium.FPDFAnnot_GetFlags(annotation) & _UNSEEN:
                continue
            if pdfium.FPDFAnnot_GetSubtype(annotation) == pdfium.FPDF_ANNOT_WIDGET:
                content = _field(page.formenv, annotation)
            else:
                content = _comment(annotation)
                content = "" if "".join(content.split()) in said else content
            if content:
                found.append(Piece(content, page=number, box=_box(annotation, frame, width, height)))
    return found


def among(pieces: Iterable[Piece], added: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces of all pages in order, what was added to a page after what it says."""
    waiting = [(page, list(group)) for page, group in groupby(added, key=lambda piece: piece.page or 0)]
    for piece in pieces:
        while waiting and piece.page is not None and waiting[0][0] < piece.page:
            yield from waiting.pop(0)[1]
        yield piece
    for _, group in waiting:
        yield from group


@contextmanager
def _annotation(page: Any, index: int) -> Iterator[Any]:
    import pypdfium2.raw as pdfium

    annotation = pdfium.FPDFPage_GetAnnot(page.raw, index)
    try:
        yield annotation
    finally:
        if annotation:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _comment(annotation: Any) -> str:
    import pypdfium2.raw as pdfium

    wordless = (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP)  # a pop-up repeats the note that it belongs to
    if pdfium.FPDFAnnot_GetSubtype(annotation) in wordless:
        return ""
    return _string(lambda *buffer: pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", *buffer))


def _field(forms: Any, annotation: Any) -> str:
    """Name and value of a field; empty for one that holds nothing, or a secret."""
    import pypdfium2.raw as pdfium

    if not forms:
        return ""

    def said(function: Callable[..., int]) -> str:
        return _string(lambda *buffer: function(forms.raw, annotation, *buffer))

    kind = pdfium.FPDFAnnot_GetFormFieldType(forms.raw, annotation)
    name = said(pdfium.FPDFAnnot_GetFormFieldAlternateName) or said(pdfium.FPDFAnnot_GetFormFieldName)
    label = "" if _GENERATED_NAME.search(name) else name.rstrip(" :：")
    if kind in (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON):
        if not pdfium.FPDFAnnot_IsChecked(forms.raw, annotation):
            return ""
        value = said(pdfium.FPDFAnnot_GetFormFieldExportValue)
        value = "" if value.lower() in _PLAIN_MARKS else value
        return f"{label}: {value}" if label and value else label or value
    if kind not in (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX):
        return ""
    if pdfium.FPDFAnnot_GetFormFieldFlags(forms.raw, annotation) & _PASSWORD:
        return ""
    value = said(pdfium.FPDFAnnot_GetFormFieldValue)
    return f"{label}: {value}" if label and value else value


def _string(read: Callable[..., int]) -> str:
    """What a function of pdfium writes as UTF-16 into a buffer; it returns the bytes needed, a final zero included."""
    import ctypes

    size = min(read(None, 0), 2 * _LONGEST)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2))()
    read(buffer, size)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0").strip()


def _box(annotation: Any, frame: Frame, width: float, height: float) -> Box | None:
    from ctypes import byref

    import pypdfium2.raw as pdfium

    rectangle = pdfium.FS_RECTF()
    if not pdfium.FPDFAnnot_GetRect(annotation, byref(rectangle)) or not width or not height:
        return None
    place = frame.place(rectangle.left, rectangle.top, rectangle.right, rectangle.bottom)
    left, top, right, bottom = (
        min(1.0, max(0.0, at / side)) for at, side in zip(place, (width, height) * 2, strict=True)
    )
    return Box(left, top, right, bottom) if left <= right and top <= bottom else None
