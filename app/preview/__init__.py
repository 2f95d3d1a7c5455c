"""Show stored documents to a reader: their text, and pages drawn from the original with what is quoted marked."""

from app.preview.draw import Glyphs, PagePicture
from app.preview.marks import marks, page_at
from app.preview.previews import Previews

__all__ = [
    "Glyphs",
    "PagePicture",
    "Previews",
    "marks",
    "page_at",
]
