"""Read program sources and settings. The stored text is the file's own; definitions are kept whole where they fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ingest.parse.assemble import Span, document
from ingest.parse.decode import decode
from ingest.parse.options import ReadOptions
from ingest.types import ElementKind, ParsedDocument

SUFFIXES = (
    *(".py", ".pyi", ".js", ".jsx", ".mjs", ".ts", ".tsx", ".vue", ".java", ".kt", ".scala", ".groovy", ".gradle"),
    *(".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".cs", ".m", ".go", ".rs", ".swift", ".dart", ".rb", ".php"),
    *(".pl", ".pm", ".lua", ".r", ".jl", ".hs", ".ml", ".ex", ".exs", ".erl", ".clj", ".lisp", ".el", ".vb", ".f90"),
    *(".sh", ".bash", ".zsh", ".ps1", ".bat", ".cmd", ".sql", ".graphql", ".proto", ".tf", ".cmake", ".css", ".scss"),
    *(".less", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".properties", ".diff", ".patch", ".bib"),
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufeff]")  # made spaces one for one: positions stay
_LONGEST = 2_000  # characters of an element; the next blank line after that ends it
_SMALL = 400  # characters: definitions shorter than this share an element with the next
_BLOCK = re.compile(r"[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*")  # lines without a blank one between
_CONTINUES = re.compile(r"[ \t)\]}#]|(?:else|elif|except|finally|catch|end|esac|fi|done)\b")


def read(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a source file of any language."""
    return parse_source(decode(path.read_bytes()))


def parse_source(text: str) -> ParsedDocument:
    """Blocks of code as ranges into the text, cut between definitions and at blank lines."""
    text = _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    return document(text, list(_spans(text)))


def _spans(text: str) -> Iterator[Span]:
    start = end = -1
    for block in _BLOCK.finditer(text):
        first, last = _stripped(text, *block.span())
        if start >= 0 and _is_boundary(text[block.start() : block.end()], end - start, last - start):
            yield Span(start, end, ElementKind.CODE)
            start = -1
        if start < 0:
            start = first
        end = last
    if start >= 0:
        yield Span(start, end, ElementKind.CODE)


def _is_boundary(block: str, length: int, joined: int) -> bool:
    """Whether an element ends before this block: at a new top-level definition, or anywhere once it is long."""
    if joined > _LONGEST:
        return True
    return length >= _SMALL and _CONTINUES.match(block) is None


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while text[start].isspace():
        start += 1
    while text[end - 1].isspace():
        end -= 1
    return start, end
