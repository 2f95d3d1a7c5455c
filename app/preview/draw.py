"""Draw one page of a PDF or a picture, and tell where its characters stand. Knows pixels; knows no collection.

Meant for the worker process: a file that makes a library crash or eat memory costs that process and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.errors import BrokenDocument
from ingest.parse.images import MOST_PIXELS
from ingest.types import FloatMatrix

if TYPE_CHECKING:
    from PIL.Image import Image

WIDTH = 1400  # pixels: sharp in half of a wide screen, and still when enlarged on a narrow one
_TALLEST = 8_000  # pixels, of a screenshot of a long page or a roll
_QUALITY = 85
_GRID = 100_000  # places across a page: pdfium turns its coordinates into those of a device this wide and high
_NESTED = 3  # forms within forms that are searched for images
_HEIF = frozenset({".heic", ".heif", ".hif"})


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The visible characters of a page's text layer. Row i of `boxes` is where `text[i]` stands."""

    text: str
    boxes: FloatMatrix  # (len(text), 4): left, top, right, bottom, in fractions of the page as displayed


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as it looks."""

    jpeg: bytes
    width: int  # pixels
    height: int
    glyphs: Glyphs  # none where the page is a picture without a text layer


def draw(path: Path, number: int) -> PagePicture:
    """Page `number` (1-based) of a PDF or picture file; raises BrokenDocument where it cannot be drawn."""
    try:
        return _draw_pdf(path, number) if path.suffix.lower() == ".pdf" else _draw_picture(path, number)
    except (BrokenDocument, MemoryError):
        raise
    except Exception as error:  # a damaged file makes libraries raise whatever they came upon
        raise BrokenDocument(f"Page {number} cannot be drawn ({type(error).__name__}). Its text is shown.") from error


def _draw_pdf(path: Path, number: int) -> PagePicture:
    import pypdfium2

    pdf = pypdfium2.PdfDocument(path)
    try:
        if not 1 <= number <= len(pdf):
            raise BrokenDocument(f"The file has {len(pdf)} pages; there is no page {number}. Its text is shown.")
        page = pdf[number - 1]
        _check_images(page, number)
        image = page.render(scale=_scale(*page.get_size())).to_pil()
        return _picture(image, _glyphs(page))
    finally:
        pdf.close()


def _check_images(page: Any, number: int) -> None:
    import pypdfium2.raw as pdfium

    images = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=_NESTED)
    most = max((width * height for width, height in (image.get_px_size() for image in images)), default=0)
    if most > MOST_PIXELS:
        raise BrokenDocument(
            f"Page {number} holds an image of {most:,} pixels; the limit is {MOST_PIXELS:,}. Its text is shown."
        )


def _glyphs(page: Any) -> Glyphs:
    text_page = page.get_textpage()
    try:
        found = list(_characters(page, text_page))
    finally:
        text_page.close()
    boxes = np.array([box for _, box in found], dtype=np.float32).reshape(-1, 4) / np.float32(_GRID)
    return Glyphs("".join(text for text, _ in found), boxes)


def _characters(page: Any, text_page: Any) -> Iterator[tuple[str, tuple[int, int, int, int]]]:
    from ctypes import byref, c_int

    import pypdfium2.raw as pdfium

    rectangle, x, y = pdfium.FS_RECTF(), c_int(), c_int()

    def displayed(across: float, up: float) -> tuple[int, int]:
        pdfium.FPDF_PageToDevice(page.raw, 0, 0, _GRID, _GRID, 0, across, up, byref(x), byref(y))
        return x.value, y.value

    for i in range(pdfium.FPDFText_CountChars(text_page.raw)):
        text = chr(pdfium.FPDFText_GetUnicode(text_page.raw, i))
        if text.isspace() or not pdfium.FPDFText_GetLooseCharBox(text_page.raw, i, byref(rectangle)):
            continue
        one, other = displayed(rectangle.left, rectangle.top), displayed(rectangle.right, rectangle.bottom)
        yield text, (min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1]))


def _draw_picture(path: Path, number: int) -> PagePicture:
    from PIL import Image, ImageOps

    if path.suffix.lower() in _HEIF:
        from pillow_heif import register_heif_opener

        register_heif_opener()
    with Image.open(path) as image:
        if image.format == "TIFF":
            image.seek(number - 1)
        if image.width * image.height > MOST_PIXELS:
            pixels = image.width * image.height
            raise BrokenDocument(f"The picture has {pixels:,} pixels; the limit is {MOST_PIXELS:,}. Its text is shown.")
        image.draft("RGB", (WIDTH, WIDTH))
        upright = _on_white(ImageOps.exif_transpose(image))
        return _picture(upright, Glyphs("", np.empty((0, 4), dtype=np.float32)))


def _on_white(image: Image) -> Image:
    import PIL.Image

    if image.mode.startswith(("I", "F")):
        image = image.point(lambda value: value / 256).convert("L") if image.mode == "I;16" else image.convert("L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    see_through = image.convert("RGBA")
    white = PIL.Image.new("RGBA", image.size, "white")
    return PIL.Image.alpha_composite(white, see_through).convert("RGB")


def _picture(image: Image, glyphs: Glyphs) -> PagePicture:
    scale = min(1.0, _scale(*image.size))
    if scale < 1:
        image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    jpeg = BytesIO()
    image.convert("RGB").save(jpeg, "JPEG", quality=_QUALITY, subsampling=0)
    return PagePicture(jpeg.getvalue(), image.width, image.height, glyphs)


def _scale(width: float, height: float) -> float:
    return min(WIDTH / max(width, 1), _TALLEST / max(height, 1))
