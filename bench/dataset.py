"""Read a set of questions with known answers. Knows its two files; knows nothing of indexes or scores.

    documents.jsonl.gz   {"document", "text"}
    questions.jsonl.gz   {"id", "question", "answers", "answerable", "documents",
                          "evidence": [{"document", "start", "end"}, ...]}

"documents" names those that answer the question; "evidence" says where in their text, in characters.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.errors import SettingsError

DOCUMENTS, QUESTIONS = "documents.jsonl.gz", "questions.jsonl.gz"


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a document's text."""

    document: str
    start: int  # characters
    end: int  # exclusive

    def holds(self, other: Span) -> bool:
        """Whether `other` lies in this span, from end to end."""
        return self.document == other.document and self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Question:
    """A question that the documents answer."""

    id: str
    text: str
    documents: frozenset[str]  # those that answer it
    evidence: tuple[Span, ...]  # where they do; empty where the set does not say
    answers: tuple[Span, ...]  # every occurrence of an answer within the evidence

    def is_answered_by(self, chunk: Span) -> bool:
        """Whether the chunk lies in an evidence span, holds all of one, or holds an answer that stands in one."""
        return any(span.holds(chunk) or chunk.holds(span) for span in self.evidence) or any(
            chunk.holds(answer) for answer in self.answers
        )


@dataclass(frozen=True, slots=True)
class Dataset:
    """Documents and the answerable questions about them."""

    name: str
    documents: dict[str, str]  # name -> text
    questions: tuple[Question, ...]


def find_datasets(folders: Sequence[Path]) -> list[Path]:
    """The given folders that are datasets, and the datasets directly inside the others; raises SettingsError."""
    found: list[Path] = []
    for folder in folders:
        here = [path for path in (folder, *_subfolders(folder)) if _is_dataset(path)]
        if not here:
            raise SettingsError(f"There is no {DOCUMENTS} with {QUESTIONS} in {str(folder)!r} or in a folder of it.")
        found.extend(here)
    return found


def load_dataset(folder: Path) -> Dataset:
    """Read one dataset folder; raises SettingsError where a file is not what the module's description says."""
    documents = {}
    for row in _rows(folder / DOCUMENTS, {"document", "text"}):
        if "\r" in row["text"]:
            raise SettingsError(
                f"The document {row['document']!r} of {folder.name} has carriage returns, which are dropped when it is "
                f"read, so that every place after them is off. Write its lines with \\n and count anew."
            )
        documents[row["document"]] = row["text"]
    rows = _rows(folder / QUESTIONS, {"id", "question", "answers", "answerable", "documents", "evidence"})
    questions = tuple(_question(row, documents) for row in rows if row["answerable"])
    return Dataset(folder.name, documents, questions)


def _question(row: dict[str, Any], documents: dict[str, str]) -> Question:
    evidence = tuple(Span(item["document"], item["start"], item["end"]) for item in row["evidence"])
    unknown = sorted({*row["documents"], *(span.document for span in evidence)} - documents.keys())
    if unknown:
        raise SettingsError(
            f"Question {row['id']!r} names the document {unknown[0]!r}, which {DOCUMENTS} does not have."
        )
    answers = tuple(
        found for span in evidence for answer in row["answers"] for found in _occurrences(answer, span, documents)
    )
    return Question(str(row["id"]), row["question"], frozenset(row["documents"]), evidence, answers)


def _occurrences(answer: str, span: Span, documents: dict[str, str]) -> Iterator[Span]:
    text = documents[span.document]
    at = text.find(answer, span.start, span.end) if answer else -1
    while at >= 0:
        yield Span(span.document, at, at + len(answer))
        at = text.find(answer, at + 1, span.end)


def _rows(path: Path, fields: set[str]) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            row = json.loads(line)
            if missing := fields - row.keys():
                raise SettingsError(f"Line {number} of {str(path)!r} lacks {', '.join(sorted(missing))}.")
            yield row


def _subfolders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _is_dataset(folder: Path) -> bool:
    return (folder / DOCUMENTS).is_file() and (folder / QUESTIONS).is_file()
