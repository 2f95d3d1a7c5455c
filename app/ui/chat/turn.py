"""How one turn of a conversation looks with what can be done to it: copy, rate, edit, ask again. Pure."""

from __future__ import annotations

from app.conversations.export import answer_markdown
from app.conversations.kept import REASONS, Feedback, Verdict
from app.types import Passage
from app.ui.chat.answers import exchange_html
from app.ui.chat.conversation import Exchange, Form
from app.ui.markup import Markup, element, join
from app.ui.texts import Texts

OFFERED = 8  # passages to choose the right one from
_SHOWN_CHARACTERS = 140  # of each of them


def turn_html(exchange: Exchange, index: int, form: Form | None, texts: Texts, *, last: bool) -> Markup:
    """The exchange, what can be done to it once it is finished, and what is open to be filled in."""
    opened = form if form is not None and form.exchange == index else None
    shown = exchange_html(exchange, index, texts)
    if not exchange.finished:
        return element("div", shown, class_="turn")
    if opened is not None and opened.verdict is None:
        return element("div", _edit_form(exchange, texts), shown, class_="turn editing")
    actions = element("div", *_actions(exchange, index, texts, last=last), class_="turn-actions")
    verdict = _verdict_form(exchange, index, opened.verdict, texts) if opened and opened.verdict else Markup()
    return element("div", shown, actions, verdict, class_="turn")


def _actions(exchange: Exchange, index: int, texts: Texts, *, last: bool) -> list[Markup]:
    actions = []
    if exchange.answer is not None:
        said = answer_markdown(exchange.answer, texts)
        copied = texts("turn.copied")
        actions.append(
            element("button", texts("turn.copy"), type="button", class_="act", data_copy=said, data_done=copied)
        )
    if last:
        actions.append(_act("edit", texts("turn.edit"), index))
        actions.append(_act("again", texts("chat.again"), index))
    if exchange.answer is not None and exchange.id is not None:
        given = exchange.feedback.verdict if exchange.feedback else None
        actions += [_act("rate", texts(f"verdict.{v.value}"), index, verdict=v, pressed=v is given) for v in Verdict]
    return actions


def _act(event: str, text: str, index: int, *, verdict: Verdict | None = None, pressed: bool | None = None) -> Markup:
    return element(
        "button",
        text,
        type="button",
        class_="act",
        aria_pressed=None if pressed is None else str(pressed).lower(),
        data_event=event,
        data_exchange=index,
        data_verdict=verdict,
    )


def _edit_form(exchange: Exchange, texts: Texts) -> Markup:
    field = element(
        "textarea",
        exchange.question,
        name_="question",
        rows=min(8, 2 + exchange.question.count("\n")),
        autofocus=True,
        required=True,
        data_submits=True,
        aria_label=texts("chat.input"),
    )
    buttons = element("div", _submit(texts("turn.ask")), _close(texts), class_="form-buttons")
    return element("form", field, buttons, class_="edit", data_form="ask_instead")


def _verdict_form(exchange: Exchange, index: int, verdict: Verdict, texts: Texts) -> Markup:
    """Why, and for a bad answer what would have been right. Everything in it may be left empty."""
    feedback = exchange.feedback or Feedback(verdict)
    reasons = (
        _choice("checkbox", f"reason_{reason}", "on", texts(f"reason.{reason}"), checked=reason in feedback.reasons)
        for reason in REASONS[verdict]
    )
    why = element("fieldset", element("legend", texts(f"feedback.why_{verdict.value}")), *reasons, class_="choices")
    note = element(
        "textarea",
        feedback.note,
        name_="note",
        rows=2,
        placeholder=texts("feedback.note"),
        aria_label=texts("feedback.note"),
    )
    right = _correction(exchange, feedback, texts) if verdict is Verdict.BAD else Markup()
    buttons = element("div", _submit(texts("feedback.save")), _close(texts), class_="form-buttons")
    return element(
        "form",
        element("p", texts("feedback.thanks"), class_="aside", role="status"),
        why,
        note,
        right,
        buttons,
        class_="verdict",
        data_form="explain",
        data_exchange=index,
        data_verdict=verdict,
    )


def _correction(exchange: Exchange, feedback: Feedback, texts: Texts) -> Markup:
    correction = feedback.correction
    chosen = "" if correction is None else "absent" if correction.absent else ""
    rows = [_choice("radio", "right", "", texts("feedback.right_unknown"), checked=not chosen)]
    rows += [
        _choice("radio", "right", str(number), _passage_words(passage), detail=passage.document)
        for number, passage in choosable(exchange)
    ]
    rows.append(_choice("radio", "right", "absent", texts("feedback.right_absent"), checked=chosen == "absent"))
    field = element(
        "input",
        name_="answer",
        value=correction.answer if correction else "",
        placeholder=texts("feedback.right_answer"),
        aria_label=texts("feedback.right_answer"),
    )
    hint = element("p", texts("feedback.right_hint"), class_="aside")
    return element("fieldset", element("legend", texts("feedback.right")), hint, *rows, field, class_="right")


def choosable(exchange: Exchange) -> list[tuple[int, Passage]]:
    """The passages of an answer that can be named as the right one, with their places among all of them."""
    passages = exchange.answer.passages if exchange.answer else ()
    return [(n, passage) for n, passage in enumerate(passages[:OFFERED]) if passage.start < passage.end]


def _passage_words(passage: Passage) -> str:
    words = " ".join(passage.text.split())
    return words if len(words) <= _SHOWN_CHARACTERS else f"{words[:_SHOWN_CHARACTERS]}…"


def _choice(kind: str, name: str, value: str, text: str, *, checked: bool = False, detail: str = "") -> Markup:
    box = element("input", type=kind, name_=name, value=value, checked=checked)
    where = element("span", detail, class_="document-name") if detail else Markup()
    return element("label", box, element("span", where, join(" ") if detail else Markup(), text))


def _submit(text: str) -> Markup:
    return element("button", text, type="submit", class_="primary small")


def _close(texts: Texts) -> Markup:
    return element("button", texts("turn.cancel"), type="button", class_="quiet", data_event="close_form")
