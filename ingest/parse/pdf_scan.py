"""Tell which PDF pages have to be recognised, and do it. Knows text layers and pictures of pages; knows no document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ingest.parse.ocr import WIDEST, Recognised, recognise
from ingest.parse.ocr_lines import page_lines
from ingest.parse.pdf_lines import PageLines
from ingest.parse.pdf_text import TextLayer

if TYPE_CHECKING:
    from PIL.Image import Image

_FEW_CHARACTERS = 200  # a page with fewer may be a picture with a stamp or a page number as its text
_MOSTLY_PICTURE = 0.4  # of the page's area
_GARBAGE = 0.3  # share of characters that nobody can read: above it the layer is worth nothing
_DOUBTFUL = 0.1  # share of unreadable or guessed characters: above it the layer is compared with what the page shows
_AGREEING = 0.5  # share of the recognised words that a layer in doubt has to hold
_MUCH_MORE = 1.5  # times as many characters recognised as in the layer: it is only part of what the page shows
_SCALE = 2.0  # pixels per point: 144 dots per inch
_NARROWEST = 16  # pixels: anything thinner holds no legible line
_TALLEST = 12_000  # pixels of a page's picture
_MOST_IMAGE_PIXELS = 100_000_000  # of one image on the page, which is unpacked whole to draw the page
_NESTED = 3  # forms within forms that are searched for images

_WORD = re.compile(r"[^\W\d_\u2e80-\u9fff]{2,}|\d+|[\u2e80-\u9fff]")


def is_usable(layer: TextLayer, page: Any) -> bool:
    """Whether the text layer can stand for the page (a pypdfium2.PdfPage) without looking at it."""
    if max(layer.garbage, layer.unmapped) > _DOUBTFUL and layer.characters:
        return False
    if layer.characters >= _FEW_CHARACTERS:
        return True
    if layer.characters == 0:
        return next(iter(page.get_objects(max_depth=1)), None) is None
    return _image_share(page) < _MOSTLY_PICTURE


def _image_share(page: Any) -> float:
    """The part of the page's area that images cover, in [0, 1]; where they overlap it is counted twice."""
    left, bottom, right, top = page.get_bbox()
    area = 0.0
    for image in _images(page):
        x0, y0, x1, y1 = image.get_bounds()
        area += max(0.0, min(x1, right) - max(x0, left)) * max(0.0, min(y1, top) - max(y0, bottom))
    share: float = area / max(1.0, (right - left) * (top - bottom))
    return min(1.0, share)


def _images(page: Any) -> Any:
    import pypdfium2.raw as pdfium

    return page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=_NESTED)


def without_garbage(layer: TextLayer) -> PageLines:
    """The layer's page; without lines where nobody could read them."""
    page = layer.page
    return page if layer.garbage <= _GARBAGE else PageLines(page.number, page.width, page.height, ())


def recognised_page(layer: TextLayer, page: Any) -> PageLines:
    """The page as it looks, or its text layer where that says the same, exactly, or more."""
    image = _picture(page)
    found = recognise(image) if image is not None else Recognised(())
    if _stands(layer, found):
        return without_garbage(layer)
    return page_lines(found, layer.page.number, layer.page.width, layer.page.height)


def _picture(page: Any) -> Image | None:
    """The page drawn, in grey; None where it is blank, too small, or holds an image too large to unpack."""
    width, height = page.get_size()
    scale = min(_SCALE, WIDEST / max(width, 1), _TALLEST / max(height, 1))
    if any(x * y > _MOST_IMAGE_PIXELS for x, y in (image.get_px_size() for image in _images(page))):
        return None
    if min(width, height) * scale < _NARROWEST:
        return None
    image: Image = page.render(scale=scale, grayscale=True, may_draw_forms=False).to_pil().convert("L")
    return image if len(image.getcolors() or ()) > 1 else None


def _stands(layer: TextLayer, found: Recognised) -> bool:
    if found.characters == 0:
        return True
    if layer.characters == 0 or layer.garbage > _GARBAGE or found.characters > _MUCH_MORE * layer.characters:
        return False
    seen = set(_WORD.findall(" ".join(line.text for line in found.lines).lower()))
    said = set(_WORD.findall(layer.text.lower()))
    return max(layer.garbage, layer.unmapped) <= _DOUBTFUL or len(seen & said) >= _AGREEING * len(seen)
