"""Show stored documents to a reader: their text, and pages drawn from the original with what is quoted marked."""

from app.preview.draw import Glyphs, PagePicture
from app.preview.marks import marks, page_at
from app.preview.previews import Previews
from app.preview.tables import Cell, TableRows, cell_range_at, is_cell_range, table_rows

__all__ = [
    "Cell",
    "Glyphs",
    "PagePicture",
    "Previews",
    "TableRows",
    "cell_range_at",
    "is_cell_range",
    "marks",
    "page_at",
    "table_rows",
]
