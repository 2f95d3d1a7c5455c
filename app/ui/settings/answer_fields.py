"""How answers are made: passages, threshold, style and sampling. A conversation's own; kept for the next one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from app.types import AnswerStyle, Language, ModelKind, ModelStatus, Rewriting
from app.ui.markup import Markup, join
from app.ui.parts import label_html, on
from app.ui.settings.models import note
from app.ui.settings.sampling import FIELDS, NAMES, Sampling, kept_value
from app.ui.texts import Texts, load_texts
from app.ui.workspace import Workspace
from ingest.errors import DocentError

Fields = tuple[gr.components.Component, ...]  # in the order of Sampling's fields


@dataclass(frozen=True, slots=True)
class AnswerPanel:
    """The part's components."""

    fields: Fields
    unsupported: gr.HTML
    kept: gr.HTML  # why a value is not kept

    @property
    def sampling(self) -> Fields:
        return self.fields[-len(NAMES) :]


def build_answer_fields(start: Sampling, i18n: gr.I18n) -> AnswerPanel:
    """Lays the part out."""
    label_html("h2", i18n("settings.retrieval"))
    retrieval = build_retrieval(start, i18n, explained=True)
    label_html("p", i18n("settings.scope"), elem_id="scope-explained")
    label_html("h2", i18n("settings.writing"))
    unsupported = gr.HTML(elem_id="unsupported", apply_default_css=False)
    style = build_style(start, i18n)
    with gr.Accordion(i18n("settings.sampling"), open=False, elem_id="sampling-more"):
        label_html("p", i18n("settings.sampling_empty"))
        sampling = build_sampling(start, i18n)
    kept = gr.HTML(elem_id="kept", apply_default_css=False)
    return AnswerPanel((*retrieval, *style, *sampling), unsupported, kept)


def build_retrieval(start: Sampling, i18n: gr.I18n, *, explained: bool) -> Fields:
    """How many passages, how sure, and, folded away, how they are chosen and cut."""

    def words(name: str) -> dict[str, Any]:
        return {"label": i18n(f"settings.{name}"), "info": i18n(f"settings.{name}_info") if explained else None}

    top_k = gr.Slider(1, 50, start.top_k, step=1, **words("top_k"))
    threshold = gr.Slider(0, 1, start.threshold, step=0.01, **words("threshold"))
    with gr.Accordion(i18n("settings.search"), open=False, elem_classes="search-more"):
        ways = [(i18n(f"rewriting.{way.value}"), way.value) for way in Rewriting]
        rewriting = gr.Radio(ways, value=start.rewriting, **words("rewriting"))
        diversity = gr.Slider(0, 1, start.diversity, step=0.05, **words("diversity"))
        merge = gr.Checkbox(start.merge_neighbours, **words("merge_neighbours"))
        whole = gr.Checkbox(start.whole_sections, **words("whole_sections"))
    return top_k, threshold, rewriting, diversity, merge, whole


def build_style(start: Sampling, i18n: gr.I18n) -> Fields:
    """The style, and the instructions of the custom one."""
    styles = [(i18n(f"style.{style.value}"), style.value) for style in AnswerStyle]
    style = gr.Radio(styles, value=start.style, label=i18n("settings.style"))
    instructions = gr.Textbox(
        start.instructions,
        label=i18n("settings.instructions"),
        placeholder=i18n("settings.instructions_example"),
        lines=3,
        max_lines=8,
        max_length=4000,
        visible=start.style == AnswerStyle.CUSTOM,
    )
    on(style.change, lambda chosen: gr.update(visible=chosen == AnswerStyle.CUSTOM), [style], [instructions])
    return style, instructions


def build_sampling(start: Sampling, i18n: gr.I18n) -> Fields:
    """How the model draws its words."""
    with gr.Row(elem_classes="sampling"):
        return tuple(
            # Not gr.Number: its browser side turns an empty field into 0.
            gr.Textbox(
                getattr(start, name),
                label=i18n(f"settings.{name}"),
                placeholder=i18n(f"settings.{name}_range"),
                min_width=120,
            )
            for name in NAMES
        )


def wire_answer_fields(panel: AnswerPanel, language: gr.components.Component, workspace: Workspace) -> None:
    """Connects the part: each field is kept as soon as it is left."""
    handlers = AnswerFieldHandlers(workspace)
    for name, field in zip(FIELDS, panel.fields, strict=True):
        for trigger in _left(field):
            on(trigger, partial(handlers.keep, name), [language, field], [panel.kept])


def _left(field: Any) -> list[Any]:
    """What happens when somebody, and not the page itself, has changed a field."""
    if isinstance(field, gr.Slider):
        return [field.release]
    return [field.blur, field.submit] if isinstance(field, gr.Textbox) else [field.input]


class AnswerFieldHandlers:
    """What happens when a field is left."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def keep(self, name: str, language: Language, value: Any) -> Markup:
        texts = load_texts(language)
        try:
            self._workspace.answering.preferences.keep({name: kept_value(name, value, texts)})
        except DocentError as error:
            return note(texts.told(error), "notice")
        return Markup()


def unsupported_html(model: ModelStatus | None, texts: Texts) -> Markup:
    """Why some of the fields have no effect."""
    missing = [name for name in NAMES if model is not None and name not in model.supports]
    if not missing:
        return Markup()
    names = texts("settings.list_separator").join(texts(f"settings.{name}") for name in missing)
    quotes = model is not None and model.kind is ModelKind.BUILT_IN
    return join(
        note(texts("settings.quotes_only"), "aside") if quotes else Markup(),
        note(texts("settings.unsupported", names=names), "aside"),
    )
