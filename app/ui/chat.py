"""The chat: the conversation, the question's field, and what a question, a stop or a click in an answer does."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

import gradio as gr

from app.types import Language, Turn
from app.ui.answers import exchange_html
from app.ui.conversation import Conversation, Exchange
from app.ui.interrupt import until
from app.ui.markup import Markup, join
from app.ui.parts import detail, event_html, label_html, number_detail, on
from app.ui.passage import missing_passage_html, passage_html
from app.ui.sampling import Sampling
from app.ui.shelf import Shelf
from app.ui.texts import Texts, load_texts
from app.ui.workspace import Workspace
from ingest.errors import DocentError

FRAME_SECONDS = 0.05  # a growing answer is drawn at most this often
NOTHING_NEW: list[object] = [gr.skip()] * 4  # for the four outputs of everything that draws a conversation

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChatPanel:
    """The chat's components and the session's conversation."""

    conversation: gr.State
    welcome: gr.HTML
    past: gr.HTML  # finished exchanges
    current: gr.HTML  # the last one: a growing answer redraws only this
    scope: gr.HTML
    question: gr.Textbox
    clear: gr.Button


def build_chat(i18n: gr.I18n) -> ChatPanel:
    """Lays out the chat."""
    with gr.Column(elem_id="transcript"):
        welcome = event_html("ask", "samples", elem_id="welcome")
        past = event_html("passage", elem_id="past")
        current = event_html("passage", "again", elem_id="current", script="docent.followEnd(element, watch);")
    with gr.Column(elem_id="composer"):
        with gr.Row(elem_id="above-question"):
            scope = event_html("toggle", "reset", elem_id="scope")
            clear = gr.Button(i18n("chat.clear"), elem_id="clear", size="sm")
        question = gr.Textbox(
            label=i18n("chat.input"),
            placeholder=i18n("chat.placeholder"),
            show_label=False,
            lines=1,
            max_lines=8,
            submit_btn=True,
            autofocus=True,
            elem_id="question",
        )
        label_html("p", i18n("chat.hint"), elem_id="hint")
    return ChatPanel(gr.State(Conversation()), welcome, past, current, scope, question, clear)


def wire_chat(
    panel: ChatPanel, passage: gr.HTML, asked_with: list[gr.State | gr.components.Component], workspace: Workspace
) -> None:
    """Connects the chat. `asked_with`: the language, the shelf and the sampling fields, in Sampling's order."""
    handlers = ChatHandlers(workspace)
    language = asked_with[0]
    session = [panel.conversation, *asked_with]
    outputs = [panel.conversation, panel.past, panel.current, panel.question]
    # Several people ask at once: a model that can serve only one of them makes the others wait by itself.
    options: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
    panel.question.submit(handlers.ask, [panel.question, *session], outputs, **options)
    panel.welcome.ask(handlers.ask_suggestion, session, outputs, **options)
    panel.current.again(handlers.ask_again, session, outputs, **options)
    on(panel.question.stop, handlers.stop, [panel.conversation, language], outputs)
    on(panel.clear.click, handlers.clear, [panel.conversation, language], outputs)
    for part in (panel.past, panel.current):
        on(part.passage, handlers.open_passage, [panel.conversation, language], [passage])
    on(passage.close_passage, lambda: "", [], [passage])


class ChatHandlers:
    """What happens in the chat. Everything about one conversation comes in and goes out as session state."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def ask(
        self, question: str, conversation: Conversation, language: Language, shelf: Shelf, *sampling: Any
    ) -> Iterator[list[object]]:
        if not question.strip() or conversation.busy:
            yield NOTHING_NEW
            return
        asked, texts = conversation.settled(), load_texts(language)
        stop = Event()
        exchanges = self._answer(question.strip(), asked.history, shelf, Sampling(*sampling), stop, texts)
        yield from frames(asked, paced(exchanges, FRAME_SECONDS), stop, texts)

    def ask_suggestion(
        self, event: gr.EventData, conversation: Conversation, language: Language, shelf: Shelf, *sampling: Any
    ) -> Iterator[list[object]]:
        yield from self.ask(detail(event, "question"), conversation, language, shelf, *sampling)

    def ask_again(
        self, conversation: Conversation, language: Language, shelf: Shelf, *sampling: Any
    ) -> Iterator[list[object]]:
        if conversation.exchanges and not conversation.busy:
            question = conversation.exchanges[-1].question
            yield from self.ask(question, conversation.without_last(), language, shelf, *sampling)

    def stop(self, conversation: Conversation, language: Language) -> list[object]:
        """Ends the answer under way, which then draws its own end; draws it where the answer was cut off before."""
        if conversation.stop is not None and conversation.busy:
            conversation.stop.set()
            return NOTHING_NEW
        return resting_frame(conversation.settled(), load_texts(language))

    def clear(self, conversation: Conversation, language: Language) -> list[object]:
        if conversation.busy:
            return NOTHING_NEW
        return resting_frame(Conversation(), load_texts(language))

    def open_passage(self, event: gr.EventData, conversation: Conversation, language: Language) -> Markup:
        kind, number = detail(event, "kind"), number_detail(event, "number")
        place = conversation.place(number_detail(event, "exchange"), kind, number)
        if place is None:
            return Markup()
        try:
            return passage_html(place, self._workspace.stored_text(place.document), load_texts(language))
        except DocentError as error:
            return missing_passage_html(place, str(error), load_texts(language))

    def _answer(
        self, question: str, history: Sequence[Turn], shelf: Shelf, sampling: Sampling, stop: Event, texts: Texts
    ) -> Iterator[Exchange]:
        """The exchange as it grows. Whatever goes wrong ends in the exchange: the conversation stays intact."""
        exchange = Exchange(question)
        yield exchange
        try:
            scope = shelf.scope_among(self._workspace.documents())
            options = sampling.options(scope, self._workspace.status().model, texts)
            for event in until(stop, lambda: self._workspace.stream(question, history, options)):
                exchange = exchange.after(event)
                yield exchange
            if not exchange.finished:
                yield replace(exchange, stopped=True)
        except DocentError as error:
            yield replace(exchange, problem=str(error))
        except Exception as error:
            log.exception("Answering failed")
            yield replace(exchange, problem=texts("chat.unexpected", error=type(error).__name__))
        finally:
            stop.set()


def paced(exchanges: Iterable[Exchange], seconds: float) -> Iterator[Exchange]:
    """At most one a `seconds`, except that a new stage and the end are shown at once."""
    shown: Exchange | None = None
    shown_at = 0.0
    for exchange in exchanges:
        now = time.monotonic()
        if shown is None or exchange.finished or exchange.stage != shown.stage or now - shown_at >= seconds:
            shown, shown_at = exchange, now
            yield exchange


def frames(
    conversation: Conversation, exchanges: Iterable[Exchange], stop: Event, texts: Texts
) -> Iterator[list[object]]:
    """What to draw for each state of the exchange under way: conversation, past, current, the question's field."""
    index = len(conversation.exchanges)
    past: object = past_html(conversation, texts)
    field: object = emptied(question_field(texts, busy=True))
    for exchange in exchanges:
        current = exchange_html(exchange, index, texts, last=True)
        field = question_field(texts, busy=False) if exchange.finished else field
        yield [conversation.add(exchange, stop), past, current, field]
        past, field = gr.skip(), gr.skip()


def resting_frame(conversation: Conversation, texts: Texts) -> list[object]:
    """The same for a conversation in which nothing is under way."""
    before = conversation.without_last()
    last = (exchange_html(e, len(before.exchanges), texts, last=True) for e in conversation.exchanges[-1:])
    return [conversation, past_html(before, texts), join(*last), question_field(texts, busy=False)]


def past_html(conversation: Conversation, texts: Texts) -> Markup:
    return join(*(exchange_html(e, i, texts, last=False) for i, e in enumerate(conversation.exchanges)))


def question_field(texts: Texts, *, busy: bool) -> dict[str, Any]:
    """Turns the field's button into stop, or back into send; what has been typed meanwhile stays."""
    return gr.update(submit_btn=False if busy else texts("chat.send"), stop_btn=texts("chat.stop") if busy else False)


def emptied(field: dict[str, Any]) -> dict[str, Any]:
    return {**field, "value": ""}
