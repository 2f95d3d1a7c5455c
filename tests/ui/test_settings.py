"""Claims about the settings panel and the status line, made in a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pydantic import SecretStr

from app.settings import AppSettings
from app.types import Language, ModelKind, ModelStatus
from app.ui.settings.models import chosen_model
from app.ui.texts import load_texts
from ingest.errors import SettingsError
from tests.ui.conftest import ask
from tests.ui.fake import FakeWorkspace


@pytest.fixture
def settings(page: Page) -> Page:
    page.get_by_role("button", name="Settings").click()
    return page


def test_built_in_reader_says_that_it_quotes(page: Page) -> None:
    expect(page.locator("#status")).to_contain_text("Built-in reader on cpu")
    expect(page.locator("#status .badge")).to_have_text("quotes, does not compose")


def test_sampling_cannot_be_set_for_a_model_that_has_no_use_for_it(settings: Page) -> None:
    settings.get_by_role("button", name="How the model picks its words").click()
    expect(settings.locator("#settings-pane").get_by_label("Temperature")).to_be_disabled()
    expect(settings.locator("#unsupported")).to_contain_text("The present model has no use for: Temperature, Top-p")


def test_model_server_is_taken_into_use(settings: Page) -> None:
    settings.locator("#settings-pane").get_by_label("Model server").check()
    settings.locator("#settings-pane").get_by_label("Base URL").fill("http://127.0.0.1:11434/v1")
    settings.locator("#settings-pane").get_by_label("Model name on the server").fill("qwen3")
    settings.get_by_role("button", name="Use this model").click()
    expect(settings.locator("#model-result")).to_contain_text("qwen3 answers now, on http://127.0.0.1:11434/v1")
    expect(settings.locator("#status")).to_contain_text("qwen3 on http://127.0.0.1:11434/v1")
    expect(settings.locator("#status .badge")).to_have_count(0)
    expect(settings.locator("#model-card")).to_contain_text("4,096 tokens")
    settings.get_by_role("button", name="How the model picks its words").click()
    expect(settings.locator("#settings-pane").get_by_label("Temperature")).to_be_enabled()


def test_model_that_cannot_be_had_is_explained_and_the_old_one_stays(settings: Page) -> None:
    settings.locator("#settings-pane").get_by_label("Model on this machine").check()
    settings.locator("#settings-pane").get_by_label("Folder or hub name").fill("missing")
    settings.get_by_role("button", name="Use this model").click()
    expect(settings.locator("#model-result .notice")).to_contain_text("There is no model 'missing' here.")
    expect(settings.locator("#model-result .notice")).to_contain_text("The model before it goes on answering.")
    expect(settings.locator("#status")).to_contain_text("Built-in reader")


def test_page_says_that_it_is_warming_up_until_it_is_ready(
    open_page: Callable[..., Page], workspace: FakeWorkspace
) -> None:
    workspace.add_samples()
    model, workspace.model = workspace.model, None
    page = open_page()
    expect(page.locator("#status")).to_contain_text("Warming up…")
    expect(page.locator("#welcome")).to_contain_text("The models are being loaded.")
    workspace.model = model
    expect(page.locator("#status")).to_contain_text("Ready")


def test_problem_of_the_workspace_is_shown(page: Page, workspace: FakeWorkspace) -> None:
    workspace.problem = "The index was built with 'x'; the settings ask for 'y'. Run `make rebuild`."
    expect(page.get_by_role("alert")).to_contain_text(workspace.problem)
    expect(page.locator("#status")).to_contain_text("Needs attention")


def test_threshold_and_passages_go_with_the_question(settings: Page, workspace: FakeWorkspace) -> None:
    settings.locator("#settings-pane").get_by_label("number input for Answer when at least this sure").fill("0.8")
    settings.locator("#settings-pane").get_by_label("number input for Passages to read").fill("3")
    settings.keyboard.press("Tab")
    ask(settings, "returns?")
    expect(settings.locator("#current .card")).to_have_count(2)
    assert (workspace.asked[-1][2].threshold, workspace.asked[-1][2].top_k) == (0.8, 3)


def test_key_of_the_configuration_goes_only_to_its_own_server() -> None:
    configured = AppSettings(llm="m", llm_url="https://api.example/v1", llm_key=SecretStr("secret"))
    texts = load_texts(Language.ENGLISH)

    def choice(url: str) -> object:
        fields = ("", 0, url, "m", "", False, "")
        return chosen_model(ModelKind.SERVER, *fields, settings=configured, texts=texts).llm_key

    assert choice("https://api.example/v1") == "secret"
    assert choice("https://evil.example/v1") is None


@pytest.mark.parametrize(
    ("kind", "url", "model", "context", "complaint"),
    [
        (ModelKind.TRANSFORMERS, "", "", "", "Name the model first"),
        (ModelKind.SERVER, "", "m", "", "base URL first"),
        (ModelKind.SERVER, "http://127.0.0.1/v1", "", "", "Name the model first"),
        (ModelKind.SERVER, "http://127.0.0.1/v1", "m", "4k", "context length cannot be 4k"),
    ],
)
def test_missing_field_is_named(kind: ModelKind, url: str, model: str, context: str, complaint: str) -> None:
    fields, texts = (" ", 0, url, model, "", False, context), load_texts(Language.ENGLISH)
    with pytest.raises(SettingsError, match=complaint):
        chosen_model(kind, *fields, settings=AppSettings(), texts=texts)


def test_status_of_a_composing_model_has_no_quotes_badge(
    open_page: Callable[..., Page], workspace: FakeWorkspace
) -> None:
    workspace.model = ModelStatus(ModelKind.TRANSFORMERS, "Qwen/Qwen3-0.6B", "cuda:0", 40_960)
    page = open_page()
    expect(page.locator("#status")).to_contain_text("Qwen/Qwen3-0.6B on cuda:0")
    expect(page.locator("#status .badge")).to_have_count(0)
