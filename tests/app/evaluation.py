"""A small set of questions whose figures can be worked out by hand, and an engine that costs nothing to start."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from app.engine import Engine
from app.evaluate.ask import Asked
from app.evaluate.dataset import Question, Span
from app.evaluate.spans import Coverage
from app.types import Answer, Sentence
from ingest.embed import Encoder
from tests.ingest.fakes import WordEncoder

ENGLISH = "Parcels leave on Monday.\n\nThe harbour hall seats eighty guests."
CHINESE = "礼品卡两年内有效。\n\n望舟厅每小时二百元。"
TEXTS = {".hidden.txt": ENGLISH, "../名字.md": CHINESE, "third": "Dogs may come in on a lead."}


class WordEngine(Engine):
    """Searches by shared words."""

    def encoder(self, setting: str) -> Encoder:
        return WordEncoder(setting)


def known(id_: str, question: str, document: str, evidence: str, *answers: str) -> dict[str, Any]:
    """A row of questions.jsonl about a place of TEXTS."""
    start = TEXTS[document].index(evidence)
    place = {"document": document, "start": start, "end": start + len(evidence), "text": evidence}
    return {"id": id_, "question": question, "answers": answers, "documents": [document], "evidence": [place]}


QUESTIONS = [
    known("1", "How many guests does the harbour hall seat?", ".hidden.txt", ENGLISH[26:], "eighty"),
    known("2", "望舟厅每小时多少钱？", "../名字.md", CHINESE[11:], "二百元"),
    known("3", "May dogs come in?", "third", TEXTS["third"], "on a lead"),
    {"id": "4", "question": "Who painted the ceiling?", "documents": [], "answerable": False},
]


def row(**fields: Any) -> dict[str, Any]:
    """A row of questions.jsonl with what is not given filled in."""
    return {"id": "1", "question": "?", "answers": [], "answerable": True, "documents": [], "evidence": [], **fields}


def write_set(folder: Path, texts: dict[str, str], questions: Iterable[dict[str, Any]]) -> Path:
    """A set of texts."""
    folder.mkdir(parents=True)
    write_lines(folder / "documents.jsonl.gz", [{"document": name, "text": text} for name, text in texts.items()])
    write_lines(folder / "questions.jsonl.gz", [row(**question) for question in questions])
    return folder


def write_lines(path: Path, rows: Sequence[object]) -> None:
    """JSON lines, compressed where the name says so."""
    with gzip.open(path, "wt", encoding="utf-8") if path.suffix == ".gz" else path.open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def asked(
    *,
    answerable: bool = True,
    refused: bool = False,
    confidence: float = 0.5,
    right: bool = True,
    said: str = "eighty",
    found: Sequence[Span] = (),
    coverage: Coverage | None = None,
    question: Question | None = None,
) -> Asked:
    """A question that was asked, made by hand."""
    question = question or Question("1", "?", answerable, wordings=("eighty",), documents=frozenset(["a"]))
    sentences = (Sentence(said, ()),)
    answer = Answer("?", "?", sentences, (), (), confidence, refused, quoted=True, seconds={"retrieve": 0.1})
    return Asked(question, False, tuple(found), coverage, answer, right, cited_verbatim=0, cited_right=0)
