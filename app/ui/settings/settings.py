"""The settings panel: who answers, for everyone; how answers are made, for this conversation; and both as a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.models.fetch import Fetch
from app.models.memory import Memory
from app.own_prompts import answer_file
from app.preferences import MODEL, Preferences
from app.settings import AppSettings
from app.settings_file import take_in
from app.types import Language, ModelChoice, ModelStatus
from app.ui.markup import Markup
from app.ui.parts import label_html, on
from app.ui.settings.answer_fields import AnswerPanel, Fields, build_answer_fields, unsupported_html, wire_answer_fields
from app.ui.settings.models import ModelsPanel, applied_words, build_models, model_fields, note, show_group, wire_models
from app.ui.settings.models_html import card_html, fetch_html
from app.ui.settings.prompt_editor import PromptEditor, build_prompt_editor, wire_prompt_editor
from app.ui.settings.sampling import FIELDS, NAMES, sampling_of
from app.ui.settings.settings_link import PATH
from app.ui.texts import Texts, load_texts, preferred_language
from app.ui.workspace import Workspace
from ingest.errors import DocentError, SettingsError


@dataclass(frozen=True, slots=True)
class SettingsPanel:
    """The panel's parts."""

    models: ModelsPanel
    answers: AnswerPanel
    prompts: PromptEditor
    compare: gr.Button  # opens the view of two settings side by side
    fixed: gr.HTML
    upload: gr.UploadButton
    result: gr.HTML

    @property
    def answering(self) -> Fields:
        """What a question is asked with, in the order of Sampling's fields."""
        return self.answers.fields

    @property
    def drawn(self) -> Sequence[gr.components.Component]:
        """What changes without a click, in the order of `draw_settings`."""
        return (self.models.card, self.models.fetch, self.answers.unsupported, *self.answers.sampling)

    @property
    def opened(self) -> list[gr.blocks.Block]:
        """What is filled in when the page is opened, in the order of `SettingsHandlers.opened`."""
        models = self.models
        return [
            models.kind,
            *models.choice,
            *models.groups,
            *self.answering,
            self.fixed,
            self.prompts.which,
            self.prompts.text,
        ]


def build_settings(settings: AppSettings, i18n: gr.I18n) -> SettingsPanel:
    """Lays out the panel with the values Docent was started with."""
    label_html("p", i18n("settings.at_once"), elem_id="settings-at-once")
    fixed = gr.HTML(elem_id="fixed", apply_default_css=False)
    models = build_models(settings, i18n)
    answers = build_answer_fields(sampling_of(settings), i18n)
    compare = gr.Button(i18n("compare.open"), size="sm", elem_id="open-compare")
    prompts = build_prompt_editor(i18n)
    with gr.Accordion(i18n("settings.file"), open=False, elem_id="settings-file"):
        label_html("p", i18n("settings.file_about"))
        with gr.Row(elem_classes="buttons"):
            gr.HTML(f'<a class="quiet" href="{PATH}" download>{i18n("settings.export")}</a>', apply_default_css=False)
            upload = gr.UploadButton(
                i18n("settings.import"),  # type: ignore[arg-type] # translated as a button's is, and not annotated so
                file_types=[".json"],
                type="binary",
                size="sm",
                min_width=0,
            )
        result = gr.HTML(elem_id="settings-result", apply_default_css=False)
    return SettingsPanel(models, answers, prompts, compare, fixed, upload, result)


def wire_settings(
    panel: SettingsPanel, asked_with: Sequence[gr.components.Component], load: Callable[..., Any], workspace: Workspace
) -> None:
    """Connects the panel. `asked_with`: the language and the shelf; `load`: the event of the page being opened."""
    handlers = SettingsHandlers(workspace)
    language = asked_with[0]
    wire_models(panel.models, language, workspace)
    wire_answer_fields(panel.answers, language, workspace)
    wire_prompt_editor(panel.prompts, asked_with, panel.answering, workspace)
    on(load, handlers.opened, [], panel.opened)
    panel.upload.upload(
        handlers.take_in,
        [language, panel.upload],
        [panel.result, *panel.opened],
        show_progress="hidden",
        concurrency_limit=None,
        api_visibility="private",
    )


def draw_settings(
    model: ModelStatus | None, memory: Memory | None, fetch: Fetch | None, texts: Texts
) -> tuple[Any, ...]:
    """The parts in the order of `SettingsPanel.drawn`."""
    return (
        card_html(model, memory, texts),
        fetch_html(fetch, texts),
        unsupported_html(model, texts),
        *(gr.update(interactive=model is None or name in model.supports) for name in NAMES),
    )


class SettingsHandlers:
    """What happens to the panel as a whole."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def opened(self, request: gr.Request) -> list[Any]:
        """Fills in what differs from the start: a slow browser may have been typed into already."""
        texts = load_texts(preferred_language(request.cookies, request.headers.get("accept-language", "")))
        start, now = self._fields(self._workspace.settings), self._shown(texts)
        return [gr.skip() if value in start[i : i + 1] else value for i, value in enumerate(now)]

    def take_in(self, language: Language, content: bytes) -> list[Any]:
        """Replaces all settings by those of a file, and uses the model that it names."""
        texts, answering = load_texts(language), self._workspace.answering
        try:
            chosen = take_in(_text(content, texts), answering.preferences, answering.prompts)
            answering.renew()
            words = self._use(chosen, texts)
        except DocentError as error:
            return [note(texts.told(error), "notice"), *(gr.skip() for _ in self._shown(texts))]
        return [note(words, "applied"), *self._shown(texts)]

    def _use(self, chosen: Preferences, texts: Texts) -> str:
        if not chosen.model_fields_set & MODEL or self._workspace.answering.preferences.fixed & MODEL:
            return texts("settings.imported")
        choice = ModelChoice(chosen.llm, chosen.llm_url, None, chosen.llm_context, chosen.llm_bits)
        if self._workspace.answering.fetch.plan(choice) is not None:
            return f"{texts('settings.imported')} {texts('settings.imported_absent', model=choice.llm)}"
        return f"{texts('settings.imported')} {applied_words(self._workspace.use_model(choice), texts)}"

    def _shown(self, texts: Texts) -> list[Any]:
        answering = self._workspace.answering
        return [
            *self._fields(answering.preferences.applied(self._workspace.settings)),
            fixed_html(answering.preferences.fixed, texts),
            texts.language.value,
            answering.prompts.text(answer_file(texts.language)),
        ]

    def _fields(self, settings: AppSettings) -> list[Any]:
        sampling, fields = sampling_of(settings), model_fields(settings)
        return [*fields, *show_group(fields[0]), *(getattr(sampling, name) for name in FIELDS)]


def fixed_html(fixed: frozenset[str], texts: Texts) -> Markup:
    """Which settings are decided outside of the page, and what that means."""
    if not fixed:
        return Markup()
    model = [texts("settings.model")] if fixed & MODEL else []
    names = [f"{texts(f'settings.{name}')} (DOCENT_{name.upper()})" for name in sorted(fixed - MODEL)]
    return note(texts("settings.fixed", names=texts("settings.list_separator").join((*model, *names))), "aside")


def _text(content: bytes, texts: Texts) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise SettingsError(texts("settings.not_text")) from error
