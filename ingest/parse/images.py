"""Read pictures: photos, screenshots, scans. Knows picture formats; knows no text in them.

Also what other readers need to recognise the pictures inside their files.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ingest.errors import BrokenDocument, UnsupportedDocument
from ingest.parse.assemble import Piece, assemble
from ingest.parse.ocr import WIDEST, Patience, recognise
from ingest.parse.ocr_lines import even_sizes, page_lines
from ingest.parse.options import ReadOptions
from ingest.parse.pdf_layout import layout
from ingest.parse.pdf_lines import PageLines
from ingest.types import ParsedDocument

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 100_000_000  # 300 MB once unpacked
_TALLEST = 20_000  # pixels, once the width is bounded: a screenshot of a long page
_SMALLEST = 64  # pixels on the shorter side of a picture in a document: below it is an icon or a rule
_UNIT = 0.5  # points per pixel, so that sizes are those of print
_DARK = 128  # of 255: what is darker stands on white
# What Pillow raises for drawings in Office's own formats and for damaged files: a document goes on without its picture.
_UNREADABLE = (BrokenDocument, OSError, SyntaxError, ValueError)
HEIF = (".heic", ".heif", ".hif")  # need an opener of their own


def read(path: Path, options: ReadOptions) -> ParsedDocument:
    """Recognise the text of a picture file; each page of a TIFF is one, of moving pictures only the first frame counts.

    Raises UnsupportedDocument where recognising is switched off, BrokenDocument where the picture is too large or
    shows no text.
    """
    if not options.ocr:
        raise UnsupportedDocument(
            "The file is a picture, and recognising text in pictures is switched off. Set DOCENT_OCR=true and add it "
            "again."
        )
    if path.suffix.lower() in HEIF:
        from pillow_heif import register_heif_opener

        register_heif_opener()
    with path.open("rb") as file, _opened(file) as image:
        count = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
        if count > options.max_pages:
            raise BrokenDocument(f"The file has {count:,} pages; the limit is {options.max_pages:,}. Split it.")
        pages, notices = _frames(image, count, Patience(options.ocr_seconds))
    document = assemble(layout(even_sizes(pages)), page_count=count)
    if not document.elements:
        raise BrokenDocument(
            "No text was recognised in the picture. Add a sharper or larger one, or leave it out if it shows none."
        )
    return ParsedDocument(document.text, document.elements, document.page_count, notices)


def _frames(image: Image, count: int, patience: Patience) -> tuple[list[PageLines], tuple[str, ...]]:
    pages: list[PageLines] = []
    for index in range(count):
        if patience.is_over():
            rest = f"Page(s) {index + 1}-{count} not recognised: it took longer than {patience.seconds:.0f} s for the "
            return pages, (rest + "pages before. Split the file, or raise DOCENT_PARSE_SECONDS.",)
        image.seek(index)
        pages.append(_page(_prepared(image), index + 1))
    return pages, ()


def _page(image: Image, number: int) -> PageLines:
    return page_lines(recognise(image), number, image.width * _UNIT, image.height * _UNIT)


def is_legible(blob: bytes) -> bool:
    """Whether a picture inside a document can be opened and is larger than an icon."""
    try:
        with _opened(BytesIO(blob)) as image:
            return min(image.size) >= _SMALLEST
    except _UNREADABLE:
        return False


def pieces_of(blob: bytes, *, page: int | None = None) -> list[Piece]:
    """What a picture inside a document says, as pieces without box; empty where it cannot be read."""
    try:
        with _opened(BytesIO(blob)) as image:
            lines = _page(_prepared(image), 1)
    except _UNREADABLE:
        return []
    return [Piece(piece.text, piece.kind, page=page) for piece in layout(even_sizes([lines]))]


@contextmanager
def _opened(file: BinaryIO) -> Iterator[Image]:
    """The picture, not unpacked yet, once its size is known to be bearable."""
    from PIL import Image

    usual, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # Pillow's own bound warns before it refuses
    try:
        with Image.open(file) as image:
            _check_size(image)
            yield image
    finally:
        Image.MAX_IMAGE_PIXELS = usual


def _check_size(image: Image) -> None:
    pixels = image.width * image.height
    if pixels > MOST_PIXELS:
        raise BrokenDocument(
            f"The picture has {image.width:,} x {image.height:,} = {pixels:,} pixels; the limit is {MOST_PIXELS:,}. "
            "Make it smaller, or cut it up."
        )


def _prepared(image: Image) -> Image:
    """The frame upright, opaque, in grey, and no larger than recognising needs."""
    from PIL import ImageOps

    _check_size(image)
    if image.format == "JPEG":
        image.draft(None, (WIDEST, WIDEST))
    image = _in_grey(ImageOps.exif_transpose(image))
    scale = min(1.0, WIDEST / image.width, _TALLEST / image.height)
    if scale == 1:
        return image
    return image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))


def _in_grey(image: Image) -> Image:
    import PIL.Image
    import PIL.ImageStat

    if image.mode.startswith(("I", "F")):
        darkest, lightest = image.getextrema()
        spread = max(1e-6, float(lightest) - float(darkest))  # type: ignore[arg-type]  # one band: two numbers
        return image.point(lambda value: value * (255 / spread) - float(darkest) * 255 / spread).convert("L")  # type: ignore[arg-type]
    if not image.has_transparency_data:
        return image.convert("L")
    see_through = image.convert("LA")
    grey, alpha = see_through.getchannel("L"), see_through.getchannel("A")
    opaque = PIL.ImageStat.Stat(grey, mask=alpha.point(lambda value: 255 * (value > 0)))
    background = 255 if not opaque.count[0] or opaque.mean[0] < _DARK else 0
    return PIL.Image.composite(grey, PIL.Image.new("L", image.size, background), alpha)
