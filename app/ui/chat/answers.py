"""How a conversation looks: questions, answers with their markers, citation cards, refusals, failures. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from app.types import Answer, Sentence
from app.ui.chat.conversation import Exchange, Place, place_of
from app.ui.chat.trace_html import percent_words, why_html
from app.ui.markup import Markup, element, join
from app.ui.texts import Texts
from app.ui.viewer.places import where_html

SURE = 0.8  # from this confidence on, in words: sure
FAIRLY_SURE = 0.5
NEAREST = 4  # passages shown with a refusal: what fits on a screen together with the refusal itself


def exchange_html(exchange: Exchange, index: int, texts: Texts) -> Markup:
    """One question with what has become of it."""
    question = element(
        "div", element("span", texts("chat.you"), class_="visually-hidden"), exchange.question, class_="question"
    )
    return element("article", question, _reply(exchange, index, texts), class_="exchange")


def _reply(exchange: Exchange, index: int, texts: Texts) -> Markup:
    if exchange.problem is not None:
        title = element("strong", texts("chat.problem"))
        return element("div", title, element("p", texts.told(exchange.problem)), class_="reply problem", role="alert")
    if exchange.answer is not None:
        return _answer(exchange.answer, index, texts)
    said = element("p", exchange.text, class_="said") if exchange.text else Markup()
    if exchange.stopped:
        return element("div", said, element("p", texts("chat.stopped"), class_="aside"), class_="reply")
    stage = "start" if exchange.stage is None else exchange.stage.value
    return element("div", said, element("p", texts(f"stage.{stage}"), class_="stage", role="status"), class_="reply")


def _answer(answer: Answer, index: int, texts: Texts) -> Markup:
    documents = {citation.number: citation.document for citation in answer.citations}
    sentences = (_sentence(s, index, documents, answer.exact, texts) for s in answer.sentences)
    said = element("p", *sentences, class_="said")
    if answer.small_talk:
        return element("div", said, class_="reply")
    notices = (element("li", texts.told(notice)) for notice in answer.notices)
    noticed = element("ul", *notices, class_="notices") if answer.notices else Markup()
    meta, why = _meta(answer, texts), why_html(answer, index, texts)
    if not answer.refused:
        return element("div", said, meta, _sources(answer, index, texts), noticed, why, class_="reply")
    title = element("strong", texts("answer.refused"), class_="refusal-title")
    reason = element("p", refusal_words(answer, texts), class_="refusal-reason")
    return element(
        "div", title, said, reason, _nearest(answer, index, texts), noticed, meta, why, class_="reply refusal"
    )


def _sentence(sentence: Sentence, index: int, documents: dict[int, str], exact: str | None, texts: Texts) -> Markup:
    markers = (
        element(
            "button",
            str(number),
            type="button",
            class_="marker",
            aria_label=texts("answer.marker", number=number, document=documents.get(number, "")),
            data_event="passage",
            data_exchange=index,
            data_kind="citation",
            data_number=number,
        )
        for number in sentence.citations
    )
    if sentence.supported:
        return join(sentence.separator, _words(sentence, exact), *markers)
    flag = element("span", texts("answer.unsupported"), class_="flag", title=texts("answer.unsupported_hint"))
    return join(sentence.separator, element("span", sentence.text, class_="unsupported"), *markers, flag)


def _words(sentence: Sentence, exact: str | None) -> Markup:
    """The sentence, the span in it that answers exactly set off."""
    if not exact or exact not in sentence.text:
        return join(sentence.text)
    before, found, after = sentence.text.partition(exact)
    return join(before, element("strong", found, class_="exact"), after)


def _meta(answer: Answer, texts: Texts) -> Markup:
    parts = []
    if not answer.refused:
        words = confidence_words(answer.confidence, texts)
        parts.append(element("span", words, title=texts("answer.confidence_hint")))
        if answer.quoted:
            parts.append(element("span", texts("answer.quoted")))
    if answer.seconds:
        parts.append(element("span", texts("answer.seconds", seconds=f"{sum(answer.seconds.values()):.1f}")))
    if answer.standalone_question not in ("", answer.question):
        parts.append(element("span", texts("answer.searched_as", question=answer.standalone_question)))
    return element("p", *parts, class_="meta") if parts else Markup()


def confidence_words(confidence: float, texts: Texts) -> str:
    """Confidence in words and per cent."""
    key = "sure" if confidence >= SURE else "fairly_sure" if confidence >= FAIRLY_SURE else "unsure"
    return texts(f"answer.{key}", percent=percent_words(confidence))


def refusal_words(answer: Answer, texts: Texts) -> str:
    """Why the nearest passages were not enough."""
    if not answer.passages:
        return texts("answer.why_nothing")
    best, threshold = answer.confidence, answer.trace.threshold if answer.trace else None
    if threshold is None:
        return texts("answer.why_best", percent=percent_words(best))
    if best >= threshold:
        return texts("answer.why_model", percent=percent_words(best))
    found, needed = percent_words(best), percent_words(threshold)
    if found == needed:
        found = f"{100 * best:.1f}"
    return texts("answer.why_unsure", percent=found, needed=needed)


def _sources(answer: Answer, index: int, texts: Texts) -> Markup:
    cards = (
        _card(place_of(citation), str(citation.number), texts, index=index, kind="citation", number=citation.number)
        for citation in answer.citations
    )
    return _cards(texts("answer.sources"), cards) if answer.citations else Markup()


def _nearest(answer: Answer, index: int, texts: Texts) -> Markup:
    cards = (
        _card(
            place_of(passage),
            texts("answer.match", percent=percent_words(passage.score)),
            texts,
            index=index,
            kind="passage",
            number=number,
        )
        for number, passage in enumerate(answer.passages[:NEAREST])
    )
    return _cards(texts("answer.nearest"), cards) if answer.passages else Markup()


def _cards(title: str, cards: Iterable[Markup]) -> Markup:
    items = (element("li", card) for card in cards)
    return element("section", element("h3", title), element("ul", *items, class_="cards"), class_="sources")


def _card(place: Place, badge: str, texts: Texts, *, index: int, kind: str, number: int) -> Markup:
    head = element("span", element("span", badge, class_="badge"), where_html(place, texts), class_="card-head")
    return element(
        "button",
        head,
        element("span", place.quote, class_="quote"),
        type="button",
        class_="card",
        title=texts("answer.open", document=place.document),
        data_event="passage",
        data_exchange=index,
        data_kind=kind,
        data_number=number,
    )
