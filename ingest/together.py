"""Find what stays together in a chunk: a question and its answer, a list and the line that introduces it.

Knows elements and punctuation; knows no lengths.
"""

from __future__ import annotations

import re
from itertools import pairwise

from ingest.types import Element, ElementKind, ParsedDocument

_ASKED = re.compile(r"(?:Q|Question|问题?|問題?|提问|提問)\s*\d*\s*[:：.、]", re.IGNORECASE)
_ENDS_ASKING = re.compile(r"[?？][\"'”’」』）)]*$")
_LONGEST_QUESTION = 120  # characters; a paragraph that happens to end in a question is longer
_LEADS_IN = (":", "：")


def questions(document: ParsedDocument) -> frozenset[int]:
    """Starts of the elements that ask: marked as a question, or a line with a question mark and an answer below.

    Of several questions in a row only the last can have an answer below it; the others are a list.
    """
    marked = {element.start for element in document.elements if _ASKED.match(text_of(document, element))}
    asking = marked | {element.start for element in document.elements if _asks(document, element)}
    answered = {
        above.start
        for above, element in pairwise(document.elements)
        if element.start not in asking and element.heading_path == above.heading_path
        if element.kind is not ElementKind.HEADING
    }
    answered |= {element.start for element in document.elements if "\n" in text_of(document, element)}
    return frozenset(marked | (asking & answered))


def belongs(document: ParsedDocument, above: Element, element: Element, asked: frozenset[int]) -> bool:
    """Whether two consecutive elements of a section stay together; `asked` is what `questions` found."""
    if element.start in asked:
        return False
    text_above = text_of(document, above)
    if above.start in asked and "\n" not in text_above:
        return True
    if element.kind is ElementKind.LIST_ITEM and above.kind is ElementKind.LIST_ITEM:
        return True
    introduced = element.kind in (ElementKind.LIST_ITEM, ElementKind.TABLE, ElementKind.CODE)
    return introduced and above.kind is ElementKind.PARAGRAPH and leads_in(text_above)


def leads_in(text: str) -> bool:
    """Whether a text introduces what follows it."""
    return text.endswith(_LEADS_IN)


def text_of(document: ParsedDocument, element: Element) -> str:
    return document.text[element.start : element.end]


def _asks(document: ParsedDocument, element: Element) -> bool:
    if element.kind not in (ElementKind.PARAGRAPH, ElementKind.LIST_ITEM):
        return False
    line = text_of(document, element).partition("\n")[0]
    return len(line) <= _LONGEST_QUESTION and _ENDS_ASKING.search(line) is not None
