"""Two settings side by side on one question. Knows the columns; answering is the workspace's."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.types import Answer, AnswerReady, AskOptions, Language, StageStarted
from app.ui.chat.answers import confidence_words
from app.ui.documents.shelf import Shelf
from app.ui.markup import Markup, element, join
from app.ui.parts import label_html, on
from app.ui.settings.answer_fields import Fields, build_retrieval, build_sampling, build_style
from app.ui.settings.models import note
from app.ui.settings.sampling import FIELDS, NAMES, Sampling
from app.ui.texts import Texts, load_texts
from app.ui.workspace import Workspace
from ingest.errors import DocentError

OPEN = "() => { document.documentElement.dataset.view = 'compare'; }"
CLOSE = "() => { document.querySelector('#header [data-view=settings]').click(); }"
COLUMNS = ("a", "b")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Column:
    """One setting and the answer it gives."""

    fields: Fields
    answer: gr.HTML
    adopt: gr.Button


@dataclass(frozen=True, slots=True)
class ComparePanel:
    """The view's components."""

    back: gr.Button
    question: gr.Textbox
    run: gr.Button
    columns: tuple[Column, Column]


def build_compare(start: Sampling, i18n: gr.I18n) -> ComparePanel:
    """Lays the view out; both columns begin with the same setting."""
    with gr.Column(elem_id="compare-pane"):
        with gr.Row(elem_id="compare-head"):
            label_html("h2", i18n("compare.title"))
            back = gr.Button(i18n("compare.back"), size="sm", min_width=0, elem_id="compare-back")
        label_html("p", i18n("compare.about"))
        with gr.Row(elem_id="compare-ask"):
            question = gr.Textbox(
                label=i18n("compare.question"), placeholder=i18n("chat.placeholder"), show_label=False, max_lines=3
            )
            run = gr.Button(i18n("compare.run"), variant="primary", min_width=0, elem_id="compare-run")
        with gr.Row(elem_id="compare-columns"):
            first, second = (_build_column(name, start, i18n) for name in COLUMNS)
    return ComparePanel(back, question, run, (first, second))


def _build_column(name: str, start: Sampling, i18n: gr.I18n) -> Column:
    with gr.Column(elem_id=f"compare-{name}", elem_classes="compare-column", min_width=280):
        label_html("h3", i18n(f"compare.{name}"))
        fields = (
            *build_retrieval(start, i18n, explained=False),
            *build_style(start, i18n),
            *build_sampling(start, i18n),
        )
        answer = gr.HTML(elem_classes="compared", apply_default_css=False)
        adopt = gr.Button(i18n("compare.adopt"), size="sm", min_width=0)
    return Column(fields, answer, adopt)


def wire_compare(
    panel: ComparePanel,
    opener: gr.Button,
    asked_with: Sequence[gr.components.Component],
    fields: Fields,
    workspace: Workspace,
) -> None:
    """Connects the view. `asked_with`: the language and the shelf; `fields`: those of the conversation."""
    handlers = CompareHandlers(workspace)
    first, second = panel.columns
    on(opener.click, handlers.open, list(fields), [*first.fields, *second.fields])
    for button, script in ((opener, OPEN), (panel.back, CLOSE)):
        button.click(None, None, None, js=script)
    gr.on(
        [panel.run.click, panel.question.submit],
        handlers.run,
        [*asked_with, panel.question, *first.fields, *second.fields],
        [first.answer, second.answer, panel.run],
        show_progress="hidden",
        concurrency_limit=None,
        api_visibility="private",
    )
    for column in panel.columns:
        on(column.adopt.click, handlers.adopt, [asked_with[0], *column.fields], [*fields, column.answer])
        column.adopt.click(None, None, None, js=CLOSE)


class CompareHandlers:
    """What the view's buttons do."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def open(self, *fields: Any) -> list[Any]:
        """Both columns with the conversation's setting; what the present model has no use for cannot be set."""
        model = self._workspace.status().model
        column = [
            gr.update(value=value, interactive=name not in NAMES or model is None or name in model.supports)
            for name, value in zip(FIELDS, fields, strict=True)
        ]
        return [*column, *column]

    def run(self, language: Language, shelf: Shelf, question: str, *fields: Any) -> Iterator[list[Any]]:
        """Answers with the first setting, then with the second: at once they would take each other's time."""
        texts = load_texts(language)
        if not question.strip():
            yield [note(texts("compare.no_question"), "aside"), Markup(), gr.skip()]
            return
        first, second = fields[: len(FIELDS)], fields[len(FIELDS) :]
        shown = note(texts("compare.waiting"), "aside")
        yield [note(texts("stage.start"), "stage"), shown, gr.update(interactive=False)]
        for answer in self._answer(question.strip(), Sampling(*first), shelf, texts):
            yield [answer, gr.skip(), gr.skip()]
        for other in self._answer(question.strip(), Sampling(*second), shelf, texts):
            yield [gr.skip(), other, gr.skip()]
        yield [gr.skip(), gr.skip(), gr.update(interactive=True)]

    def adopt(self, language: Language, *fields: Any) -> list[Any]:
        """Asks the conversation's further questions with this column's setting, and keeps it."""
        try:
            self._workspace.answering.preferences.keep(Sampling(*fields).kept(load_texts(language)))
        except DocentError as error:
            return [*(gr.skip() for _ in fields), note(load_texts(language).told(error), "notice")]
        return [*fields, gr.skip()]

    def _answer(self, question: str, sampling: Sampling, shelf: Shelf, texts: Texts) -> Iterator[Markup]:
        try:
            scope = shelf.scope_among(self._workspace.documents())
            options = sampling.options(scope, self._workspace.status().model, texts)
            yield from _growing(self._workspace, question, options, texts)
        except DocentError as error:
            yield note(texts.told(error), "notice")
        except Exception as error:
            log.exception("Answering failed")
            yield note(texts("chat.unexpected", error=type(error).__name__), "notice")


def _growing(workspace: Workspace, question: str, options: AskOptions, texts: Texts) -> Iterator[Markup]:
    for event in workspace.stream(question, (), options):
        match event:
            case StageStarted(stage=stage):
                yield element("p", texts(f"stage.{stage.value}"), class_="stage", role="status")
            case AnswerReady(answer=answer):
                yield compared_html(answer, texts)


def compared_html(answer: Answer, texts: Texts) -> Markup:
    """An answer with what there is to compare: what it says, from where, how sure, and how long it took."""
    said = element("p", answer.text, class_="said")
    refused = answer.refused and not answer.small_talk
    title = element("strong", texts("answer.refused"), class_="refusal-title") if refused else Markup()
    sources = (
        element("li", f"[{c.number}] {c.document}", *([f" · {texts('place.page', page=c.page)}"] if c.page else []))
        for c in answer.citations
    )
    rows = [(texts("compare.total"), sum(answer.seconds.values()))]
    rows += [(texts(f"compare.stage_{stage}"), seconds) for stage, seconds in answer.seconds.items()]
    times = (
        element("tr", element("th", name, scope="row"), element("td", texts("compare.seconds", seconds=f"{s:.2f}")))
        for name, s in rows
    )
    meta = element("p", element("span", confidence_words(answer.confidence, texts)), class_="meta")
    notices = (element("li", texts.told(notice)) for notice in answer.notices)
    return join(
        title,
        said,
        meta,
        element("ul", *sources, class_="compared-sources") if answer.citations else Markup(),
        element("table", *times, class_="compared-times"),
        element("ul", *notices, class_="notices") if answer.notices else Markup(),
    )
