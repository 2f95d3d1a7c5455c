"""Write a report's files: report.html, results.json, answers.jsonl. Knows files and their fields."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.evaluate.ask import Asked
from app.evaluate.evaluation import Evaluated
from app.evaluate.measures import MEASURES
from app.evaluate.report import report
from ingest.errors import SettingsError


def write_report(evaluated: Sequence[Evaluated], folder: Path, content: object) -> None:
    """Everything about these sets; `content` is their JSON. Raises SettingsError where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.html").write_text(report([item.result for item in evaluated]), encoding="utf-8")
        (folder / "results.json").write_text(json.dumps(content, ensure_ascii=False, indent=2), encoding="utf-8")
        with (folder / "answers.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(row, ensure_ascii=False)}\n" for item in evaluated for row in _rows(item))
    except OSError as error:
        raise SettingsError(
            f"The report cannot be written to {str(folder)!r}: {error}. Name another folder."
        ) from error


def _rows(item: Evaluated) -> Iterator[dict[str, Any]]:
    for configuration, asked in item.asked.items():
        for one in asked:
            yield {"dataset": item.result.dataset, "configuration": configuration, **_row(one)}


def _row(item: Asked) -> dict[str, Any]:
    measures = {name: measure(item) for name, measure in MEASURES.items()}
    return {
        "id": item.question.id,
        "question": item.question.text,
        "answerable": item.is_answerable,
        "foreign": item.is_foreign,
        "known": item.question.wordings,
        "answer": item.answer.text,
        "exact": item.answer.exact,
        "refused": item.answer.refused,
        "confidence": item.answer.confidence,
        "passages_answer": item.passages_answer,
        "citations": [asdict(citation) for citation in item.answer.citations],
        "scores": {name: part / whole for name, (part, whole) in measures.items() if whole},
        "seconds": dict(item.answer.seconds),
    }
