"""Write a conversation as Markdown, JSON or a Word document, answers with their sources. Pure; the words are given."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.conversations.kept import KeptExchange
from app.conversations.restated import Words, restated
from app.types import Answer, Citation

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~$])")  # what Markdown would take for more than text, wherever it stands
_AT_START = re.compile(r"^(\s*)([#+=-]|\d+[.)])", re.MULTILINE)  # and at the start of a line
# XML has no place for these, not even escaped.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Told:
    """A conversation to be written out, oldest exchange first."""

    title: str
    exchanges: Sequence[KeptExchange]


def to_markdown(told: Told, words: Words) -> bytes:
    """The whole conversation, headed by its title."""
    parts = [f"# {_plain(told.title)}"]
    for exchange in told.exchanges:
        parts += [
            f"## {_plain(_line(exchange.asked.question))}",
            f"*{_when(exchange, words)}*",
            _reply(exchange, words),
        ]
    return ("\n\n".join(parts) + "\n").encode()


def answer_markdown(answer: Answer, words: Words) -> str:
    """One answer with its numbered sources."""
    shown = restated(answer, words)
    said = "".join(
        _plain(s.separator + s.text) + "".join(f"\\[{number}\\]" for number in s.citations) for s in shown.sentences
    )
    sources = (f"{c.number}. {_plain(source_words(c, words))}\n\n{_quoted(c.quote)}" for c in shown.citations)
    heading = [f"**{words('answer.sources')}**"] if shown.citations else []
    return "\n\n".join([said, *heading, *sources])


def to_json(told: Told, words: Words) -> bytes:
    """The whole conversation with every field; text that is gone is empty."""
    exchanges = [
        {
            "question": exchange.asked.question,
            "asked_at": exchange.asked_at,
            "collection": exchange.asked.collection,
            "model": exchange.asked.model,
            "scope": exchange.asked.scope,
            "answer": None if exchange.answer is None else _answer_json(exchange.answer),
            "problem": exchange.problem,
            "feedback": None if exchange.feedback is None else asdict(exchange.feedback),
        }
        for exchange in told.exchanges
    ]
    return json.dumps({"title": told.title, "exchanges": exchanges}, ensure_ascii=False, indent=2).encode()


def to_docx(told: Told, words: Words) -> bytes:
    """The whole conversation as a Word document."""
    from docx import Document  # takes a while to import

    document = Document()
    document.add_heading(_text(told.title), level=0)
    for exchange in told.exchanges:
        document.add_heading(_text(_line(exchange.asked.question)), level=1)
        document.add_paragraph(_text(_when(exchange, words))).runs[0].italic = True
        if exchange.answer is None:
            document.add_paragraph(_text(_why_not(exchange, words)))
        else:
            _add_answer(document, restated(exchange.answer, words), words)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


FORMATS: Mapping[str, tuple[Callable[[Told, Words], bytes], str]] = {  # suffix -> writer, media type
    "md": (to_markdown, "text/markdown; charset=utf-8"),
    "json": (to_json, "application/json"),
    "docx": (to_docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
}


def source_words(citation: Citation, words: Words) -> str:
    """Where a citation stands: document, page, heading."""
    page = "" if citation.page is None else words("place.page", page=citation.page)
    return " · ".join(part for part in (citation.document, page, citation.heading or "") if part)


def _reply(exchange: KeptExchange, words: Words) -> str:
    return _plain(_why_not(exchange, words)) if exchange.answer is None else answer_markdown(exchange.answer, words)


def _why_not(exchange: KeptExchange, words: Words) -> str:
    return exchange.problem or words("chat.stopped")


def _when(exchange: KeptExchange, words: Words) -> str:
    return words("export.when", time=exchange.asked_at[:16].replace("T", " "), model=exchange.asked.model)


def _answer_json(answer: Answer) -> dict[str, Any]:
    return {"text": answer.text, **asdict(answer), "seconds": dict(answer.seconds)}


def _add_answer(document: Any, answer: Answer, words: Words) -> None:
    paragraph = document.add_paragraph()
    for sentence in answer.sentences:
        paragraph.add_run(_text(sentence.separator + sentence.text))
        for number in sentence.citations:
            paragraph.add_run(f"[{number}]").font.superscript = True
    if answer.citations:
        document.add_heading(words("answer.sources"), level=2)
    for citation in answer.citations:
        document.add_paragraph(_text(f"[{citation.number}] {source_words(citation, words)}"))
        document.add_paragraph(_text(citation.quote), style="Intense Quote")


def _plain(text: str) -> str:
    """Text that Markdown shows letter for letter."""
    return _AT_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", text))


def _quoted(text: str) -> str:
    return "\n".join(f"   > {line}" for line in _plain(text).splitlines() or [""])


def _line(text: str) -> str:
    return " ".join(text.split())


def _text(text: str) -> str:
    return _NO_TEXT.sub("\ufffd", text)
