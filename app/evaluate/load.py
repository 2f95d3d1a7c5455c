"""Read a set of questions with known answers from disk. Knows files and their fields; knows nothing of indexes.

A set is a folder with documents and questions:

    documents.jsonl.gz   {"document", "text"}; or a folder documents/ of files
    questions.jsonl.gz   {"id", "question", "answers", "answerable", "documents",
                          "evidence": [{"document", "start", "end"[, "text"]}, ...]}

"documents" names those that answer the question; "evidence" says where in their text, in characters. Either file may
also be plain .jsonl. A .json file in the format of SQuAD 1 or 2 is a set as well: each article a document.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.evaluate.dataset import Dataset, Question, Span, placed
from app.evaluate.squad import squad_dataset
from ingest import files
from ingest.errors import SettingsError

DOCUMENTS, QUESTIONS, FILES = "documents.jsonl", "questions.jsonl", "documents"
_FIELDS = {
    "id": (str, int),
    "question": (str,),
    "answers": (list,),
    "answerable": (bool,),
    "documents": (list,),
    "evidence": (list,),
}


def find_datasets(paths: Sequence[Path]) -> list[Path]:
    """The given paths that are sets, and the sets directly inside the other folders; raises SettingsError."""
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise SettingsError(f"There is no file or folder {str(path)!r}. Check the path and try again.")
        here = [place for place in (path, *_inside(path)) if _is_dataset(place)]
        if not here:
            raise SettingsError(
                f"There is no {QUESTIONS}.gz with {DOCUMENTS}.gz or {FILES}/ in {str(path)!r} or in a folder of it, "
                f"and it is no SQuAD file. Choose a set of questions."
            )
        found.extend([path] if path in here else here)
    return found


def load_dataset(path: Path) -> Dataset:
    """Read one set; raises SettingsError where a file is not what the module's description says."""
    if path.is_file():
        return squad_dataset(path.name.removesuffix(".gz").removesuffix(".json"), path, _json(path))
    questions_file = _one_of(path, QUESTIONS)
    documents_file = _one_of(path, DOCUMENTS)
    texts = dict(_texts(documents_file, path.name)) if documents_file else {}
    found = {} if documents_file else {item.name: item.path for item in files.incoming([path / FILES])}
    known = texts.keys() | found.keys()
    if not known or questions_file is None:
        raise SettingsError(f"The set {path.name!r} has no document. Put some into {str(path / FILES)!r}.")
    questions = tuple(_question(row, where, known) for where, row in _rows(questions_file, _FIELDS))
    if not questions:
        raise SettingsError(f"The set {path.name!r} has no question: {str(questions_file)!r} is empty.")
    if texts:
        questions = tuple(placed(question, texts.__getitem__) for question in questions)
    return Dataset(path.name, path, questions, texts, found)


def _texts(path: Path, name: str) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for where, row in _rows(path, {"document": (str,), "text": (str,)}):
        if row["document"] in seen:
            raise SettingsError(f"{where} holds {row['document']!r} a second time. Names of documents are unique.")
        if "\r" in row["text"]:
            raise SettingsError(
                f"The document {row['document']!r} of {name} has carriage returns, which are dropped when it is "
                f"read, so that every place after them is off. Write its lines with \\n and count anew."
            )
        seen.add(row["document"])
        yield row["document"], _unmarked(row["text"])


def _unmarked(text: str) -> str:
    """Reading a file takes a byte order mark off; a space in its place leaves every character where it is."""
    return re.sub("^\ufeff", " ", text)


def _question(row: Mapping[str, Any], where: str, known: set[str]) -> Question:
    evidence = [_span(item, where) for item in row["evidence"]]
    unknown = sorted({*map(str, row["documents"]), *(span.document for span, _ in evidence)} - known)
    if unknown:
        raise SettingsError(f"{where} names the document {unknown[0]!r}, which is not among the set's documents.")
    return Question(
        id=str(row["id"]),
        text=row["question"],
        answerable=row["answerable"],
        wordings=tuple(str(answer) for answer in row["answers"] if answer),
        documents=frozenset(row["documents"]) or frozenset(span.document for span, _ in evidence),
        evidence=tuple(span for span, _ in evidence),
        quotes=tuple(quote for _, quote in evidence),
    )


def _span(item: Any, where: str) -> tuple[Span, str]:
    try:
        return Span(str(item["document"]), int(item["start"]), int(item["end"])), _unmarked(str(item.get("text") or ""))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SettingsError(
            f'{where} has evidence that is not {{"document", "start", "end"}}: {type(error).__name__} {error}.'
        ) from error


# --- files ------------------------------------------------------------------------------------------------------------


def _rows(path: Path, fields: Mapping[str, tuple[type, ...]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(what to call the line in an error, its object) of every line that is not blank."""
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        where = f"Line {number} of {str(path)!r}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise SettingsError(f"{where} is not JSON: {error}.") from error
        if not isinstance(row, dict):
            raise SettingsError(f"{where} is not a JSON object but {line.strip()[:40]!r}.")
        if missing := fields.keys() - row.keys():
            raise SettingsError(f"{where} lacks {', '.join(sorted(missing))}.")
        for name, kinds in fields.items():
            if not isinstance(row[name], kinds):
                kind = " or ".join(kind.__name__ for kind in kinds)
                raise SettingsError(f"{where} has {str(row[name])[:40]!r} as {name!r}, which is not {kind}.")
        yield where, row


def _lines(path: Path) -> Iterator[str]:
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
            for line in stream:  # split at \n alone: a text may hold other line separators
                yield line.decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise SettingsError(f"{str(path)!r} cannot be read: {error}. Check the file.") from error


def _json(path: Path) -> Any:
    try:
        return json.loads("".join(_lines(path)))
    except ValueError as error:
        raise SettingsError(f"{str(path)!r} is not JSON: {error}.") from error


def _one_of(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / f"{name}.gz", folder / name) if path.is_file()), None)


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _is_dataset(path: Path) -> bool:
    if path.is_file():
        return path.name.endswith((".json", ".json.gz"))
    has_documents = _one_of(path, DOCUMENTS) is not None or (path / FILES).is_dir()
    return has_documents and _one_of(path, QUESTIONS) is not None
