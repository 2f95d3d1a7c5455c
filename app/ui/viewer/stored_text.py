"""A document's stored text as a reader wants it: headings, paragraphs, lists, tables, with a range marked. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.ui.markup import Markup, element, join
from app.ui.texts import Texts
from ingest.table_cells import Cell, TableRows, is_cell_range, table_rows
from ingest.types import Element, ElementKind, ParsedDocument

CONTEXT_CHARACTERS = 20_000  # shown on each side of the range: a whole handbook, yet a page that scrolls at once
_OUTERMOST, _INNERMOST = 3, 6  # levels of HTML's headings: the page itself has the first two


@dataclass(frozen=True, slots=True)
class _Window:
    """The part of the text that is shown, and the range in it that is marked."""

    text: str
    first: int
    last: int
    start: int
    end: int

    def marked(self, start: int, end: int) -> Markup:
        """The text at [start, end) as far as it is shown."""
        start, end = max(start, self.first), min(end, self.last)
        begin, stop = max(start, min(self.start, end)), max(start, min(self.end, end))
        if begin >= stop:
            return join(self.text[start:end])
        return join(self.text[start:begin], element("mark", self.text[begin:stop]), self.text[stop:end])

    def holds(self, start: int, end: int) -> bool:
        return start < self.last and self.first < end

    def is_marked(self, start: int, end: int) -> bool:
        """Whether all of [start, end) is in the marked range."""
        return start < end and self.start <= start and end <= self.end


def stored_text_html(document: ParsedDocument, start: int, end: int, texts: Texts) -> Markup:
    """The text around [start, end), which is marked; an empty range marks nothing."""
    text = document.text
    window = _Window(text, max(0, start - CONTEXT_CHARACTERS), min(len(text), end + CONTEXT_CHARACTERS), start, end)
    if document.elements:
        body = element("div", *_blocks(document, window, texts), class_="stored-text")
    else:
        body = element("p", window.marked(0, len(text)), class_="stored-text plain")
    before, after = window.first, len(text) - window.last
    return join(_omitted(texts, "passage.before", before), body, _omitted(texts, "passage.after", after))


def _omitted(texts: Texts, key: str, count: int) -> Markup:
    return element("p", texts(key, count=count), class_="aside") if count else Markup()


def _blocks(document: ParsedDocument, window: _Window, texts: Texts) -> Iterator[Markup]:
    is_workbook = any(e.heading_path and is_cell_range(e.heading_path[-1]) for e in document.elements)
    page: int | None = None
    for part in document.elements:
        if not window.holds(part.start, part.end):
            continue
        if part.page != page and not is_workbook:
            page = part.page
            if page is not None:
                yield element("p", texts("place.page", page=page), class_="page-break")
        yield _block(part, window)


def _block(part: Element, window: _Window) -> Markup:
    words = window.marked(part.start, part.end)
    match part.kind:
        case ElementKind.HEADING if is_cell_range(window.text[part.start : part.end]):
            return element("p", words, class_="cells")
        case ElementKind.HEADING:
            return element(f"h{min(_OUTERMOST + len(part.heading_path), _INNERMOST)}", words)
        case ElementKind.LIST_ITEM:
            marked_already = not window.text[part.start].isalpha()
            return element("p", words, class_="item" if marked_already else "item bullet")
        case ElementKind.CODE:
            return element("pre", words)
        case ElementKind.TABLE if (table := table_rows(window.text[part.start : part.end])) is not None:
            return _table(table, part.start, window)
    return element("p", words)


def _table(table: TableRows, offset: int, window: _Window) -> Markup:
    head = element("tr", *(element("th", name, scope="col") for name in table.names)) if table.names else Markup()
    width = len(table.names) or max(map(len, table.rows))
    rows = (
        _row([replace(cell, start=cell.start + offset, end=cell.end + offset) for cell in row], width, window)
        for row in table.rows
        if window.holds(row[0].start + offset, row[-1].end + offset + 1)
    )
    table_ = element("table", element("thead", head) if head else Markup(), element("tbody", *rows))
    return element("div", table_, class_="table", tabindex="0")


def _row(cells: Sequence[Cell], width: int, window: _Window) -> Markup:
    if len(cells) == 1 and width > 1:
        return element("tr", _cell(cells[0], window, colspan=width))
    by_column = {cell.column: cell for cell in cells}
    return element("tr", *(_cell(by_column.get(column), window) for column in range(width)))


def _cell(cell: Cell | None, window: _Window, *, colspan: int | None = None) -> Markup:
    if cell is None:
        return element("td")
    marked = "marked" if window.is_marked(cell.start, cell.end) else None
    return element("td", window.marked(cell.start, cell.end), class_=marked, colspan=colspan)
