"""Turn rated answers into an evaluation set: documents, and questions with what would be right. Knows its format.

`documents.jsonl.gz` holds {"document", "text"} a line, `questions.jsonl.gz` {"id", "question", "answers", "answerable",
"documents", "evidence": [{"document", "start", "end", "text"}]}, offsets in characters into the document's text.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO

from app.conversations.kept import Evidence, KeptExchange, Verdict, is_gone
from app.types import Answer

FOLDER = "docent-feedback"  # in the archive

Row = Mapping[str, object]


def write_evaluation_set(
    exchanges: Iterable[KeptExchange], documents: Sequence[str], stored_text: Callable[[str], str], target: IO[bytes]
) -> int:
    """Write a ZIP archive of the set; returns how many questions it has. `documents`: the whole collection."""
    questions = [row for exchange in exchanges if (row := question_row(exchange, stored_text)) is not None]
    texts = ({"document": name, "text": stored_text(name)} for name in documents)
    with zipfile.ZipFile(target, "w") as archive:
        _write(archive, "documents.jsonl.gz", texts)
        _write(archive, "questions.jsonl.gz", questions)
    return len(questions)


def question_row(exchange: KeptExchange, stored_text: Callable[[str], str]) -> Row | None:
    """One question of the set; None where the verdict does not say what would be right."""
    feedback, answer = exchange.feedback, exchange.answer
    if feedback is None or answer is None:
        return None
    if feedback.verdict is Verdict.GOOD:
        answers = [] if answer.refused else [answer.exact or " ".join(s.text for s in answer.sentences)]
        evidence = [Evidence(c.document, c.start, c.end, c.quote) for c in answer.citations if not is_gone(c)]
        return _row(exchange, answer, answers, evidence, stored_text)
    correction = feedback.correction
    if correction is None:
        return None
    named = [correction.evidence] if correction.evidence else []
    said = correction.answer or (named[0].text if named else "")
    return _row(exchange, answer, [said] if said and not correction.absent else [], named, stored_text)


def _row(
    exchange: KeptExchange,
    answer: Answer,
    answers: Sequence[str],
    evidence: Iterable[Evidence],
    stored_text: Callable[[str], str],
) -> Row:
    verbatim = [e for e in evidence if stored_text(e.document)[e.start : e.end] == e.text] if answers else []
    return {
        "id": f"feedback-{exchange.id}",
        "question": answer.standalone_question or exchange.asked.question,
        "answers": list(answers),
        "answerable": bool(answers),
        "documents": list(dict.fromkeys(e.document for e in verbatim)),
        "evidence": [{"document": e.document, "start": e.start, "end": e.end, "text": e.text} for e in verbatim],
    }


def _write(archive: zipfile.ZipFile, name: str, rows: Iterable[Row]) -> None:
    with (
        archive.open(f"{FOLDER}/{name}", "w") as entry,
        gzip.GzipFile(fileobj=entry, mode="wb", mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8") as lines,
    ):
        lines.writelines(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
