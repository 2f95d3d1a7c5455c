"""Say where a passage stands: document, page and heading, or sheet and cells. Pure."""

from __future__ import annotations

from app.preview import page_at
from app.ui.chat.conversation import Place
from app.ui.markup import Markup, element
from app.ui.texts import Texts
from ingest.table_cells import cell_range_at, is_cell_range
from ingest.types import ParsedDocument


def where_html(place: Place, texts: Texts, document: ParsedDocument | None = None) -> Markup:
    """The place in two lines; with the document at hand, a spreadsheet's cells are exactly those of the range."""
    details = place_words(place, texts, document)
    return element(
        "span",
        element("span", place.document, class_="document-name"),
        element("span", details, class_="place") if details else Markup(),
        class_="where",
    )


def place_words(place: Place, texts: Texts, document: ParsedDocument | None = None) -> str:
    """The place without its document's name; empty when there is nothing to say."""
    cells = _cells(place) if document is None else cell_range_at(document, place.start, place.end)
    if cells is not None:
        sheet, named = cells
        parts = [texts("place.sheet", sheet=sheet) if sheet else "", texts("place.cells", cells=named)]
    else:
        # A passage may begin on the page before the one that it is quoted from.
        page = (document and page_at(document, place.start, place.end)) or place.page
        parts = ["" if page is None else texts("place.page", page=page), place.heading or ""]
    return " · ".join(filter(None, parts))


def _cells(place: Place) -> tuple[str, str] | None:
    """(sheet, cells) where the heading of the passage ends in them."""
    above, _, last = (place.heading or "").rpartition(" > ")
    return (above, last) if is_cell_range(last) else None
