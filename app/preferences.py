"""What was chosen in the page, kept for the next start. Knows one JSON file; knows nothing of models and the page.

What Docent is started with wins: a setting that the environment or the command line fixes is neither taken from the
file nor written to it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import Any, TypeVar

from pydantic import ConfigDict, ValidationError

from app.settings import AnswerSettings, AppSettings
from ingest.errors import SettingsError

FILE = "settings.json"
# These say together which model answers; where the start names a model, none of them is taken from the file.
MODEL = frozenset({"llm", "llm_url", "llm_key", "llm_context", "llm_bits"})
_NAMES_A_MODEL = frozenset({"llm", "llm_url"})
_MAX_BYTES = 1_000_000

S = TypeVar("S", bound=AnswerSettings)


class Preferences(AnswerSettings):
    """Only the fields that were chosen count: `model_fields_set`."""

    model_config = ConfigDict(extra="forbid")

    def chosen(self, *, with_key: bool = False) -> dict[str, Any]:
        """The chosen values as JSON has them; the key of the server only when asked for."""
        values = self.model_dump(mode="json", exclude_unset=True, exclude={"llm_key"})
        if with_key and self.llm_key is not None:
            values["llm_key"] = self.llm_key.get_secret_value()
        return values


class PreferenceStore:
    """The preferences in `data_dir`, for a Docent that was started with `started`. Safe to call from any thread."""

    def __init__(self, started: AppSettings) -> None:
        self._path = started.data_dir / FILE
        self._started = started
        self._lock = Lock()
        self._preferences = _read(self._path)

    @property
    def fixed(self) -> frozenset[str]:
        """The settings that the environment or the command line decides."""
        given = self._started.model_fields_set & set(Preferences.model_fields)
        return frozenset(given | MODEL if given & _NAMES_A_MODEL else given)

    @property
    def model_is_chosen(self) -> bool:
        """Whether the model is the file's choice, not the start's."""
        return "llm" in self._preferences.model_fields_set and "llm" not in self.fixed

    def applied(self, settings: S) -> S:
        """`settings` with what was chosen, except for what is fixed."""
        return settings.model_copy(update=self._update())

    def with_model(self, settings: S) -> S:
        """`settings` with the chosen model only: how it is asked belongs to each conversation."""
        return settings.model_copy(update={name: value for name, value in self._update().items() if name in MODEL})

    def keep(self, changes: Mapping[str, Any], *, remember_key: bool = False) -> None:
        """Remember these settings, except for fixed ones, and forget those that are None.

        Raises SettingsError for a bad value, and then remembers none of them.
        """
        with self._lock:
            values = self._preferences.chosen(with_key=True) | dict(changes)
            values = {name: value for name, value in values.items() if value is not None}
            if not remember_key and _NAMES_A_MODEL & changes.keys():
                values.pop("llm_key", None)
            self._write(checked(values, "The setting cannot be kept"))

    def chosen(self) -> dict[str, Any]:
        """What was chosen, as JSON has it, without the key."""
        return self._preferences.chosen()

    def replace(self, preferences: Preferences) -> None:
        """Remember these settings and forget all others; a key stays as long as its server does."""
        with self._lock:
            kept = self._preferences
            same_server = kept.llm_url is not None and kept.llm_url == preferences.llm_url
            key = {"llm_key": kept.llm_key} if same_server and kept.llm_key else {}
            self._write(preferences.model_copy(update=key))

    def _update(self) -> dict[str, Any]:
        kept, fixed = self._preferences, self.fixed
        update = {name: getattr(kept, name) for name in kept.model_fields_set - fixed}
        if self.model_is_chosen:
            update["llm_key"] = kept.llm_key  # the start's key, if any, was not meant for this server
            update.setdefault("llm_url", None)
        return update

    def _write(self, preferences: Preferences) -> None:
        values = preferences.chosen(with_key=True)
        kept = {name: value for name, value in values.items() if name not in self.fixed}
        _replace_file(self._path, json.dumps(kept, ensure_ascii=False, indent=2))
        self._preferences = preferences


def parsed(text: str, what: str) -> dict[str, Any]:
    """The JSON object in `text`; raises SettingsError that begins with `what`."""
    try:
        values = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"{what} is not JSON: {error}. Choose a file that Docent has exported.") from error
    if not isinstance(values, dict):
        raise SettingsError(f"{what} holds {type(values).__name__} instead of an object. Choose an exported file.")
    return values


def checked(values: Mapping[str, Any], what: str) -> Preferences:
    """The values as preferences; raises SettingsError that begins with `what` and names each bad value."""
    try:
        return Preferences.model_validate(values)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))} = {_shown(fault)}: {fault['msg']}" for fault in error.errors()
        )
        raise SettingsError(f"{what}: {faults}. Correct it and try again.") from None  # the cause may show the key


def _shown(fault: Any) -> str:
    return "***" if "llm_key" in fault["loc"] else repr(fault["input"])[:80]


def _read(path: Path) -> Preferences:
    what = f"The settings in {path} cannot be used"
    try:
        if not path.is_file():
            return Preferences.model_validate({})
        if (size := path.stat().st_size) > _MAX_BYTES:
            raise SettingsError(f"{what}: {size} bytes are too many. Mend or delete the file.")
        return checked(parsed(path.read_text(encoding="utf-8"), what), what)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{what}: {error}. Mend or delete the file.") from error


def _replace_file(path: Path, text: str) -> None:
    """Write all of it or nothing; only this user may read it, for it may hold a key."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # NamedTemporaryFile makes it with mode 0600, and os.replace keeps that.
        with NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-", delete=False, encoding="utf-8") as file:
            try:
                file.write(f"{text}\n")
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, path)
            except BaseException:
                with suppress(OSError):
                    os.unlink(file.name)
                raise
    except OSError as error:
        raise SettingsError(f"The settings cannot be written to {path}: {error}. Make the folder writable.") from error
