"""Use unstructured offline and light. Knows its element classes; knows no single format.

unstructured tells titles from prose with a spaCy model that it downloads at first use and that knows English only
(plain Chinese comes out as all titles); importing spaCy drags torch in, 4 s and 200 MB. Docent takes the structure
from styles and tags instead of that guess, so the module that loads spaCy is replaced before anything imports it.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ingest.parse.assemble import Piece, table_text
from ingest.types import ElementKind

if TYPE_CHECKING:
    from unstructured.documents.elements import Element as Part

_TOKENIZER = "unstructured.nlp.tokenize"
_QUIET = {"DO_NOT_TRACK": "1", "SCARF_NO_ANALYTICS": "1", "UNSTRUCTURED_DISABLE_NOTICE": "1"}
_KINDS = {"ListItem": ElementKind.LIST_ITEM, "CodeSnippet": ElementKind.CODE}
_LEFT_OUT = frozenset({"PageBreak", "Header", "Footer", "Image", "PageNumber"})


def partition(module: str, **source: Any) -> list[Part]:
    """Call `unstructured.partition.<module>.partition_<module>`, without network, language guess or notices."""
    os.environ.update(_QUIET)
    sys.modules.setdefault(_TOKENIZER, _light_tokenizer())
    function = getattr(importlib.import_module(f"unstructured.partition.{module}"), f"partition_{module}")
    parts: list[Part] = function(languages=[""], **source)
    return parts


def pieces(parts: Iterable[Part]) -> Iterator[Piece]:
    """Each part as a piece: a Title is a heading of its depth, everything else what its class says."""
    for part in parts:
        category = type(part).__name__
        page = part.metadata.page_number
        if category in _LEFT_OUT:
            continue
        if category == "Table":
            yield Piece(_table(part.metadata.text_as_html) or part.text, ElementKind.TABLE, page=page)
        elif category == "Title":
            yield Piece(part.text, ElementKind.HEADING, part.metadata.category_depth or 0, page)
        else:
            yield Piece(part.text, _KINDS.get(category, ElementKind.PARAGRAPH), page=page)


def _table(html: str | None) -> str:
    """The lines of an HTML table; a cell that spans rows is repeated in none of them."""
    from lxml.html import fragment_fromstring

    if not html:
        return ""
    table = fragment_fromstring(html)
    captions = [[str(caption.text_content())] for caption in table.iter("caption")]
    rows = [list(row.iter("td", "th")) for row in table.iter("tr")]
    return table_text(
        (*captions, *([" ".join(cell.itertext()) for cell in row] for row in rows)), has_header=_has_header(rows)
    )


def _has_header(rows: Sequence[Sequence[Any]]) -> bool | None:
    """Whether the markup tells: cells that span others leave gaps, so that a name would stand above the wrong one."""
    below = [row for row in rows if len(row) > 1]
    if len({len(row) for row in below}) > 1:
        return False
    return True if below and all(cell.tag == "th" for cell in below[0]) else None


def _light_tokenizer() -> ModuleType:
    """Stands in for unstructured.nlp.tokenize, whose three functions only serve the guess at titles."""
    words = re.compile(r"\w+|[^\w\s]")
    module = ModuleType(_TOKENIZER)
    functions = {
        "word_tokenize": words.findall,
        "sent_tokenize": lambda text: [text],
        "pos_tag": lambda text: [(word, "") for word in words.findall(text)],
    }
    for name, function in functions.items():
        setattr(module, name, function)
    return module
