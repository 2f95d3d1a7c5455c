"""What the collection takes on disk, and building it anew or checking it: the folded part below the documents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.types import Language
from app.ui.documents.document_row import button, size_words
from app.ui.markup import Markup, element, join
from app.ui.parts import detail, event_html, on
from app.ui.texts import Texts, load_texts
from app.ui.workspace import Workspace
from app.workspace.pace import Pace
from app.workspace.upkeep import Outcome, StorageUse, Task, UpkeepState
from ingest.errors import DocentError

_OFFERED = (Task.REBUILD, Task.REEMBED, Task.VERIFY)
_MOST_FAULTS = 5  # shown; the rest are counted


@dataclass(frozen=True, slots=True)
class UpkeepPanel:
    """The panel's components."""

    fold: gr.Accordion
    storage: gr.HTML
    tasks: gr.HTML


def build_upkeep(i18n: gr.I18n) -> UpkeepPanel:
    """Lays out the panel, folded."""
    with gr.Accordion(i18n("upkeep.title"), open=False, elem_id="upkeep") as fold:
        storage = gr.HTML(elem_id="storage", apply_default_css=False)
        tasks = event_html("task", elem_id="tasks")
    return UpkeepPanel(fold, storage, tasks)


def wire_upkeep(panel: UpkeepPanel, status: gr.HTML, language: gr.State, workspace: Workspace) -> list[Any]:
    """Connects the panel and the way out that the status offers; returns the events to refresh after."""
    handlers = UpkeepHandlers(workspace)
    on(panel.fold.expand, handlers.measure, [language], [panel.storage])
    return [on(panel.tasks.task, handlers.start, [], []), on(status.reembed, handlers.reembed, [], [])]


def remeasure(moves: Iterable[Any], panel: UpkeepPanel, language: gr.State, workspace: Workspace) -> None:
    """Shows what another collection takes, once the page has moved there."""
    for move in moves:
        on(move.then, UpkeepHandlers(workspace).measure, [language], [panel.storage])


class UpkeepHandlers:
    """What the panel's buttons do. The tasks are the collection's: everybody sees how far they are."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def measure(self, language: Language) -> Markup:
        try:
            return storage_html(self._workspace.upkeep.storage(), load_texts(language))
        except DocentError as error:
            return element("p", load_texts(language).told(error), class_="notice", role="alert")

    def start(self, event: gr.EventData) -> None:
        if (asked := detail(event, "task")) in {task.value for task in Task}:
            self._workspace.upkeep.start(Task(asked))

    def reembed(self) -> None:
        self._workspace.upkeep.start(Task.REEMBED)


def storage_html(use: StorageUse, texts: Texts) -> Markup:
    """What is used and what is left."""
    rows = (
        ("upkeep.documents", use.documents),
        ("upkeep.index", use.index),
        ("upkeep.total", use.documents + use.index),
        ("upkeep.free", use.free),
    )
    return element(
        "dl",
        *(join(element("dt", texts(key)), element("dd", size_words(count))) for key, count in rows),
        class_="measures",
    )


def tasks_html(state: UpkeepState, pace: Pace | None, texts: Texts) -> Markup:
    """What can be done, or what is being done, and how the last went."""
    if state.task is not None:
        percent = None if pace is None else round(100 * pace.share)
        bar = element("progress", value=percent, max=100, aria_label=texts("upkeep.progress"))
        return join(element("p", texts(f"upkeep.{state.task.value}_running"), class_="aside", role="status"), bar)
    outcome = _outcome(state.outcome, texts) if state.outcome else Markup()
    return join(element("ul", *(_offer(task, texts) for task in _OFFERED), class_="tasks"), outcome)


def _offer(task: Task, texts: Texts) -> Markup:
    words = element("p", texts(f"upkeep.{task.value}_about"), class_="aside")
    return element("li", button("task", texts(f"upkeep.{task.value}"), data_task=task.value), words)


def _outcome(outcome: Outcome, texts: Texts) -> Markup:
    if outcome.problem is not None:
        return element("p", texts.told(outcome.problem), class_="notice", role="alert")
    if outcome.task is not Task.VERIFY:
        words = texts("upkeep.done", ready=outcome.ready, rejected=outcome.rejected)
        return element("p", words, class_="applied", role="status")
    if not outcome.faults:
        return element("p", texts("upkeep.sound"), class_="applied", role="status")
    faults = (element("li", texts.told(fault)) for fault in outcome.faults[:_MOST_FAULTS])
    return element(
        "div",
        element("p", texts("upkeep.faults", count=len(outcome.faults))),
        element("ul", *faults),
        button("task", texts("upkeep.repair"), data_task=Task.REPAIR.value),
        class_="notice faults",
        role="alert",
    )
