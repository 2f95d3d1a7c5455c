"""The settings panel: which model answers, for everyone; how this conversation is answered, for this session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.settings import AppSettings
from app.types import Language, ModelChoice, ModelKind, ModelStatus
from app.ui.header import model_words
from app.ui.markup import Markup, element
from app.ui.parts import label_html
from app.ui.sampling import NAMES
from app.ui.texts import Texts, load_texts
from app.ui.workspace import Workspace
from ingest.errors import DocentError, SettingsError
from ingest.settings import BUILT_IN


@dataclass(frozen=True, slots=True)
class SettingsPanel:
    """The panel's components."""

    kind: gr.Radio
    groups: tuple[gr.Group, ...]  # the fields of each kind, in ModelKind's order
    choice: tuple[gr.components.Component, ...]  # in the order of chosen_model's parameters after `kind`
    apply: gr.Button
    result: gr.HTML
    answering: tuple[gr.components.Component, ...]  # in the order of Sampling's fields
    unsupported: gr.HTML


def build_settings(settings: AppSettings, i18n: gr.I18n) -> SettingsPanel:
    """Lays out the panel with the values Docent was started with."""
    start = _kind_of(settings)
    label_html("h2", i18n("settings.model"))
    label_html("p", i18n("settings.model_info"))
    kinds = [(i18n(f"settings.{kind.name.lower()}"), kind.value) for kind in ModelKind]
    kind = gr.Radio(kinds, value=start.value, label=i18n("settings.model"), show_label=False, elem_id="model-kind")
    with gr.Group(visible=start is ModelKind.BUILT_IN) as built_in:
        label_html("p", i18n("settings.built_in_about"))
    with gr.Group(visible=start is ModelKind.TRANSFORMERS) as transformers:
        name = gr.Textbox(
            settings.llm if start is ModelKind.TRANSFORMERS else "",
            label=i18n("settings.transformers_name"),
            info=i18n("settings.transformers_name_info"),
        )
        bits = gr.Radio([(i18n("settings.bits_none"), 0), ("8", 8), ("4", 4)], value=settings.llm_bits or 0,
                        label=i18n("settings.bits"))  # fmt: skip
    with gr.Group(visible=start is ModelKind.SERVER) as server:
        url = gr.Textbox(settings.llm_url or "", label=i18n("settings.url"), info=i18n("settings.url_info"))
        model = gr.Textbox(settings.llm if start is ModelKind.SERVER else "", label=i18n("settings.server_model"))
        key = gr.Textbox(type="password", label=i18n("settings.key"), info=i18n("settings.key_info"))
        context = gr.Textbox(
            str(settings.llm_context or ""), label=i18n("settings.context"), info=i18n("settings.context_info")
        )
    apply = gr.Button(i18n("settings.apply"), variant="primary", elem_id="apply-model")
    result = gr.HTML(elem_id="model-result", apply_default_css=False)
    label_html("h2", i18n("settings.answers"))
    answering, unsupported = _build_answering(settings, i18n)
    groups, choice = (built_in, transformers, server), (name, bits, url, model, key, context)
    return SettingsPanel(kind, groups, choice, apply, result, answering, unsupported)


def _build_answering(settings: AppSettings, i18n: gr.I18n) -> tuple[tuple[gr.components.Component, ...], gr.HTML]:
    top_k = gr.Slider(1, 50, settings.top_k, step=1, label=i18n("settings.top_k"), info=i18n("settings.top_k_info"))
    threshold = gr.Slider(
        0, 1, settings.threshold, step=0.05, label=i18n("settings.threshold"), info=i18n("settings.threshold_info")
    )
    label_html("h3", i18n("settings.sampling"))
    label_html("p", i18n("settings.sampling_empty"))
    unsupported = gr.HTML(elem_id="unsupported", apply_default_css=False)
    values = (settings.temperature, settings.top_p, settings.sampling_top_k, settings.max_tokens)
    with gr.Row(elem_id="sampling"):
        fields = tuple(
            # Not gr.Number: its browser side turns an empty field into 0.
            gr.Textbox(
                "" if value is None else f"{value:g}",
                label=i18n(f"settings.{name}"),
                placeholder=i18n(f"settings.{name}_range"),
                min_width=150,
            )
            for name, value in zip(NAMES, values, strict=True)
        )
    return (top_k, threshold, *fields), unsupported


def wire_settings(panel: SettingsPanel, language: gr.State, workspace: Workspace) -> None:
    """Connects the panel."""
    handlers = SettingsHandlers(workspace)
    panel.kind.change(
        show_group, [panel.kind], list(panel.groups), queue=False, show_progress="hidden", api_visibility="private"
    )
    panel.apply.click(
        handlers.apply,
        [language, panel.kind, *panel.choice],
        [panel.result, panel.apply],
        show_progress="hidden",
        api_visibility="private",
    )


def show_group(kind: str) -> list[Any]:
    return [gr.update(visible=kind == one.value) for one in ModelKind]


class SettingsHandlers:
    """What the panel's button does."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def apply(
        self, language: Language, kind: str, name: str, bits: int, url: str, model: str, key: str, context: str
    ) -> Iterator[list[object]]:
        texts = load_texts(language)
        try:
            choice = chosen_model(kind, name, bits, url, model, key, context, self._workspace.settings, texts)
            yield [_note(texts("settings.loading", model=choice.llm), "aside"), gr.update(interactive=False)]
            note = _note(applied_words(self._workspace.use_model(choice), texts), "applied")
        except DocentError as error:
            note = _note(str(error), "notice")
        yield [note, gr.update(interactive=True)]


def chosen_model(
    kind: str, name: str, bits: int, url: str, model: str, key: str, context: str,
    settings: AppSettings, texts: Texts,
) -> ModelChoice:  # fmt: skip
    """The panel's fields as a choice; SettingsError names a field that is missing."""
    if kind == ModelKind.BUILT_IN:
        return ModelChoice(BUILT_IN)
    if kind == ModelKind.TRANSFORMERS:
        return ModelChoice(_given(name, "settings.name_missing", texts), llm_bits=bits or None)
    address = _given(url, "settings.url_missing", texts)
    server_model = _given(model, "settings.name_missing", texts)
    # The key that Docent was started with goes only to the server it was meant for.
    known = settings.llm_key if address == settings.llm_url else None
    secret = key.strip() or (known.get_secret_value() if known is not None else None)
    return ModelChoice(server_model, address, secret, _tokens(context, texts))


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


def applied_words(model: ModelStatus, texts: Texts) -> str:
    """What the model that answers now is, where it runs, and what should be known about it."""
    key = "settings.applied" if model.context_tokens is None else "settings.applied_context"
    words = texts(key, model=model_words(model, texts), device=model.device, tokens=model.context_tokens)
    return " ".join((words, *model.notices))


def unsupported_html(model: ModelStatus | None, texts: Texts) -> Markup:
    """Why some of the sampling fields cannot be used."""
    missing = [name for name in NAMES if model is not None and name not in model.supports]
    names = ", ".join(texts(f"settings.{name}") for name in missing)
    return _note(texts("settings.unsupported", names=names), "aside") if missing else Markup()


def _kind_of(settings: AppSettings) -> ModelKind:
    if settings.llm_url:
        return ModelKind.SERVER
    return ModelKind.BUILT_IN if settings.llm == BUILT_IN else ModelKind.TRANSFORMERS


def _note(words: str, class_: str) -> Markup:
    return element("p", words, class_=class_, role="status")
