"""What is chosen in the page outlives the process, and never outranks what Docent is started with."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.preferences import FILE, PreferenceStore
from app.settings import AppSettings
from ingest.errors import SettingsError

SERVER = {"llm": "qwen3", "llm_url": "http://127.0.0.1:11434/v1"}


def settings(folder: Path, **given: object) -> AppSettings:
    return AppSettings.from_mapping({"data_dir": folder, **given})


def test_what_was_kept_is_there_at_the_next_start(tmp_path: Path) -> None:
    PreferenceStore(settings(tmp_path)).keep({"top_k": 3, "style": "detailed", **SERVER})
    started = settings(tmp_path)
    applied = PreferenceStore(started).applied(started)
    assert (applied.top_k, applied.style, applied.llm_url) == (3, "detailed", SERVER["llm_url"])
    assert applied.threshold == started.threshold


def test_nothing_is_written_before_something_is_chosen(tmp_path: Path) -> None:
    PreferenceStore(settings(tmp_path / "data"))
    assert list(tmp_path.iterdir()) == []


def test_start_wins_over_what_was_kept_and_is_not_written(tmp_path: Path) -> None:
    PreferenceStore(settings(tmp_path)).keep({"top_k": 3, "threshold": 0.5})
    started = settings(tmp_path, top_k="9")
    store = PreferenceStore(started)
    assert store.fixed == {"top_k"}
    store.keep({"top_k": 4, "threshold": 0.6})
    assert (store.applied(started).top_k, store.applied(started).threshold) == (9, 0.6)
    assert json.loads((tmp_path / FILE).read_text()) == {"threshold": 0.6}


def test_model_of_the_start_is_not_mixed_with_a_kept_one(tmp_path: Path) -> None:
    PreferenceStore(settings(tmp_path)).keep({**SERVER, "llm_context": 9000})
    started = settings(tmp_path, llm="/models/tiny")
    applied = PreferenceStore(started).with_model(started)
    assert (applied.llm, applied.llm_url, applied.llm_context) == ("/models/tiny", None, None)


def test_key_of_the_start_does_not_go_to_a_server_chosen_in_the_page(tmp_path: Path) -> None:
    PreferenceStore(settings(tmp_path)).keep(SERVER)
    started = settings(tmp_path, llm_key="sk-of-another-server")
    assert PreferenceStore(started).with_model(started).llm_key is None


def test_key_is_kept_only_when_asked_for(tmp_path: Path) -> None:
    store = PreferenceStore(settings(tmp_path))
    store.keep({**SERVER, "llm_key": "sk-secret"}, remember_key=True)
    started = settings(tmp_path)
    assert PreferenceStore(started).with_model(started).llm_key == SecretStr("sk-secret")
    store.keep({"top_k": 4})
    assert "sk-secret" in (tmp_path / FILE).read_text()
    store.keep(SERVER)
    assert "sk-secret" not in (tmp_path / FILE).read_text()


def test_file_is_for_its_owner_only_and_leaves_no_other_behind(tmp_path: Path) -> None:
    store = PreferenceStore(settings(tmp_path))
    store.keep({"top_k": 3})
    store.keep({"top_k": 4})
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_none_forgets_a_choice(tmp_path: Path) -> None:
    store = PreferenceStore(settings(tmp_path))
    store.keep({"temperature": 0.5, "max_tokens": 40})
    store.keep({"temperature": None, "max_tokens": None})
    assert json.loads((tmp_path / FILE).read_text()) == {}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"top_k": 0}, "top_k = 0: .* greater than or equal to 1"),
        ({"threshold": "high"}, "threshold = 'high'"),
        ({"colour": "red"}, "colour = 'red': Extra inputs are not permitted"),
    ],
)
def test_bad_value_is_named_and_what_was_kept_stays(tmp_path: Path, changes: dict[str, object], complaint: str) -> None:
    store = PreferenceStore(settings(tmp_path))
    store.keep({"top_k": 3})
    with pytest.raises(SettingsError, match=complaint):
        store.keep(changes)
    assert json.loads((tmp_path / FILE).read_text()) == {"top_k": 3}


def test_key_is_shown_in_no_complaint(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        PreferenceStore(settings(tmp_path)).keep({"llm_key": ["sk-secret"]}, remember_key=True)
    assert "sk-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("{", "is not JSON"), ("[]", "holds list instead of an object"), ('{"top_k": 99}', "top_k = 99")],
)
def test_file_that_cannot_be_used_is_named_with_the_fault(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(SettingsError, match=rf"{FILE} cannot be used.*{complaint}"):
        PreferenceStore(settings(tmp_path))
