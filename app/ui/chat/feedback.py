"""What a reader thinks of an answer: a verdict by a click, and then, as they like, why and what would be right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gradio as gr

from app.conversations.kept import REASONS, Correction, Evidence, Feedback, Verdict
from app.ui.chat.conversation import Conversation, Exchange, Form
from app.ui.chat.transcript import last_html, past_html
from app.ui.chat.turn import choosable
from app.ui.history.history import HistoryPanel, Session
from app.ui.parts import detail, number_detail, on
from app.ui.workspace import Workspace
from ingest.errors import DocentError

MOST_CHARACTERS = 4000  # of what a reader writes

Drawn = list[object]  # conversation, past, current, the list of conversations
_NOTHING_NEW: Drawn = [gr.skip()] * 4


def wire_feedback(
    turns: tuple[gr.HTML, gr.HTML],
    conversation: gr.State,
    history: HistoryPanel,
    language: gr.State,
    workspace: Workspace,
) -> None:
    """Connects the verdicts of the past turns and of the current one."""
    handlers = FeedbackHandlers(workspace)
    session = [conversation, history.view, language]
    drawn = [conversation, *turns, history.listed]
    for turn in turns:
        on(turn.rate, handlers.rate, session, drawn)
        on(turn.explain, handlers.explain, session, drawn)
        on(turn.close_form, handlers.close_form, session, drawn)


class FeedbackHandlers:
    """What happens to a verdict. `here`: the conversation that is open, the session's view and its language."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def rate(self, event: gr.EventData, request: gr.Request, *here: Any) -> Drawn:
        """A click on a verdict gives it, at once, and asks why; a click on the verdict that was given takes it back."""
        index, verdict = number_detail(event, "exchange"), detail(event, "verdict")

        def rated(conversation: Conversation, session: Session) -> Conversation:
            given = conversation.exchanges[index].feedback
            if given is not None and given.verdict == verdict:
                return replace(_keep(conversation, index, None, session), form=None)
            kept = _keep(conversation, index, Feedback(Verdict(verdict)), session)
            return replace(kept, form=Form(index, Verdict(verdict)))

        return self._draw(request, here, rated)

    def explain(self, event: gr.EventData, request: gr.Request, *here: Any) -> Drawn:
        index = number_detail(event, "exchange")

        def explained(conversation: Conversation, session: Session) -> Conversation:
            feedback = feedback_of(event, conversation.exchanges[index])
            return replace(_keep(conversation, index, feedback, session), form=None)

        return self._draw(request, here, explained)

    def close_form(self, request: gr.Request, *here: Any) -> Drawn:
        return self._draw(request, here, lambda conversation, _: replace(conversation, form=None))

    def _draw(
        self, request: gr.Request, here: tuple[Any, ...], change: Callable[[Conversation, Session], Conversation]
    ) -> Drawn:
        """Nothing while an answer is under way, which draws the conversation itself, nor for what is not there."""
        conversation, view, language = here
        session = Session.of(request, view, language, self._workspace)
        if conversation.busy:
            return _NOTHING_NEW
        try:
            changed = change(conversation, session)
        except (IndexError, ValueError):  # made up by the browser
            return _NOTHING_NEW
        except DocentError as error:
            return [*_NOTHING_NEW[:-1], replace(session, view=replace(view, notice=str(error))).listing(conversation)]
        texts = session.texts
        return [changed, past_html(changed, texts), last_html(changed, texts), session.listing(changed)]


def _keep(conversation: Conversation, index: int, feedback: Feedback | None, session: Session) -> Conversation:
    exchange = conversation.exchanges[index]
    if exchange.id is not None:
        session.store.rate(session.owner or "", exchange.id, feedback)
    return conversation.rated(index, feedback)


def feedback_of(event: gr.EventData, exchange: Exchange) -> Feedback:
    """What was filled in; ValueError where the form has no such verdict."""
    verdict = Verdict(detail(event, "verdict"))
    reasons = tuple(reason for reason in REASONS[verdict] if detail(event, f"reason_{reason}"))
    return Feedback(verdict, reasons, _written(event, "note"), _correction(event, exchange))


def _correction(event: gr.EventData, exchange: Exchange) -> Correction | None:
    answer = _written(event, "answer")
    if detail(event, "right") == "absent":
        return Correction(absent=True)
    passage = dict(choosable(exchange)).get(number_detail(event, "right"))
    evidence = Evidence(passage.document, passage.start, passage.end, passage.text) if passage else None
    return Correction(answer, evidence) if answer or evidence else None


def _written(event: gr.EventData, name: str) -> str:
    return detail(event, name).strip()[:MOST_CHARACTERS]
