"""How much of a true text stands in another: words, and characters of Chinese and Japanese. Pure; reads no file."""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
# Markup whose letters no reader of the page sees: comments, pictures, where links lead, escapes.
_UNSEEN = re.compile(r"<!--.*?-->|!\[[^\]]*\]\([^)]*\)", re.DOTALL)
_LINK = re.compile(r"(\[[^\]]*\])\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)")
_ESCAPE = re.compile(r"\\(?=[^\w\s])")


@dataclass(frozen=True, slots=True)
class Match:
    """Counts of words, each as often as it occurs; where words stand does not count."""

    true: int  # words of the true text
    read: int  # words of the text that was read
    shared: int

    @property
    def recall(self) -> float:
        """The share of the true words that was read, in [0, 1]; 1 where there is nothing to read."""
        return self.shared / self.true if self.true else 1.0

    @property
    def precision(self) -> float:
        """The share of what was read that is in the true text, in [0, 1]; 1 where nothing was read."""
        return self.shared / self.read if self.read else 1.0


def match(true_markdown: str, read: str) -> Match:
    """Compare a text with the Markdown that it should be."""
    true, found = words(_visible(true_markdown)), words(read)
    return Match(true.total(), found.total(), (true & found).total())


def together(matches: Iterable[Match]) -> Match:
    """The match of several texts as if they were one."""
    found = list(matches)
    return Match(sum(m.true for m in found), sum(m.read for m in found), sum(m.shared for m in found))


def words(text: str) -> Counter[str]:
    """Words without regard to case and width, and single characters of Chinese and Japanese."""
    return Counter(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _visible(markdown: str) -> str:
    text = _LINK.sub(r"\1", _UNSEEN.sub(" ", markdown))
    return html.unescape(_ESCAPE.sub("", text))
