"""What holds for the elements of every parsed document, whatever its format."""

from __future__ import annotations

from ingest.types import ElementKind, ParsedDocument


def check_elements(document: ParsedDocument) -> None:
    """Ranges are non-empty, stripped, in order and apart; every heading path consists of headings that came before."""
    last_end = 0
    headings: set[str] = set()
    for element in document.elements:
        text = document.text[element.start : element.end]
        assert last_end <= element.start < element.end <= len(document.text)
        assert text == text.strip()
        assert text
        assert set(element.heading_path) <= headings
        if element.page is not None:
            assert document.page_count is None or 1 <= element.page <= document.page_count
        if element.box is not None:
            assert 0 <= element.box.left <= element.box.right <= 1
            assert 0 <= element.box.top <= element.box.bottom <= 1
        if element.kind is ElementKind.HEADING:
            headings.add(" ".join(text.split()))
        last_end = element.end


def outline(document: ParsedDocument) -> list[tuple[str, tuple[str, ...], str]]:
    """(kind, heading path, text) of every element, once they have been checked."""
    check_elements(document)
    return [(e.kind.value, e.heading_path, document.text[e.start : e.end]) for e in document.elements]
