"""Edited prompts: checked before they are kept, and as easily left again; and settings carried in a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.own_prompts import OwnPrompts, answer_file
from app.preferences import FILE, PreferenceStore
from app.prompt import prompt_text
from app.settings import AppSettings
from app.settings_file import exported, take_in
from app.types import AnswerStyle, Language
from ingest.errors import SettingsError

NAME = answer_file(Language.ENGLISH)
EDITED = prompt_text(NAME).replace("You answer questions", "You are a pirate who answers questions")


@pytest.fixture
def prompts(tmp_path: Path) -> OwnPrompts:
    return OwnPrompts(tmp_path / "prompts")


@pytest.fixture
def store(tmp_path: Path) -> PreferenceStore:
    return PreferenceStore(AppSettings(data_dir=tmp_path))


def system(prompts: OwnPrompts, style: AnswerStyle = AnswerStyle.CONCISE, instructions: str = "") -> str:
    template = prompts.load().styled(style, instructions).answer[Language.ENGLISH]
    return template.format_messages(sources="", question="?", history=[])[0].text


def test_edited_prompt_is_used_until_it_is_reset(prompts: OwnPrompts) -> None:
    prompts.save({NAME: EDITED})
    assert "pirate" in system(prompts)
    assert prompts.text(NAME).strip() == EDITED
    prompts.reset(NAME)
    assert "pirate" not in system(prompts)
    assert prompts.texts() == {}


def test_prompt_saved_unchanged_is_no_edit(prompts: OwnPrompts) -> None:
    prompts.save({NAME: EDITED})
    prompts.save({NAME: prompt_text(NAME)})
    assert prompts.texts() == {}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (EDITED.replace("{sources}", ""), r"lacks \{sources\}"),
        (EDITED.replace("{style}", ""), r"lacks \{style\}"),
        (EDITED + "\n{mood}", r"uses \{mood\}, which nothing fills in"),
        (EDITED + "\n{", "malformed variable"),
        (" ", "is empty"),
        ("No section.", "must begin with a line such as '## system'"),
    ],
)
def test_bad_prompt_is_refused_and_the_fault_named(prompts: OwnPrompts, text: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        prompts.save({NAME: text})
    assert prompts.texts() == {}


def test_only_known_prompts_can_be_written(prompts: OwnPrompts, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no prompt '\.\./evil\.md' to be edited"):
        prompts.save({"../evil.md": EDITED})
    assert list(tmp_path.iterdir()) == []


def test_draft_is_tried_without_being_kept(prompts: OwnPrompts) -> None:
    messages = (
        prompts.load({NAME: EDITED}).answer[Language.ENGLISH].format_messages(sources="", question="?", history=[])
    )
    assert "pirate" in messages[0].text
    assert prompts.texts() == {}


def test_style_is_what_the_model_is_told(prompts: OwnPrompts) -> None:
    concise, detailed = (system(prompts, style) for style in (AnswerStyle.CONCISE, AnswerStyle.DETAILED))
    assert "one to three sentences" in concise
    assert "in detail" in detailed
    own = system(prompts, AnswerStyle.CUSTOM, "Answer in {rhymes}.")
    assert "Answer in {rhymes}." in own
    assert system(prompts, AnswerStyle.CUSTOM, "  ") == concise


def test_exported_settings_are_taken_in_elsewhere(prompts: OwnPrompts, store: PreferenceStore, tmp_path: Path) -> None:
    store.keep({"top_k": 3, "style": "detailed", "llm": "qwen3", "llm_url": "http://127.0.0.1:1/v1"})
    prompts.save({NAME: EDITED})
    elsewhere = AppSettings(data_dir=tmp_path / "elsewhere")
    other, others = PreferenceStore(elsewhere), OwnPrompts(tmp_path / "elsewhere" / "prompts")
    others.save({answer_file(Language.CHINESE): prompt_text(answer_file(Language.CHINESE)) + "\n谢谢。"})
    take_in(exported(store, prompts), other, others)
    assert (other.applied(elsewhere).top_k, other.applied(elsewhere).llm) == (3, "qwen3")
    assert others.texts().keys() == {NAME}


def test_key_is_in_no_export_and_stays_where_it_is(prompts: OwnPrompts, store: PreferenceStore, tmp_path: Path) -> None:
    server = {"llm": "qwen3", "llm_url": "https://models.example/v1", "llm_key": "sk-secret"}
    store.keep(server, remember_key=True)
    text = exported(store, prompts)
    assert "sk-secret" not in text
    take_in(text, store, prompts)
    assert "sk-secret" in (tmp_path / FILE).read_text()
    take_in(text.replace("models.example", "evil.example"), store, prompts)
    assert "sk-secret" not in (tmp_path / FILE).read_text()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"docent_settings": 2}, "its docent_settings is 2, and this Docent reads 1"),
        ({"top_k": 0}, "top_k = 0: Input should be greater than or equal to 1"),
        ({"colour": "red"}, "colour = 'red': Extra inputs are not permitted"),
        ({"llm_key": "sk"}, "it holds llm_key"),
        ({"prompts": ["x"]}, "prompts are not an object of texts"),
        ({"prompts": {NAME: "## system\n{mood}"}}, r"answer\.en\.md lacks"),
    ],
)
def test_bad_file_is_refused_and_changes_nothing(
    prompts: OwnPrompts, store: PreferenceStore, change: dict[str, object], complaint: str
) -> None:
    store.keep({"top_k": 3})
    prompts.save({NAME: EDITED})
    text = json.dumps({**json.loads(exported(store, prompts)), "threshold": 0.9, **change})
    with pytest.raises(SettingsError, match=complaint):
        take_in(text, store, prompts)
    assert store.chosen() == {"top_k": 3}
    assert prompts.texts().keys() == {NAME}


@pytest.mark.parametrize("text", ["", "{", "[1]", '"x"'])
def test_file_that_is_no_export_is_said(prompts: OwnPrompts, store: PreferenceStore, text: str) -> None:
    with pytest.raises(SettingsError, match="The settings file cannot be used"):
        take_in(text, store, prompts)
