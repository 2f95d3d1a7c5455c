"""PDF files written by hand, where a font has to say something odd. Knows the syntax of PDF."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

HELVETICA = "/Subtype /Type1 /BaseFont /Helvetica"
STSONG = (  # not in the file, as Chinese fonts often are not
    "/Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [<</Type /Font "
    "/Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo <</Registry (Adobe) /Ordering (GB1) /Supplement 0>> "
    "/FontDescriptor <</Type /FontDescriptor /FontName /STSong-Light /Flags 6 /Ascent 752 /Descent -271 "
    "/FontBBox [-25 -254 1000 880] /ItalicAngle 0 /StemV 58>> >>]"
)


def write(path: Path, drawing: str, font: str, meanings: Mapping[str, str], *, rotation: int = 0) -> Path:
    """A page with such a drawing in font F, whose codes mean what `meanings` says, both in hexadecimal digits.

    There is no table of where the objects are: readers make it themselves.
    """
    digits = len(next(iter(meanings)))
    pairs = " ".join(f"<{code}> <{meaning}>" for code, meaning in meanings.items())
    to_unicode = (
        f"1 begincodespacerange <{'0' * digits}> <{'f' * digits}> endcodespacerange "
        f"{len(meanings)} beginbfchar {pairs} endbfchar"
    )
    objects = [
        "<</Type /Catalog /Pages 2 0 R>>",
        "<</Type /Pages /Kids [3 0 R] /Count 1>>",
        f"<</Type /Page /Parent 2 0 R /MediaBox [10 20 605 862] /Rotate {rotation} /Contents 4 0 R "
        "/Resources <</Font <</F 5 0 R>>>> >>",
        f"<</Length {len(drawing)}>> stream\n{drawing}\nendstream",
        f"<</Type /Font {font} /ToUnicode 6 0 R>>",
        f"<</Length {len(to_unicode)}>> stream\n{to_unicode}\nendstream",
    ]
    body = "\n".join(f"{number} 0 obj {item} endobj" for number, item in enumerate(objects, start=1))
    path.write_text(f"%PDF-1.7\n{body}\ntrailer <</Root 1 0 R>>\n", encoding="ascii")
    return path
