"""Read Jupyter notebooks. Knows cells and their outputs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.errors import BrokenDocument
from ingest.parse.assemble import Piece, assemble
from ingest.parse.decode import decode
from ingest.parse.options import ReadOptions
from ingest.parse.web import html_pieces
from ingest.types import ElementKind, ParsedDocument

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # of tracebacks and progress bars
_LONGEST_OUTPUT = 5_000  # characters of one output; logs of training runs go on for ever


def read(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a .ipynb file: Markdown with its headings, code, and what the code wrote; pictures are left out."""
    try:
        notebook = json.loads(decode(path.read_bytes()))
        sheets = notebook.get("worksheets") or [notebook]  # before 2015 cells stood in worksheets
        cells = [cell for sheet in sheets for cell in sheet["cells"]]
    except (json.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
        raise BrokenDocument(
            f"The file is no notebook ({type(error).__name__}: {error}). Open it in Jupyter, save it anew and "
            "add it again."
        ) from error
    return assemble(piece for cell in cells for piece in _cell(cell))


def _cell(cell: dict[str, Any]) -> Iterator[Piece]:
    source = _text(cell.get("source", cell.get("input", "")))
    kind = cell.get("cell_type")
    if kind == "markdown":
        yield from _markdown(source)
    elif kind == "heading":
        yield Piece(source, ElementKind.HEADING, int(cell.get("level", 1)) - 1)
    else:
        yield Piece(source, ElementKind.CODE)
        for output in cell.get("outputs", ()):
            yield Piece(_output(output), ElementKind.CODE)


def _markdown(source: str) -> list[Piece]:
    from markdown_it import MarkdownIt

    if not source.strip():
        return []
    return html_pieces(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(source))


def _output(output: dict[str, Any]) -> str:
    if output.get("output_type") in ("error", "pyerr"):
        text = f"{output.get('ename', '')}: {output.get('evalue', '')}"
    else:
        data = output.get("data", output)
        text = _text(data.get("text/plain", data.get("text", "")))
    text = _COLOURS.sub("", text)
    return text if len(text) <= _LONGEST_OUTPUT else f"{text[:_LONGEST_OUTPUT]}\n…"


def _text(source: object) -> str:
    """Notebooks write text as a string or as a list of lines."""
    return "".join(map(str, source)) if isinstance(source, list) else str(source)
