"""How the list of conversations looks, and the list of the answers that were rated. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from app.conversations import ConversationRecord, RatedExchange
from app.conversations.kept import Feedback, Verdict
from app.ui.markup import Markup, element, join
from app.ui.texts import Texts


@dataclass(frozen=True, slots=True)
class HistoryView:
    """What one browser session looks at in the panel."""

    query: str = ""
    rated: bool = False  # the rated answers instead of the conversations
    verdict: Verdict | None = None  # only those rated so
    renaming: str | None = None  # the conversation whose new title is being typed
    deleting: str | None = None  # the conversation whose deletion waits for a yes
    notice: str | None = None  # what went wrong

    def asking(self, *, renaming: str | None = None, deleting: str | None = None) -> HistoryView:
        """The same with this question open, or none."""
        return replace(self, renaming=renaming, deleting=deleting, notice=None)


def list_html(
    conversations: Sequence[ConversationRecord],
    view: HistoryView,
    current: str | None,
    texts: Texts,
    *,
    notice: str | None,
) -> Markup:
    """The conversations by age, newest first."""
    told = element("p", texts.told(notice), class_="notice", role="alert") if notice else Markup()
    if not conversations:
        words = (
            Markup()
            if notice
            else element("p", texts("history.none" if view.query else "history.empty"), class_="aside")
        )
        return join(_switch(view, texts), told, words)
    today = datetime.now(UTC).date()
    ages: dict[str, list[Markup]] = {}
    for record in conversations:
        ages.setdefault(age(record.updated_at, today), []).append(_row(record, view, current, texts))
    groups = (
        element("section", element("h3", texts(f"history.{name}")), element("ul", *rows)) for name, rows in ages.items()
    )
    return join(_switch(view, texts), told, *groups)


def rated_html(rated: Sequence[RatedExchange], view: HistoryView, texts: Texts) -> Markup:
    """The rated answers, newest first, with a filter and the way out as an evaluation set."""
    filters = (
        _show(texts("feedback.all" if v is None else f"feedback.{v.value}"), v, pressed=v is view.verdict)
        for v in (None, *Verdict)
    )
    choice = element("div", *filters, class_="segments", role="group", aria_label=texts("feedback.filter"))
    if not rated:
        return join(_switch(view, texts), choice, element("p", texts("feedback.empty"), class_="aside"))
    link = element("a", texts("feedback.export"), href="feedback.zip", download=True, class_="quiet", data_of_here=True)
    hint = element("p", texts("feedback.export_hint"), class_="aside")
    rows = (element("li", _rating(one, texts)) for one in rated)
    return join(_switch(view, texts), choice, element("ul", *rows, class_="rated"), link, hint)


def age(moment: str, today: date) -> str:
    """How long ago something was, in words of the list."""
    days = (today - datetime.fromisoformat(moment).date()).days
    return "today" if days < 1 else "yesterday" if days == 1 else "week" if days < 8 else "older"


def _switch(view: HistoryView, texts: Texts) -> Markup:
    both = (
        element(
            "button",
            texts(f"history.{what}"),
            type="button",
            aria_pressed=str(view.rated is (what == "rated")).lower(),
            data_event="show",
            data_what=what,
        )
        for what in ("conversations", "rated")
    )
    title = element("h2", texts("history.title"), class_="visually-hidden")
    return join(title, element("div", *both, class_="segments", role="group", aria_label=texts("history.switch")))


def _show(text: str, verdict: Verdict | None, *, pressed: bool) -> Markup:
    return element(
        "button",
        text,
        type="button",
        aria_pressed=str(pressed).lower(),
        data_event="show",
        data_what="rated",
        data_verdict=verdict or "",
    )


def _row(record: ConversationRecord, view: HistoryView, current: str | None, texts: Texts) -> Markup:
    if view.renaming == record.id:
        return element("li", _rename_form(record, texts), class_="asked")
    if view.deleting == record.id:
        title = element("span", record.title, class_="title")
        yes = _button("delete", texts("history.delete_yes"), record, class_="danger")
        no = element(
            "button", texts("history.keep"), type="button", class_="quiet", autofocus=True, data_event="close_form"
        )
        words = element("p", texts("history.delete_ask"), class_="aside")
        return element("li", title, words, element("div", yes, no, class_="form-buttons"), class_="asked", role="alert")
    opener = element(
        "button",
        record.title,
        type="button",
        class_="title",
        title=record.title,
        aria_current="true" if record.id == current else None,
        data_event="open",
        data_conversation=record.id,
    )
    label = {kind: texts(f"history.{kind}_label", title=record.title) for kind in ("rename", "delete")}
    tools = (
        _button("ask_rename", texts("history.rename"), record, class_="plain", label=label["rename"]),
        _button("ask_delete", texts("history.delete"), record, class_="plain", label=label["delete"]),
    )
    return element("li", opener, element("span", *tools, class_="tools"))


def _rename_form(record: ConversationRecord, texts: Texts) -> Markup:
    label = texts("history.rename_label", title=record.title)
    field = element("input", name_="title", value=record.title, maxlength=200, autofocus=True, aria_label=label)
    save = element("button", texts("history.save"), type="submit", class_="primary small")
    cancel = element("button", texts("turn.cancel"), type="button", class_="quiet", data_event="close_form")
    buttons = element("div", save, cancel, class_="form-buttons")
    return element("form", field, buttons, data_form="rename", data_conversation=record.id)


def _button(event: str, text: str, record: ConversationRecord, *, class_: str, label: str | None = None) -> Markup:
    return element(
        "button",
        text,
        type="button",
        class_=class_,
        title=text if label else None,  # it is drawn as an icon
        aria_label=label,
        data_event=event,
        data_conversation=record.id,
    )


def _rating(rated: RatedExchange, texts: Texts) -> Markup:
    feedback = rated.exchange.feedback
    if feedback is None:
        return Markup()
    verdict = element("span", texts(f"feedback.{feedback.verdict.value}"), class_=f"rating {feedback.verdict.value}")
    details = " · ".join(_said(feedback, texts))
    return element(
        "button",
        verdict,
        element("span", rated.exchange.asked.question, class_="title"),
        element("span", details, class_="place") if details else Markup(),
        type="button",
        class_="card",
        data_event="open",
        data_conversation=rated.conversation,
    )


def _said(feedback: Feedback, texts: Texts) -> list[str]:
    test_case = [texts("feedback.test_case")] if feedback.correction else []
    note = [feedback.note] if feedback.note else []
    return [*test_case, *(texts(f"reason.{reason}") for reason in feedback.reasons), *note]
