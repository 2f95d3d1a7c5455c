"""Say whether pdfium may look for fonts on this machine. Knows its search for fonts; knows no page.

For a font that is not in the file pdfium takes one of the machine's, and draws each of its characters twice in
memory to learn how large they are: 40 ms for a page of Chinese, which takes 1.4 ms without. Its text, and the boxes
that lines are made of, stand in the file. So text is read without, and the same on every machine; pages are drawn with.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any


@contextmanager
def machine_fonts(*, allowed: bool) -> Iterator[None]:
    """For pages that are loaded meanwhile. What a document has found for one page, or not, it keeps for the others."""
    search = _search()
    before, search.allowed = search.allowed, allowed
    try:
        yield
    finally:
        search.allowed = before


@cache
def _search() -> Any:
    import pypdfium2

    class Search(pypdfium2.PdfSysfontBase):  # type: ignore[misc]
        """Pdfium's own search, which can be switched off."""

        allowed = True

        def MapFont(self, *wanted: Any) -> Any:  # noqa: N802
            return super().MapFont(*wanted) if self.allowed else None

        def GetFont(self, *wanted: Any) -> Any:  # noqa: N802
            return super().GetFont(*wanted) if self.allowed else None

    search = Search()
    search.setup()
    return search
