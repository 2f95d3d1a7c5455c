"""Settings as a file to carry elsewhere: what was chosen in the page and the edited prompts, and never a key."""

from __future__ import annotations

import json

from app.own_prompts import EDITABLE, OwnPrompts
from app.preferences import Preferences, PreferenceStore, checked, parsed
from ingest.errors import SettingsError

NAME = "docent-settings.json"
_VERSION = 1  # of the file's format
_WHAT = "The settings file cannot be used"


def exported(preferences: PreferenceStore, prompts: OwnPrompts) -> str:
    """The file's text."""
    values = {"docent_settings": _VERSION, **preferences.chosen(), "prompts": prompts.texts()}
    return json.dumps(values, ensure_ascii=False, indent=2) + "\n"


def take_in(text: str, preferences: PreferenceStore, prompts: OwnPrompts) -> Preferences:
    """Replace what was chosen, prompts included, by what the file says; a kept key stays with its server.

    Raises SettingsError that names the fault, and then changes nothing.
    """
    values = parsed(text, _WHAT)
    version = values.pop("docent_settings", None)
    if version != _VERSION:
        raise SettingsError(
            f"{_WHAT}: its docent_settings is {version!r}, and this Docent reads {_VERSION}. Choose a file that "
            "Docent has exported."
        )
    if "llm_key" in values:
        raise SettingsError(f"{_WHAT}: it holds llm_key. Keys are typed in the page; take it out of the file.")
    own = values.pop("prompts", {})
    if not isinstance(own, dict) or not all(isinstance(text, str) for text in own.values()):
        raise SettingsError(f"{_WHAT}: its prompts are not an object of texts. Choose an exported file.")
    chosen = checked(values, _WHAT)
    prompts.save(own)
    for name in EDITABLE:
        if name not in own:
            prompts.reset(name)
    preferences.replace(chosen)
    return chosen
