"""Read HTML and Markdown through unstructured. Knows what that would drop or flatten, and straightens it first."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ingest.parse.assemble import Piece, assemble
from ingest.parse.decode import decode
from ingest.parse.options import ReadOptions
from ingest.parse.partition import partition, pieces
from ingest.types import ElementKind, ParsedDocument

_CHARSET = re.compile(rb"""<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
# unstructured leaves these out as boilerplate; questions and answers, figures and forms are often the very contents.
_BLOCKS = frozenset({"details", "figure", "form", "summary", "dialog", "fieldset", "figcaption", "main"})
_INLINES = frozenset({"label", "button"})
_REMOVED = ("script", "style", "noscript", "template", "head", "nav", "del")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*\n", re.DOTALL)


def read_html(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a .html file; nothing it links to is fetched."""
    data = path.read_bytes()
    declared = _CHARSET.search(data[:4096])
    return assemble(html_pieces(decode(data, declared[1].decode("ascii", "ignore") if declared else None)))


def read_markdown(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a Markdown file: CommonMark with tables.

    markdown-it makes the HTML, as unstructured's own converter needs a blank line before every list.
    """
    from markdown_it import MarkdownIt

    text = decode(path.read_bytes()).replace("\r\n", "\n")
    text = _FRONT_MATTER.sub(lambda block: f"```yaml\n{block[1]}\n```\n\n", text)
    return assemble(html_pieces(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)))


def html_pieces(html: str) -> list[Piece]:
    """The pieces of a page or fragment; the page's title is its first heading where it has none of its own."""
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True)
    root = etree.fromstring(html.encode("utf-8", "ignore"), parser)
    if root is None:
        return []
    title = " ".join("".join(root.xpath("//head/title//text()")).split())
    _straighten(root)
    found = list(pieces(partition("html", text=etree.tostring(root, encoding="unicode", method="html"))))
    if title and found and not any(piece.kind is ElementKind.HEADING and piece.level == 0 for piece in found):
        return [Piece(title, ElementKind.HEADING, -1), *found]
    return found


def _straighten(root: Any) -> None:
    from lxml import etree

    for element in list(root.iter()):
        if element.get("hidden") is not None:
            element.tag = "template"
        elif element.tag in _BLOCKS:
            element.tag = "div"
        elif element.tag in _INLINES:
            element.tag = "span"
        elif element.tag == "ol":
            _number_items(element)
    etree.strip_elements(root, *_REMOVED, with_tail=False)


def _number_items(ordered_list: Any) -> None:
    """Write the numbers that a browser would show: "step 3" is a thing people ask for."""
    start = ordered_list.get("start", "1")
    items = [child for child in ordered_list if child.tag == "li"]
    for number, item in enumerate(items, start=int(start) if start.lstrip("-").isdigit() else 1):
        holder = item
        while not (holder.text or "").strip() and len(holder) and holder[0].tag in ("p", "span", "div", "b", "strong"):
            holder = holder[0]
        holder.text = f"{number}. {(holder.text or '').lstrip()}"
