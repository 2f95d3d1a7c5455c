"""The list of conversations beside the chat: search, open, rename, delete, and the answers that were rated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from app.conversations import Conversations
from app.conversations.kept import Verdict
from app.conversations.restated import restated
from app.types import Language
from app.ui.chat.conversation import Conversation, exchange_of
from app.ui.chat.keys import keys_html
from app.ui.chat.transcript import NOTHING_NEW, Frame, bar_html, gone_on
from app.ui.history.history_html import HistoryView, list_html, rated_html
from app.ui.markup import Markup
from app.ui.parts import detail, event_html, on
from app.ui.texts import Texts, load_texts, preferred_language
from app.ui.visitor import owner_of
from app.ui.workspace import Workspace
from ingest.errors import DocentError

Looked = tuple[HistoryView, Markup]  # what is looked at, and the list


@dataclass(frozen=True, slots=True)
class HistoryPanel:
    """The panel's components and what the session looks at in it."""

    view: gr.State
    search: gr.Textbox
    listed: gr.HTML
    keys: gr.HTML


@dataclass(frozen=True, slots=True)
class Session:
    """Whose conversations are shown, and which of them."""

    owner: str | None
    view: HistoryView
    texts: Texts
    store: Conversations

    @classmethod
    def of(cls, request: gr.Request, view: HistoryView, language: Language, workspace: Workspace) -> Session:
        return cls(owner_of(request.cookies), view, load_texts(language), workspace.conversations)

    def listing(self, open_: Conversation) -> Markup:
        """The list as it is now, or what keeps it from being read."""
        if self.owner is None:
            return list_html([], self.view, None, self.texts, notice=self.texts("history.no_cookie"))
        try:
            if self.view.rated:
                rated = self.store.rated(self.owner, self.view.verdict, self.view.query)
                return rated_html(rated, self.view, self.texts)
            found = self.store.listed(self.owner, self.view.query)
            return list_html(found, self.view, open_.id, self.texts, notice=self.view.notice)
        except DocentError as error:
            return list_html([], self.view, None, self.texts, notice=str(error))

    def title(self, conversation: Conversation) -> str:
        """What a kept conversation is called now."""
        try:
            return self.store.title(self.owner or "", conversation.id or "")
        except DocentError:  # deleted in another window; what is shown goes by the name it had
            return conversation.title

    def after(self, change: Callable[[Conversations, str], None]) -> Session:
        """The session once a change is made, with nothing asked any more, and a notice where it failed."""
        try:
            change(self.store, self.owner or "")
        except DocentError as error:
            return replace(self, view=replace(self.view.asking(), notice=str(error)))
        return replace(self, view=self.view.asking())

    def opened(self, id_: str) -> Conversation:
        """A kept conversation, to be read and gone on with; raises DocentError."""
        exchanges = map(exchange_of, self.store.exchanges(self.owner or "", id_))
        shown = (replace(e, answer=restated(e.answer, self.texts)) if e.answer else e for e in exchanges)
        return Conversation(tuple(shown), id=id_, title=self.store.title(self.owner or "", id_))


def build_history(i18n: gr.I18n) -> HistoryPanel:
    """Lays out the panel."""
    search = gr.Textbox(
        label=i18n("history.search"),
        placeholder=i18n("history.search"),
        show_label=False,
        lines=1,
        max_lines=1,
        elem_id="history-search",
    )
    events = ("open", "ask_rename", "rename", "ask_delete", "delete", "close_form", "show")
    script = "docent.forms(element, trigger, watch);docent.conversations(trigger);"
    listed = event_html(*events, elem_id="history", script=script)
    keys = gr.HTML(elem_id="keys", apply_default_css=False)
    return HistoryPanel(gr.State(HistoryView()), search, listed, keys)


def wire_history(
    panel: HistoryPanel, drawn: list[Any], language: gr.State, page: gr.Blocks, workspace: Workspace
) -> None:
    """Connects the panel. `drawn`: what a Frame draws but for the list, the conversation and its bar first."""
    handlers = HistoryHandlers(workspace)
    conversation, bar = drawn[:2]
    session = [conversation, panel.view, language]
    changed = [panel.view, panel.listed]
    typed = [panel.search, *session]
    options: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "queue": False}
    # Not `input`, which text that is pasted or comes from an input method does not raise.
    panel.search.change(handlers.search, typed, changed, trigger_mode="always_last", **options)
    for click, handler in (
        (panel.listed.ask_rename, handlers.ask_rename),
        (panel.listed.ask_delete, handlers.ask_delete),
        (panel.listed.close_form, handlers.close_form),
        (panel.listed.show, handlers.show),
    ):
        on(click, handler, session, changed)
    frame = [*drawn, panel.listed]
    on(panel.listed.open, handlers.open, session, frame)
    on(panel.listed.delete, handlers.delete, session, [panel.view, *frame])
    on(panel.listed.rename, handlers.rename, session, [panel.view, conversation, bar, panel.listed])
    on(page.load, handlers.greet, [], [bar, panel.listed, panel.keys])


class HistoryHandlers:
    """What happens in the panel. `here`: the conversation that is open, the session's view and its language."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def greet(self, request: gr.Request) -> tuple[Markup, Markup, Markup]:
        """A visit begins with a new conversation, beside those that are kept."""
        language = preferred_language(request.cookies, request.headers.get("accept-language", ""))
        session, anew = Session.of(request, HistoryView(), language, self._workspace), Conversation()
        return bar_html(anew, session.texts), session.listing(anew), keys_html(session.texts)

    def search(self, request: gr.Request, typed: str, *here: Any) -> Looked:
        conversation, view, language = here
        return self._look(request, conversation, replace(view, query=typed), language)

    def ask_rename(self, event: gr.EventData, request: gr.Request, *here: Any) -> Looked:
        conversation, view, language = here
        return self._look(request, conversation, view.asking(renaming=detail(event, "conversation")), language)

    def ask_delete(self, event: gr.EventData, request: gr.Request, *here: Any) -> Looked:
        conversation, view, language = here
        return self._look(request, conversation, view.asking(deleting=detail(event, "conversation")), language)

    def close_form(self, request: gr.Request, *here: Any) -> Looked:
        conversation, view, language = here
        return self._look(request, conversation, view.asking(), language)

    def show(self, event: gr.EventData, request: gr.Request, *here: Any) -> Looked:
        conversation, view, language = here
        verdict = detail(event, "verdict")
        chosen = Verdict(verdict) if verdict in set(Verdict) else None
        shown = replace(view.asking(), rated=detail(event, "what") == "rated", verdict=chosen)
        return self._look(request, conversation, shown, language)

    def open(self, event: gr.EventData, request: gr.Request, *here: Any) -> Frame:
        conversation, view, language = here
        session = Session.of(request, view, language, self._workspace)
        try:
            opened = session.opened(detail(event, "conversation"))
        except DocentError as error:
            told = replace(session, view=replace(view, notice=str(error)))
            return [*NOTHING_NEW[:-1], told.listing(conversation)]
        return gone_on(conversation, opened, session.texts, session.listing)

    def rename(self, event: gr.EventData, request: gr.Request, *here: Any) -> list[object]:
        conversation, view, language = here
        session = Session.of(request, view, language, self._workspace)
        id_ = detail(event, "conversation")
        session = session.after(lambda store, owner: store.rename(owner, id_, detail(event, "title")))
        if id_ == conversation.id:
            conversation = replace(conversation, title=session.title(conversation))
        bar = bar_html(conversation, session.texts)
        return [session.view, conversation, bar, session.listing(conversation)]

    def delete(self, event: gr.EventData, request: gr.Request, *here: Any) -> list[object]:
        conversation, view, language = here
        session = Session.of(request, view, language, self._workspace)
        id_ = detail(event, "conversation")
        session = session.after(lambda store, owner: store.delete(owner, id_))
        if id_ == conversation.id and session.view.notice is None:
            return [session.view, *gone_on(conversation, Conversation(), session.texts, session.listing)]
        return [session.view, *NOTHING_NEW[:-1], session.listing(conversation)]

    def _look(self, request: gr.Request, conversation: Conversation, view: HistoryView, language: Language) -> Looked:
        return view, Session.of(request, view, language, self._workspace).listing(conversation)
