"""Say in the page's language what went wrong or should be known. Knows wordings, not what they mean.

Messages arise in English, deep in the program, for the log and the command line, and so they are kept with documents
and conversations. As with gettext, the English wording is the key: texts/messages.<language>.json translates it, with
{names} for what differs. What stands there may be a message itself, such as the reason within a complaint.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from string import Formatter

from app.types import Language

# Bounds on the work that a message can make which somebody wrote on purpose, in a file name for instance.
_LONGEST = 4000  # characters of all
_LONGEST_ONE = 1000  # of one message; the longest with its values has about 500
_MOST_SENTENCES = 60
_SENTENCES_OF_ONE = 6  # at most, of one message
_DEEPEST = 4  # messages within messages
_SENTENCE_END = re.compile(r"(?<=[.!?]) ")


@dataclass(frozen=True, slots=True)
class Wording:
    """One message: the English that it is known by, and how the other language puts it."""

    english: re.Pattern[str]
    words: str


@lru_cache(maxsize=4096)
def in_language(message: str, language: Language) -> str:
    """An English message, or several in one line, in this language; what has no translation stays as it is."""
    wordings = _wordings(language)
    return _said(message, wordings, _DEEPEST) if wordings and len(message) <= _LONGEST else message


def _said(message: str, wordings: tuple[Wording, ...], depth: int) -> str:
    whole = _translated(message, wordings, depth)
    if whole is not None:
        return whole
    sentences = _SENTENCE_END.split(message)
    several = 1 < len(sentences) <= _MOST_SENTENCES
    return "".join(_one_by_one(sentences, wordings, depth)).rstrip() if several else message


def _one_by_one(sentences: list[str], wordings: tuple[Wording, ...], depth: int) -> Iterator[str]:
    """Each message in its turn, taken to be as long as can be."""
    begin = 0
    while begin < len(sentences):
        for end in range(min(len(sentences), begin + _SENTENCES_OF_ONE), begin, -1):
            said = _translated(" ".join(sentences[begin:end]), wordings, depth)
            if said is not None:
                yield said
                begin = end
                break
        else:
            yield f"{sentences[begin]} "
            begin += 1


def _translated(message: str, wordings: tuple[Wording, ...], depth: int) -> str | None:
    for wording in wordings if depth and len(message) <= _LONGEST_ONE else ():
        if found := wording.english.fullmatch(message):
            parts = {name: _said(part, wordings, depth - 1) for name, part in found.groupdict().items()}
            return wording.words.format(**parts)
    return None


@cache
def _wordings(language: Language) -> tuple[Wording, ...]:
    """Those with the most words of their own first, so that none is taken for a vaguer one."""
    source = files("app.ui").joinpath("texts", f"messages.{language.value}.json")
    entries: dict[str, str] = json.loads(source.read_text(encoding="utf-8")) if source.is_file() else {}
    ranked = sorted(entries, key=lambda english: -sum(len(literal) for literal, *_ in Formatter().parse(english)))
    return tuple(Wording(_pattern(english), entries[english]) for english in ranked)


def _pattern(english: str) -> re.Pattern[str]:
    """Values are matched as short as can be; quotes around one are those that repr() chose."""
    pattern, seen = "", set[str]()
    for literal, name, *_ in Formatter().parse(english):
        pattern += re.escape(literal)
        if name:
            pattern += f"(?P={name})" if name in seen else f"(?P<{name}>.*?)"
            seen.add(name)
    quoted = re.sub(r"'(\(\?P<\w+>\.\*\?\))'", r"""['"]\1['"]""", pattern)
    return re.compile(quoted, re.DOTALL)
