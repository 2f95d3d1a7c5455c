"""The answer prompt, to be read, edited, tried and reset. Knows one text field; the prompts are the workspace's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from langchain_core.messages import BaseMessage

from app.own_prompts import answer_file
from app.types import Language
from app.ui.documents.shelf import Shelf
from app.ui.markup import Markup, element
from app.ui.parts import label_html, on
from app.ui.settings.answer_fields import Fields
from app.ui.settings.models import note
from app.ui.settings.sampling import Sampling
from app.ui.texts import Texts, load_texts
from app.ui.workspace import Workspace
from ingest.errors import DocentError


@dataclass(frozen=True, slots=True)
class PromptEditor:
    """The editor's components."""

    which: gr.Radio  # the language of the prompt
    text: gr.Textbox
    save: gr.Button
    reset: gr.Button
    result: gr.HTML
    question: gr.Textbox
    try_it: gr.Button
    preview: gr.HTML


def build_prompt_editor(i18n: gr.I18n) -> PromptEditor:
    """Lays the editor out, closed."""
    with gr.Accordion(i18n("prompt.title"), open=False, elem_id="prompt-editor"):
        label_html("p", i18n("prompt.about"))
        languages = [("English", Language.ENGLISH.value), ("中文", Language.CHINESE.value)]
        which = gr.Radio(languages, value=Language.ENGLISH.value, label=i18n("prompt.which"))
        text = gr.Textbox(label=i18n("prompt.text"), lines=10, max_lines=24, elem_id="prompt-text")
        with gr.Row(elem_classes="buttons"):
            save = gr.Button(i18n("prompt.save"), size="sm", min_width=0)
            reset = gr.Button(i18n("prompt.reset"), size="sm", min_width=0)
        result = gr.HTML(elem_id="prompt-result", apply_default_css=False)
        question = gr.Textbox(label=i18n("prompt.question"), placeholder=i18n("chat.placeholder"), max_lines=3)
        try_it = gr.Button(i18n("prompt.preview"), size="sm", elem_id="preview-prompt")
        preview = gr.HTML(elem_id="prompt-preview", apply_default_css=False)
    return PromptEditor(which, text, save, reset, result, question, try_it, preview)


def wire_prompt_editor(
    editor: PromptEditor, asked_with: Sequence[gr.components.Component], fields: Fields, workspace: Workspace
) -> None:
    """Connects the editor. `asked_with`: the language and the shelf."""
    handlers = PromptHandlers(workspace)
    language = asked_with[0]
    on(editor.which.input, handlers.show, [editor.which], [editor.text])
    on(editor.save.click, handlers.save, [language, editor.which, editor.text], [editor.result, editor.text])
    on(editor.reset.click, handlers.reset, [language, editor.which], [editor.result, editor.text])
    gr.on(
        [editor.try_it.click, editor.question.submit],
        handlers.preview,
        [*asked_with, editor.which, editor.text, editor.question, *fields],
        [editor.preview],
        show_progress="hidden",
        concurrency_limit=None,
        api_visibility="private",
    )


class PromptHandlers:
    """What the editor's buttons do."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def show(self, which: str) -> str:
        return self._workspace.answering.prompts.text(answer_file(Language(which)))

    def save(self, language: Language, which: str, text: str) -> list[Any]:
        texts = load_texts(language)
        try:
            self._workspace.answering.prompts.save({answer_file(Language(which)): text})
            self._workspace.answering.renew()
        except DocentError as error:
            return [note(texts.told(error), "notice"), gr.skip()]
        return [note(texts("prompt.saved"), "applied"), self.show(which)]

    def reset(self, language: Language, which: str) -> list[Any]:
        self._workspace.answering.prompts.reset(answer_file(Language(which)))
        self._workspace.answering.renew()
        return [note(load_texts(language)("prompt.was_reset"), "applied"), self.show(which)]

    def preview(self, language: Language, shelf: Shelf, which: str, text: str, question: str, *fields: Any) -> Markup:
        texts = load_texts(language)
        asked = question.strip() or texts(f"prompt.sample_{which}")
        try:
            scope = shelf.scope_among(self._workspace.documents())
            options = Sampling(*fields).options(scope, self._workspace.status().model, texts)
            messages = self._workspace.preview(asked, options, {answer_file(Language(which)): text})
        except DocentError as error:
            return note(texts.told(error), "notice")
        return messages_html(messages, texts)


def messages_html(messages: Sequence[BaseMessage], texts: Texts) -> Markup:
    """A prompt as the model gets it, message by message."""
    shown = (
        element("li", element("strong", texts(f"prompt.role_{message.type}")), element("pre", message.text))
        for message in messages
    )
    return element("ol", *shown, class_="prompt-messages")
