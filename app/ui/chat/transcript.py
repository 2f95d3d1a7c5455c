"""What to draw for a conversation: its bar, its finished turns, the last one, and the question's field. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import gradio as gr

from app.conversations.export import FORMATS
from app.ui.chat.conversation import Conversation, Exchange
from app.ui.chat.turn import turn_html
from app.ui.markup import Markup, element, join
from app.ui.texts import Texts

Frame = list[object]  # conversation, bar, past, current, follow-ups, the question's field, the list of conversations
NOTHING_NEW: Frame = [gr.skip()] * 7
Listing = Callable[[Conversation], Markup]  # the list, with this conversation as the one that is open


def frames(conversations: Iterable[Conversation], texts: Texts, listing: Listing) -> Iterator[Frame]:
    """What to draw for each state of the exchange under way, which is the last; only what changes is drawn."""
    drawn: list[Exchange] | None = None
    for conversation in conversations:
        *before, exchange = conversation.exchanges
        is_first, is_new, drawn = drawn is None, drawn != before, before
        is_news = is_first or exchange.finished
        yield [
            conversation,
            bar_html(conversation, texts) if is_news else gr.skip(),
            past_html(conversation, texts) if is_new else gr.skip(),
            last_html(conversation, texts),
            Markup() if is_first else gr.skip(),
            _field(exchange, texts, is_first=is_first),
            listing(conversation) if is_news else gr.skip(),
        ]


def _field(exchange: Exchange, texts: Texts, *, is_first: bool) -> object:
    if exchange.finished:
        return question_field(texts, busy=False)
    return {**question_field(texts, busy=True), "value": ""} if is_first else gr.skip()


def resting_frame(conversation: Conversation, texts: Texts, listing: Listing) -> Frame:
    """The same for a conversation in which nothing is under way."""
    return [
        conversation,
        bar_html(conversation, texts),
        past_html(conversation, texts),
        last_html(conversation, texts),
        Markup(),
        question_field(texts, busy=False),
        listing(conversation),
    ]


def gone_on(conversation: Conversation, to: Conversation, texts: Texts, listing: Listing) -> Frame:
    """What to draw to show another conversation; while an answer is under way its end does that, and comes at once."""
    if conversation.stop is not None and conversation.busy:
        conversation.stop.then = to
        conversation.stop.set()
        return NOTHING_NEW
    return resting_frame(to, texts, listing)


def past_html(conversation: Conversation, texts: Texts) -> Markup:
    """The turns that others have followed."""
    before = enumerate(conversation.exchanges[:-1])
    return join(*(turn_html(e, i, conversation.form, texts, last=False) for i, e in before))


def last_html(conversation: Conversation, texts: Texts) -> Markup:
    """The last turn; nothing where there is none yet."""
    index = len(conversation.exchanges) - 1
    return join(*(turn_html(e, index, conversation.form, texts, last=True) for e in conversation.exchanges[-1:]))


def bar_html(conversation: Conversation, texts: Texts) -> Markup:
    """Above the conversation: the list's switch, the title, and what can be done with all of it."""
    switch = element("button", texts("history.title"), type="button", class_="quiet switch", data_switch="history")
    name = conversation.title
    title = element("h2", name, title=name) if name else element("span", class_="untitled")
    keys = element("button", "?", type="button", class_="quiet keys", data_keys=True, aria_label=texts("keys.title"))
    reason = texts.told(conversation.trouble or "")
    trouble = element("p", texts("history.trouble", reason=reason), class_="notice", role="alert")
    new = element("button", texts("chat.clear"), type="button", class_="quiet new", data_event="new")
    parts = (switch, title, _export(conversation, texts), keys, new)
    bar = element("div", *parts, class_="chat-bar", data_conversation=conversation.id)
    return join(bar, trouble if conversation.trouble else Markup())


def _export(conversation: Conversation, texts: Texts) -> Markup:
    if conversation.id is None or not conversation.exchanges:
        return Markup()
    links = (
        element("a", texts(f"export.{suffix}"), href=f"conversations/{conversation.id}.{suffix}", download=True)
        for suffix in FORMATS
    )
    return element("details", element("summary", texts("export.title")), element("div", *links), class_="menu")


def follow_ups_html(questions: Iterable[str], texts: Texts) -> Markup:
    """Questions to go on with, each asked by a click."""
    buttons = [
        element("li", element("button", question, type="button", data_event="ask", data_question=question))
        for question in questions
    ]
    if not buttons:
        return Markup()
    return join(element("p", texts("follow_ups.title"), class_="aside"), element("ul", *buttons))


def question_field(texts: Texts, *, busy: bool) -> dict[str, Any]:
    """Turns the field's button into stop, or back into send; what has been typed meanwhile stays."""
    return gr.update(submit_btn=False if busy else texts("chat.send"), stop_btn=texts("chat.stop") if busy else False)
