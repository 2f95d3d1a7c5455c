"""The field that adds a web page by its address. Knows what was typed and how it went; fetching is the workspace's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.types import Language
from app.ui.markup import Markup, element
from app.ui.texts import load_texts
from app.ui.workspace import Workspace
from ingest.errors import DocentError
from ingest.web_page import is_url


@dataclass(frozen=True, slots=True)
class WebPageField:
    """The address, the button, and the line that says how it went."""

    address: gr.Textbox
    add: gr.Button
    result: gr.HTML


def build_web_page(i18n: gr.I18n) -> WebPageField:
    """Lays out the field."""
    with gr.Row(elem_id="web-page"):
        address = gr.Textbox(
            label=i18n("web_page.address"), placeholder="https://…", show_label=False, lines=1, max_lines=1, min_width=0
        )
        add = gr.Button(i18n("web_page.add"), elem_id="add-web-page", size="sm", min_width=0)
    return WebPageField(address, add, gr.HTML(elem_id="web-page-result", apply_default_css=False))


def wire_web_page(field: WebPageField, language: gr.State, workspace: Workspace) -> None:
    """Connects the field."""
    gr.on(
        [field.add.click, field.address.submit],
        WebPageHandlers(workspace).add,
        [language, field.address],
        [field.address, field.add, field.result],
        show_progress="hidden",
        concurrency_limit=None,  # nobody waits for the slow server that somebody else asks
        api_visibility="private",
    )


class WebPageHandlers:
    """What the field's button does."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def add(self, language: Language, typed: str) -> Iterator[list[Any]]:
        """Locks the field while the page is fetched; what was typed stays there where that fails."""
        texts, url = load_texts(language), full_address(typed)
        if not url:
            yield [gr.skip(), gr.skip(), Markup()]
            return
        yield [gr.update(interactive=False), gr.update(interactive=False), _note(texts("web_page.fetching"), "aside")]
        kept = typed
        try:
            (name,) = self._workspace.add_page(url)
            kept, note = "", _note(texts("web_page.added", document=name), "applied")
        except DocentError as error:
            note = _note(texts.told(" ".join(str(error).split())), "notice")
        yield [gr.update(value=kept, interactive=True), gr.update(interactive=True), note]


def full_address(typed: str) -> str:
    """What was typed as a URL, by https where it names no scheme; empty when nothing was typed."""
    address = typed.strip()
    return address if not address or is_url(address) else f"https://{address}"


def _note(words: str, class_: str) -> Markup:
    return element("p", words, class_=class_, role="status")
