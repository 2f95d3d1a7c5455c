"""The chat: the question's field, and what a question, a stop or a click in an answer does to the conversation."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

import gradio as gr

from app.conversations.kept import Asked
from app.types import Language, Turn
from app.ui.chat.conversation import Conversation, Exchange, Form, Stop
from app.ui.chat.interrupt import until
from app.ui.chat.keeping import kept
from app.ui.chat.rush import Rush
from app.ui.chat.transcript import NOTHING_NEW, Frame, follow_ups_html, frames, gone_on, last_html, resting_frame
from app.ui.documents.shelf import Shelf
from app.ui.history.history import HistoryPanel, Session
from app.ui.history.history_html import HistoryView
from app.ui.markup import Markup
from app.ui.parts import detail, event_html, label_html, on
from app.ui.settings.sampling import Sampling
from app.ui.texts import Texts, load_texts
from app.ui.workspace import Workspace
from ingest.errors import DocentError

FRAME_SECONDS = 0.05  # a growing answer is drawn at most this often, times the answers that grow at once
SUGGEST_SECONDS = 2.0  # how long follow-up questions stand back behind answers; they cost twice as much as one

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChatPanel:
    """The chat's components and the session's conversation."""

    conversation: gr.State
    bar: gr.HTML
    welcome: gr.HTML
    past: gr.HTML  # finished exchanges
    current: gr.HTML  # the last one: a growing answer redraws only this
    follow_ups: gr.HTML
    scope: gr.HTML
    question: gr.Textbox

    @property
    def drawn(self) -> list[Any]:
        """What a Frame draws, in its order, but for the list of conversations."""
        return [self.conversation, self.bar, self.past, self.current, self.follow_ups, self.question]


def build_chat(i18n: gr.I18n) -> ChatPanel:
    """Lays out the chat."""
    bar = event_html("new", elem_id="bar")
    with gr.Column(elem_id="transcript"):
        welcome = event_html("ask", "samples", elem_id="welcome")
        turn = ("passage", "rate", "explain", "close_form")
        past = event_html(*turn, elem_id="past", script="docent.forms(element, trigger, watch);")
        current = event_html(
            *(*turn, "again", "edit", "ask_instead"),
            elem_id="current",
            script="docent.followEnd(element, watch);docent.forms(element, trigger, watch);",
        )
        follow_ups = event_html("ask", elem_id="follow-ups", script="docent.followEnd(element, watch);")
    with gr.Column(elem_id="composer"):
        scope = event_html("toggle", "reset", elem_id="scope")
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
    return ChatPanel(gr.State(Conversation()), bar, welcome, past, current, follow_ups, scope, question)


def wire_chat(
    panel: ChatPanel,
    history: HistoryPanel,
    asked_with: list[gr.State | gr.components.Component],
    workspace: Workspace,
) -> None:
    """Connects the chat. `asked_with`: the language, the shelf and the sampling fields, in Sampling's order."""
    handlers = ChatHandlers(workspace)
    language = asked_with[0]
    session = [panel.conversation, history.view, *asked_with]
    drawn = [*panel.drawn, history.listed]  # a Frame
    # Several people ask at once: a model that can serve only one of them makes the others wait by itself.
    options: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
    asked = [
        panel.question.submit(handlers.ask, [panel.question, *session], drawn, **options),
        panel.welcome.ask(handlers.ask_suggestion, session, drawn, **options),
        panel.follow_ups.ask(handlers.ask_suggestion, session, drawn, **options),
        panel.current.again(handlers.ask_again, session, drawn, **options),
        panel.current.ask_instead(handlers.ask_instead, session, drawn, **options),
    ]
    for answered in asked:
        answered.then(handlers.suggest, session, [panel.follow_ups], **options)
    here = [panel.conversation, history.view, language]
    on(panel.question.stop, handlers.stop, here, drawn)
    on(panel.bar.new, handlers.begin_anew, here, drawn)
    on(panel.current.edit, handlers.edit, [panel.conversation, language], [panel.conversation, panel.current])


class ChatHandlers:
    """What happens in the chat. Everything about one conversation comes in and goes out as session state.

    `asked_with` is the rest of the session: view, language, shelf and the sampling fields.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._rush = Rush()

    def ask(self, request: gr.Request, question: str, conversation: Conversation, *asked_with: Any) -> Iterator[Frame]:
        if question.strip() and not conversation.busy:
            yield from self._converse(question.strip(), conversation.settled(), None, request, asked_with)
        else:
            yield NOTHING_NEW

    def ask_suggestion(
        self, event: gr.EventData, request: gr.Request, conversation: Conversation, *asked_with: Any
    ) -> Iterator[Frame]:
        yield from self.ask(request, detail(event, "question"), conversation, *asked_with)

    def ask_again(self, request: gr.Request, conversation: Conversation, *asked_with: Any) -> Iterator[Frame]:
        question = conversation.exchanges[-1].question if conversation.exchanges else ""
        yield from self._ask_instead(question, conversation, request, asked_with)

    def ask_instead(
        self, event: gr.EventData, request: gr.Request, conversation: Conversation, *asked_with: Any
    ) -> Iterator[Frame]:
        yield from self._ask_instead(detail(event, "question"), conversation, request, asked_with)

    def edit(self, conversation: Conversation, language: Language) -> tuple[Conversation, Markup]:
        editing = replace(conversation, form=Form(len(conversation.exchanges) - 1))
        return editing, last_html(editing, load_texts(language))

    def stop(self, request: gr.Request, conversation: Conversation, view: HistoryView, language: Language) -> Frame:
        """Ends the answer under way, which then draws its own end; draws it where the answer was cut off before."""
        if conversation.stop is not None and conversation.busy:
            conversation.stop.set()
            return NOTHING_NEW
        session = Session.of(request, view, language, self._workspace)
        return resting_frame(conversation.settled(), session.texts, session.listing)

    def begin_anew(
        self, request: gr.Request, conversation: Conversation, view: HistoryView, language: Language
    ) -> Frame:
        session = Session.of(request, view, language, self._workspace)
        return gone_on(conversation, Conversation(), session.texts, session.listing)

    def suggest(self, conversation: Conversation, *asked_with: Any) -> Markup:
        """Questions to go on with, looked for once the answer is there and nobody waits for another; else none."""
        _, language, shelf, *sampling = asked_with
        last = conversation.exchanges[-1] if conversation.exchanges else None
        if last is None or last.answer is None or not self._rush.calm_within(SUGGEST_SECONDS):
            return Markup()
        asked = [exchange.question for exchange in conversation.exchanges]
        try:
            scope = shelf.scope_among(self._workspace.documents())
            threshold = Sampling(*sampling).threshold
            found = self._workspace.follow_ups.suggest(last.answer, asked, scope, threshold)
        except DocentError as error:  # that there is nothing to suggest needs no alarm
            log.info("No follow-up questions: %s", error)
            return Markup()
        return follow_ups_html(found, load_texts(language))

    def _ask_instead(
        self, question: str, conversation: Conversation, request: gr.Request, asked_with: tuple[Any, ...]
    ) -> Iterator[Frame]:
        """Asks in the place of the last question."""
        if question.strip() and conversation.exchanges and not conversation.busy:
            settled = conversation.settled()
            last = settled.exchanges[-1]
            yield from self._converse(question.strip(), settled.without_last(), last, request, asked_with)
        else:
            yield NOTHING_NEW

    def _converse(
        self,
        question: str,
        before: Conversation,
        instead_of: Exchange | None,
        request: gr.Request,
        asked_with: tuple[Any, ...],
    ) -> Iterator[Frame]:
        view, language, shelf, *sampling = asked_with
        workspace = self._workspace.here
        session, stop = Session.of(request, view, language, workspace), Stop()
        exchanges = _answer(workspace, question, before.history, shelf, Sampling(*sampling), stop, session.texts)
        asked = _asked(workspace, question, shelf)
        paced_exchanges = paced(exchanges, lambda: FRAME_SECONDS * self._rush.size)
        conversations = kept(paced_exchanges, before, instead_of, asked, stop, session.owner, workspace)
        with self._rush.waiting():
            yield from frames(conversations, session.texts, session.listing)
        if stop.then is not None:
            yield resting_frame(stop.then, session.texts, session.listing)


def _asked(workspace: Workspace, question: str, shelf: Shelf) -> Asked:
    model = workspace.status().model
    return Asked(question, workspace.collection, model.name if model else "", shelf.scope)


def _answer(
    workspace: Workspace,
    question: str,
    history: Sequence[Turn],
    shelf: Shelf,
    sampling: Sampling,
    stop: Event,
    texts: Texts,
) -> Iterator[Exchange]:
    """The exchange as it grows. Whatever goes wrong ends in the exchange: the conversation stays intact."""
    exchange = Exchange(question)
    yield exchange
    try:
        scope = shelf.scope_among(workspace.documents())
        options = sampling.options(scope, workspace.status().model, texts)
        for event in until(stop, lambda: workspace.stream(question, history, options)):
            exchange = exchange if event is None else exchange.after(event)
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


def paced(exchanges: Iterable[Exchange], seconds: Callable[[], float]) -> Iterator[Exchange]:
    """At most one a `seconds()`, but for the end, which is shown at once; none that is shown already."""
    shown: Exchange | None = None
    shown_at = 0.0
    for exchange in exchanges:
        now = time.monotonic()
        if shown is None or exchange.finished or (exchange is not shown and now - shown_at >= seconds()):
            shown, shown_at = exchange, now
            yield exchange
