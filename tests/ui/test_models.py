"""Claims about choosing, finding and fetching models, and about what is kept, made in a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from app.models.detect import FoundModel, FoundServer
from app.models.fetch import Fetch, FetchState
from app.models.memory import Memory
from app.types import AnswerStyle, Language, ModelKind, ModelStatus
from app.ui.settings.models_html import card_html, fetch_html, found_html, offer_html
from app.ui.settings.settings import fixed_html
from app.ui.texts import load_texts
from ingest.hub import DownloadProgress
from tests.ui.conftest import ask
from tests.ui.fake import HOSTILE, FakeWorkspace
from tests.ui.fake_answering import HUB_MODEL, FakeAnswering

ENGLISH = load_texts(Language.ENGLISH)
SERVER = FoundServer("Ollama", "http://127.0.0.1:11434/v1", (FoundModel("qwen3:8b", 5_200_000_000, 4096),))


@pytest.fixture
def settings(page: Page) -> Page:
    page.get_by_role("button", name="Settings", exact=True).click()
    return page


def field(page: Page, label: str) -> Locator:
    """A field of the settings panel; the view of two settings has the same ones."""
    return page.locator("#settings-pane").get_by_label(label)


def kept(workspace: FakeWorkspace) -> dict[str, object]:
    return workspace.answering.preferences.chosen()


def test_server_on_this_machine_is_found_and_taken_with_one_click(settings: Page, workspace: FakeWorkspace) -> None:
    workspace.answering.servers = [SERVER]
    field(settings, "Model server").check()
    found = settings.get_by_role("button", name="Use qwen3:8b of Ollama")
    expect(found).to_contain_text("5.2 GB · 4,096 tokens")
    found.click()
    expect(settings.locator("#model-result")).to_contain_text("qwen3:8b answers now")
    expect(settings.locator("#model-card")).to_contain_text("http://127.0.0.1:11434/v1")


def test_switch_in_the_middle_loses_nothing_of_the_conversation(settings: Page, workspace: FakeWorkspace) -> None:
    workspace.answering.servers = [SERVER]
    ask(settings, "returns?")
    expect(settings.locator("#current .card")).to_have_count(2)
    field(settings, "Model server").check()
    settings.get_by_role("button", name="Use qwen3:8b of Ollama").click()
    expect(settings.locator("#status")).to_contain_text("qwen3:8b on")
    ask(settings, "And shipping?")
    expect(settings.locator("#past .card")).to_have_count(2)
    assert [turn.question for turn in workspace.asked[-1][1]] == ["returns?"]


def test_download_is_offered_with_size_and_place_before_anything_is_fetched(
    settings: Page, workspace: FakeWorkspace
) -> None:
    field(settings, "Model on this machine").check()
    field(settings, "Folder or hub name").fill(HUB_MODEL)
    settings.get_by_role("button", name="Use this model").click()
    offer = settings.locator("#model-result .offer")
    expect(offer).to_contain_text(
        "takes 1.5 GB and goes to /home/reader/.cache/huggingface/hub, where 52.0 GB are free"
    )
    offer.get_by_role("button", name="Not now").click()
    expect(offer).to_have_count(0)
    assert workspace.answering.fetch.current is None
    settings.get_by_role("button", name="Use this model").click()
    offer.get_by_role("button", name="Download and use").click()
    progress = settings.locator("#fetch")
    expect(progress).to_contain_text("Downloading org/large: 0 B of 1.5 GB")
    fetch = workspace.answering.fetch
    assert fetch.current is not None
    fetch.current = replace(fetch.current, progress=replace(fetch.current.progress, done_bytes=600_000_000))
    expect(progress).to_contain_text("600 MB of 1.5 GB")
    progress.get_by_role("button", name="Cancel").click()
    expect(progress).to_contain_text("What has come stays")
    progress.get_by_role("button", name="OK").click()
    expect(progress.locator("p")).to_have_count(0)


def test_settings_apply_at_once_and_are_there_on_the_next_visit(
    settings: Page, workspace: FakeWorkspace, open_page: Callable[..., Page]
) -> None:
    field(settings, "My own").check()
    field(settings, "How to answer").fill("As a list.")
    field(settings, "number input for Passages to read").fill("3")
    settings.keyboard.press("Tab")
    expect(settings.locator("#kept p")).to_have_count(0)
    ask(settings, "returns?")
    expect(settings.locator("#current .card")).to_have_count(2)
    options = workspace.asked[-1][2]
    assert (options.style, options.instructions, options.top_k) == (AnswerStyle.CUSTOM, "As a list.", 3)
    assert kept(workspace) == {"style": "custom", "instructions": "As a list.", "top_k": 3}
    again = open_page()
    again.get_by_role("button", name="Settings", exact=True).click()
    expect(field(again, "number input for Passages to read")).to_have_value("3")
    expect(field(again, "How to answer")).to_have_value("As a list.")


def test_value_out_of_range_is_said_and_not_kept(settings: Page, workspace: FakeWorkspace) -> None:
    assert workspace.model is not None
    workspace.model = replace(workspace.model, supports=frozenset({"temperature"}))
    settings.get_by_role("button", name="How the model picks its words").click()
    temperature = field(settings, "Temperature")
    expect(temperature).to_be_enabled()
    temperature.fill("9")
    temperature.press("Tab")
    expect(settings.locator("#kept")).to_contain_text("Temperature cannot be 9: it has to be 0 to 2.")
    assert kept(workspace) == {}


def test_prompt_is_edited_tried_refused_and_reset(settings: Page, workspace: FakeWorkspace) -> None:
    settings.get_by_role("button", name="The prompt").click()
    text = settings.locator("#prompt-text textarea")
    expect(text).to_have_value(workspace.answering.prompts.text("answer.en.md"))
    shipped = text.input_value()
    text.fill(shipped.replace("You answer questions", "Ahoy! You answer questions"))
    settings.get_by_role("button", name="Show what the model would see").click()
    preview = settings.locator("#prompt-preview")
    expect(preview.locator("li").first).to_contain_text("Ahoy! You answer questions")
    expect(preview.locator("li").last).to_contain_text("Thirty days.")
    text.fill(shipped.replace("{sources}", ""))
    settings.get_by_role("button", name="Use this prompt").click()
    expect(settings.locator("#prompt-result .notice")).to_contain_text("answer.en.md lacks {sources}")
    text.fill(shipped.replace("You answer questions", "Ahoy! You answer questions"))
    settings.get_by_role("button", name="Use this prompt").click()
    expect(settings.locator("#prompt-result .applied")).to_be_visible()
    assert "Ahoy!" in workspace.answering.prompts.text("answer.en.md")
    settings.get_by_role("button", name="Back to Docent's own").click()
    expect(text).to_have_value(shipped)
    assert workspace.answering.prompts.texts() == {}


def test_settings_are_exported_and_imported_as_a_file(settings: Page, workspace: FakeWorkspace, tmp_path: Path) -> None:
    workspace.answering.preferences.keep({"top_k": 3})
    settings.get_by_role("button", name="Settings as a file").click()
    with settings.expect_download() as download:
        settings.get_by_role("link", name="Export").click()
    exported = json.loads(Path(download.value.path()).read_text())
    assert exported == {"docent_settings": 1, "top_k": 3, "prompts": {}}
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps({**exported, "top_k": 4, "llm": "qwen3", "llm_url": "http://127.0.0.1:1/v1"}))
    settings.locator("#settings-file input[type=file]").set_input_files(changed)
    expect(settings.locator("#settings-result")).to_contain_text("The settings of the file apply now. qwen3 answers")
    expect(field(settings, "number input for Passages to read")).to_have_value("4")
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps({**exported, "top_k": 0}))
    settings.locator("#settings-file input[type=file]").set_input_files(bad)
    expect(settings.locator("#settings-result .notice")).to_contain_text("top_k = 0")


def test_two_settings_answer_one_question_side_by_side(settings: Page, workspace: FakeWorkspace) -> None:
    settings.get_by_role("button", name="Try two settings side by side").click()
    second = settings.locator("#compare-b")
    second.get_by_label("number input for Passages to read").fill("2")
    second.get_by_label("Detailed").check()
    settings.locator("#compare-ask textarea").fill("returns?")
    settings.get_by_role("button", name="Ask both").click()
    for column in ("a", "b"):
        answer = settings.locator(f"#compare-{column} .compared.block")
        expect(answer).to_contain_text("You can return any item within 30 days.[1]")
        expect(answer).to_contain_text("Sure · 93%")
        expect(answer.get_by_role("row", name="Searching")).to_contain_text("0.12 s")
    assert [(options.top_k, options.style) for _, _, options in workspace.asked[-2:]] == [
        (6, AnswerStyle.CONCISE),
        (2, AnswerStyle.DETAILED),
    ]
    second.get_by_role("button", name="Use this setting").click()
    expect(field(settings, "number input for Passages to read")).to_have_value("2")
    assert kept(workspace)["style"] == "detailed"


def test_what_is_fixed_at_the_start_is_named(settings: Page, workspace: FakeWorkspace) -> None:
    expect(settings.locator("#fixed p")).to_have_count(0)
    workspace.answering = FakeAnswering(workspace.use_model, started={"top_k": 9, "llm": "m"})
    settings.reload()
    settings.locator("#welcome h2").wait_for()
    settings.get_by_role("button", name="Settings", exact=True).click()
    expect(settings.locator("#fixed")).to_contain_text("Who answers, Passages to read (DOCENT_TOP_K).")
    expect(field(settings, "number input for Passages to read")).to_have_value("6")


def test_hostile_names_are_text_wherever_models_are_shown() -> None:
    plan = DownloadProgress(HOSTILE, Path(HOSTILE), 1, 2, 3)
    model = ModelStatus(ModelKind.SERVER, HOSTILE, HOSTILE, 4096, notices=(HOSTILE,))
    server = FoundServer(HOSTILE, HOSTILE, (FoundModel(HOSTILE),))
    drawn = [
        card_html(model, Memory(1, 2, 3, True), ENGLISH),
        found_html([server], ENGLISH),
        offer_html(plan, ENGLISH),
        *(fetch_html(Fetch(plan, state, HOSTILE), ENGLISH) for state in FetchState),
        fixed_html(frozenset({"top_k"}), ENGLISH),
    ]
    assert all(HOSTILE not in html for html in drawn)
    assert HOSTILE.replace("<", "&lt;").replace(">", "&gt;") in drawn[0]


@pytest.mark.parametrize("language", list(Language))
def test_every_state_of_a_download_has_its_words(language: Language) -> None:
    plan = DownloadProgress("org/m", Path("/cache"), 1, 2, 3)
    texts = load_texts(language)
    shown = [fetch_html(Fetch(plan, state, "reason"), texts) for state in FetchState if state is not FetchState.DONE]
    assert all("org/m" in html for html in shown)


def test_memory_names_the_models_own_share() -> None:
    model = ModelStatus(ModelKind.TRANSFORMERS, "org/m", "cuda:0", 8192, memory_bytes=1_200_000_000)
    html = card_html(model, Memory(1_400_000_000, 6_000_000_000, 8_000_000_000, True), ENGLISH)
    assert "1.2 GB for the model · 1.4 GB for all of Docent · 6.0 GB of 8.0 GB VRAM free" in html
