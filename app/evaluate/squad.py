"""Read SQuAD's format, versions 1 and 2, which CMRC and DRCD share: articles of paragraphs with questions. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.evaluate.dataset import Dataset, Question, Span, placed
from ingest.errors import SettingsError

_BETWEEN = "\n\n"  # paragraphs of an article


def squad_dataset(name: str, source: Path, content: Any) -> Dataset:
    """Each article a document, each paragraph the evidence of its questions; raises SettingsError."""
    texts: dict[str, str] = {}
    questions: list[Question] = []
    try:
        for number, article in enumerate(content["data"], start=1):
            title = str(article.get("title") or f"article {number}")
            document = title if title not in texts else f"{title} ({number})"
            paragraphs = article["paragraphs"]
            texts[document] = _BETWEEN.join(_context(paragraph) for paragraph in paragraphs)
            questions.extend(_questions(document, paragraphs))
    except (KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"{str(source)!r} is not in SQuAD's format: {type(error).__name__} {error}. It holds "
            f'{{"data": [{{"title", "paragraphs": [{{"context", "qas": [{{"id", "question", "answers"}}]}}]}}]}}.'
        ) from error
    if not questions:
        raise SettingsError(f"The set {name!r} has no question: {str(source)!r} holds none.")
    return Dataset(name, source, tuple(placed(question, texts.__getitem__) for question in questions), texts, {})


def _context(paragraph: dict[str, Any]) -> str:
    return str(paragraph["context"]).replace("\r\n", "\n").replace("\r", "\n")


def _questions(document: str, paragraphs: list[dict[str, Any]]) -> Iterator[Question]:
    start = 0
    for paragraph in paragraphs:
        context = _context(paragraph)
        for row in paragraph["qas"]:
            wordings = tuple(dict.fromkeys(str(answer["text"]) for answer in row["answers"] if answer["text"]))
            is_answerable = bool(wordings) and not row.get("is_impossible", False)
            yield Question(
                id=str(row["id"]),
                text=str(row["question"]),
                answerable=is_answerable,
                wordings=wordings if is_answerable else (),
                documents=frozenset([document]) if is_answerable else frozenset(),
                evidence=(Span(document, start, start + len(context)),) if is_answerable else (),
                quotes=(context,) if is_answerable else (),
            )
        start += len(context) + len(_BETWEEN)
