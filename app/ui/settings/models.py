"""Who answers: the settings' part in which a model is found, fetched and taken into use, for everyone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.settings import AnswerSettings, AppSettings
from app.types import Language, ModelChoice, ModelKind, ModelStatus
from app.ui.header import model_words
from app.ui.markup import Markup, element
from app.ui.parts import detail, event_html, label_html, on
from app.ui.settings.models_html import found_html, offer_html
from app.ui.texts import Texts, load_texts
from app.ui.workspace import Workspace
from ingest.errors import DocentError, SettingsError
from ingest.hub import DownloadProgress
from ingest.settings import BUILT_IN

Pending = tuple[ModelChoice, DownloadProgress] | None  # a download that waits for a yes


@dataclass(frozen=True, slots=True)
class ModelsPanel:
    """The part's components."""

    card: gr.HTML
    kind: gr.Radio
    groups: tuple[gr.blocks.Block, ...]  # the fields of each kind, in ModelKind's order
    choice: tuple[gr.components.Component, ...]  # in the order of chosen_model's parameters after `kind`
    look: gr.Button
    found: gr.HTML
    apply: gr.Button
    result: gr.HTML
    fetch: gr.HTML
    pending: gr.State


def build_models(settings: AppSettings, i18n: gr.I18n) -> ModelsPanel:
    """Lays the part out with the model of these settings."""
    shown, start = model_fields(settings), kind_of(settings)
    label_html("h2", i18n("settings.model"))
    label_html("p", i18n("settings.model_info"))
    card = gr.HTML(elem_id="model-card", apply_default_css=False)
    kinds = [(i18n(f"settings.{kind.name.lower()}"), kind.value) for kind in ModelKind]
    kind = gr.Radio(kinds, value=start.value, label=i18n("settings.model"), show_label=False, elem_id="model-kind")
    with gr.Group(visible=start is ModelKind.BUILT_IN) as built_in:
        label_html("p", i18n("settings.built_in_about"))
    with gr.Group(visible=start is ModelKind.TRANSFORMERS) as transformers:
        about = i18n("settings.transformers_name_info")
        name = gr.Textbox(shown[1], label=i18n("settings.transformers_name"), info=about)
        widths: list[tuple[Any, int]] = [(i18n("settings.bits_none"), 0), ("8", 8), ("4", 4)]
        bits = gr.Radio(widths, value=shown[2], label=i18n("settings.bits"))
    with gr.Group(visible=start is ModelKind.SERVER) as server:
        look = gr.Button(i18n("found.look"), elem_id="look", size="sm")
        found = event_html("take", elem_id="found")
        url = gr.Textbox(shown[3], label=i18n("settings.url"), info=i18n("settings.url_info"))
        model = gr.Textbox(shown[4], label=i18n("settings.server_model"))
        key = gr.Textbox(type="password", label=i18n("settings.key"), info=i18n("settings.key_info"))
        remember = gr.Checkbox(label=i18n("settings.remember_key"), info=i18n("settings.remember_key_info"))
    has_context = start is not ModelKind.BUILT_IN
    context = gr.Textbox(
        shown[-1], label=i18n("settings.context"), info=i18n("settings.context_info"), visible=has_context
    )
    apply = gr.Button(i18n("settings.apply"), variant="primary", elem_id="apply-model")
    result = event_html("download", "decline", elem_id="model-result")
    fetch = event_html("cancel_fetch", "forget_fetch", elem_id="fetch")
    groups, choice = (built_in, transformers, server, context), (name, bits, url, model, key, remember, context)
    return ModelsPanel(card, kind, groups, choice, look, found, apply, result, fetch, gr.State(None))


def wire_models(panel: ModelsPanel, language: gr.components.Component, workspace: Workspace) -> None:
    """Connects the part."""
    handlers = ModelHandlers(workspace)
    on(panel.kind.change, show_group, [panel.kind], list(panel.groups))
    # Loading a model and asking a port of this machine take time that nobody else should wait for.
    slow: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
    outcome = [panel.result, panel.apply, panel.pending]
    panel.apply.click(handlers.apply, [language, panel.kind, *panel.choice], outcome, **slow)
    panel.found.take(handlers.take, [language], outcome, **slow)
    panel.look.click(handlers.look, [language], [panel.found], **slow)
    panel.kind.input(handlers.look_for_servers, [language, panel.kind], [panel.found], **slow)
    on(panel.result.download, handlers.download, [language, panel.pending], [panel.result, panel.pending])
    on(panel.result.decline, lambda: [Markup(), None], [], [panel.result, panel.pending])
    on(panel.fetch.cancel_fetch, lambda: workspace.answering.fetch.cancel(), [], [])
    on(panel.fetch.forget_fetch, lambda: workspace.answering.fetch.forget(), [], [])


def show_group(kind: str) -> list[Any]:
    shown = [gr.update(visible=kind == one.value) for one in ModelKind]
    return [*shown, gr.update(visible=kind != ModelKind.BUILT_IN)]


def model_fields(settings: AnswerSettings) -> list[Any]:
    """What the fields show for these settings: kind, then the choice. A key is never shown."""
    kind = kind_of(settings)
    name = settings.llm if kind is ModelKind.TRANSFORMERS else ""
    model = settings.llm if kind is ModelKind.SERVER else ""
    context = str(settings.llm_context or "")
    return [kind.value, name, settings.llm_bits or 0, settings.llm_url or "", model, "", False, context]


class ModelHandlers:
    """What the part's buttons do."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def apply(self, language: Language, kind: str, *fields: Any) -> Iterator[list[object]]:
        texts = load_texts(language)
        try:
            choice = chosen_model(kind, *fields, settings=self._workspace.settings, texts=texts)
        except DocentError as error:
            yield [note(texts.told(error), "notice"), gr.skip(), None]
            return
        yield from self._use(choice, texts)

    def take(self, event: gr.EventData, language: Language) -> Iterator[list[object]]:
        """Uses a model of a server that was found."""
        yield from self._use(ModelChoice(detail(event, "model"), detail(event, "url")), load_texts(language))

    def look(self, language: Language) -> Iterator[Markup]:
        texts = load_texts(language)
        yield note(texts("found.looking"), "aside")
        yield found_html(self._workspace.answering.detect(), texts)

    def look_for_servers(self, language: Language, kind: str) -> Iterator[Any]:
        if kind == ModelKind.SERVER:
            yield from self.look(language)
        else:
            yield gr.skip()

    def download(self, language: Language, pending: Pending) -> list[object]:
        if pending is None:
            return [Markup(), None]
        try:
            self._workspace.answering.fetch.start(*pending)
        except DocentError as error:
            return [note(load_texts(language).told(error), "notice"), None]
        return [Markup(), None]

    def _use(self, choice: ModelChoice, texts: Texts) -> Iterator[list[object]]:
        """Uses the model, or offers its download first; where either fails the old one goes on answering."""
        loading = texts("settings.loading", model=model_name(choice, texts))
        yield [note(loading, "aside"), gr.update(interactive=False), None]
        try:
            plan = self._workspace.answering.fetch.plan(choice)
            if plan is not None:
                yield [offer_html(plan, texts), gr.update(interactive=True), (choice, plan)]
                return
            shown = note(applied_words(self._workspace.use_model(choice), texts), "applied")
        except DocentError as error:
            shown = note(f"{texts.told(error)} {texts('settings.old_goes_on')}", "notice")
        yield [shown, gr.update(interactive=True), None]


def chosen_model(
    kind: str, name: str, bits: int, url: str, model: str, key: str, remember: bool, context: str,
    *, settings: AppSettings, texts: Texts,
) -> ModelChoice:  # fmt: skip
    """The part's fields as a choice; SettingsError names a field that is missing."""
    if kind == ModelKind.BUILT_IN:
        return ModelChoice(BUILT_IN)
    tokens = _tokens(context, texts)
    if kind == ModelKind.TRANSFORMERS:
        named = _given(name, "settings.name_missing", texts)
        return ModelChoice(named, llm_bits=bits or None, llm_context=tokens)
    address = _given(url, "settings.url_missing", texts)
    server_model = _given(model, "settings.name_missing", texts)
    # The key that Docent was started with goes only to the server it was meant for.
    known = settings.llm_key if address == settings.llm_url else None
    secret = key.strip() or (known.get_secret_value() if known is not None else None)
    return ModelChoice(server_model, address, secret, tokens, remember_key=remember)


def _given(value: str, complaint: str, texts: Texts) -> str:
    if not value.strip():
        raise SettingsError(texts(complaint))
    return value.strip()


def _tokens(typed: str, texts: Texts) -> int | None:
    if not typed.strip():
        return None
    if not (typed.strip().isascii() and typed.strip().isdigit()):
        raise SettingsError(texts("settings.context_wrong", value=typed.strip()))
    return int(typed)


def model_name(choice: ModelChoice, texts: Texts) -> str:
    """The chosen model's name as people know it."""
    return texts("status.model_built_in") if choice.llm == BUILT_IN and not choice.llm_url else choice.llm


def applied_words(model: ModelStatus, texts: Texts) -> str:
    """What the model that answers now is and where it runs; its card says what should be known about it."""
    key = "settings.applied" if model.context_tokens is None else "settings.applied_context"
    return texts(key, model=model_words(model, texts), device=model.device, tokens=model.context_tokens)


def kind_of(settings: AnswerSettings) -> ModelKind:
    """Which kind of model these settings name."""
    if settings.llm_url:
        return ModelKind.SERVER
    return ModelKind.BUILT_IN if settings.llm == BUILT_IN else ModelKind.TRANSFORMERS


def note(words: str, class_: str) -> Markup:
    """One line about how something went."""
    return element("p", words, class_=class_, role="status")
