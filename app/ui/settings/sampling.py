"""What one conversation asks with: passages, threshold, style, sampling. Checks the values; knows nothing of gradio."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from app.settings import AnswerSettings
from app.types import AnswerStyle, AskOptions, ModelStatus, Rewriting, SearchOptions
from app.ui.texts import Texts
from ingest.errors import SettingsError

NAMES = ("temperature", "top_p", "sampling_top_k", "max_tokens")  # what ModelStatus.supports may hold


@dataclass(frozen=True, slots=True)
class Sampling:
    """The fields of the settings panel as they stand; the texts are numbers as typed, empty for the model's own."""

    top_k: int  # from a slider, so in range
    threshold: float  # likewise
    rewriting: str  # a value of Rewriting
    diversity: float  # from a slider
    merge_neighbours: bool
    whole_sections: bool
    style: str  # a value of AnswerStyle
    instructions: str
    temperature: str
    top_p: str
    sampling_top_k: str
    max_tokens: str

    def options(self, scope: tuple[str, ...], model: ModelStatus | None, texts: Texts) -> AskOptions:
        """The options of a question; what the model does not support is left out. SettingsError on a bad value.

        Before the model is known nothing is asked of it but what its own settings say: it may support none of this.
        """
        supported = frozenset(NAMES) if model is None else model.supports
        typed = {name: typed_number(name, getattr(self, name), texts) for name in NAMES if name in supported}
        values = {} if model is None else typed
        return AskOptions(
            top_k=int(self.top_k),
            threshold=float(self.threshold),
            documents=scope,
            temperature=values.get("temperature"),
            top_p=values.get("top_p"),
            sampling_top_k=_whole(values.get("sampling_top_k")),
            max_tokens=_whole(values.get("max_tokens")),
            style=AnswerStyle(self.style),
            instructions=self.instructions,
            search=SearchOptions(
                Rewriting(self.rewriting), float(self.diversity), self.merge_neighbours, self.whole_sections
            ),
        )

    def kept(self, texts: Texts) -> dict[str, Any]:
        """All of it as preferences, None for the model's own. SettingsError on a bad value."""
        return {field.name: kept_value(field.name, getattr(self, field.name), texts) for field in fields(self)}


FIELDS = tuple(field.name for field in fields(Sampling))


def sampling_of(settings: AnswerSettings) -> Sampling:
    """The fields as these settings fill them."""
    numbers = ("" if (value := getattr(settings, name)) is None else f"{value:g}" for name in NAMES)
    search = settings.rewriting.value, settings.diversity, settings.merge_neighbours, settings.whole_sections
    return Sampling(settings.top_k, settings.threshold, *search, settings.style.value, settings.instructions, *numbers)


def kept_value(name: str, typed: Any, texts: Texts) -> Any:
    """One field as a preference, None where it is left to the model. SettingsError on a bad value."""
    if name not in NAMES:
        return typed
    value = typed_number(name, typed, texts)
    return _whole(value) if name in ("sampling_top_k", "max_tokens") else value


def typed_number(name: str, typed: str, texts: Texts) -> float | None:
    """The number that was typed, None for an empty field; SettingsError when it is none or out of range."""
    if not typed.strip():
        return None
    try:
        value = float(typed)
    except ValueError:
        value = math.nan
    if not _FITS[name](value):
        label, limits = texts(f"settings.{name}"), texts(f"settings.{name}_range")
        raise SettingsError(texts("settings.out_of_range", name=label, value=typed.strip(), range=limits))
    return value


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _counts(value: float) -> bool:
    return value >= 1 and value.is_integer()


_FITS: Mapping[str, Callable[[float], bool]] = {
    "temperature": lambda value: 0 <= value <= 2,
    "top_p": lambda value: 0 < value <= 1,
    "sampling_top_k": _counts,
    "max_tokens": _counts,
}
