"""What the page says, in each language it speaks. Knows which language a browser asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from app.types import Language
from app.ui.messages import in_language

LANGUAGE_COOKIE = "docent_language"  # set by the page's language switch; outranks the browser's languages


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language by key; calling it fills in the named values."""

    language: Language
    entries: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        return self.entries[key].format(**values)

    def told(self, message: object) -> str:
        """What an error or a notice says, in this language."""
        return in_language(str(message), self.language)


@cache
def load_texts(language: Language) -> Texts:
    """The texts in app/ui/texts/<language>.json."""
    source = files("app.ui").joinpath("texts", f"{language.value}.json")
    return Texts(language, json.loads(source.read_text(encoding="utf-8")))


def preferred_language(cookies: Mapping[str, str], accept_language: str) -> Language:
    """The chosen language, else the best one of the browser's; Chinese of every region is Chinese, all else English."""
    chosen = cookies.get(LANGUAGE_COOKIE)
    if chosen in set(Language):
        return Language(chosen)
    for tag in _by_preference(accept_language):
        primary = tag.partition("-")[0].lower()
        if primary in set(Language):
            return Language(primary)
    return Language.ENGLISH


def _by_preference(accept_language: str) -> list[str]:
    """Language tags of an Accept-Language header, most wanted first; a malformed weight counts as unwanted."""
    weighted: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        tag, _, parameter = part.strip().partition(";")
        weighted.append((_weight(parameter), tag.strip()))
    return [tag for weight, tag in sorted(weighted, key=lambda pair: -pair[0]) if weight > 0]


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
