"""Compare the files that are there with the documents that are known. Knows names, sizes, times and hashes; pure.

It asks for a hash only where size and time leave a doubt, so an unchanged file is never read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from ingest.catalog import SourceFile
from ingest.types import DocumentState

Known = Mapping[str, tuple[SourceFile, DocumentState]]
Hash = Callable[[str], str]  # document name -> SHA-256 of its file


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sync has to do."""

    due: list[SourceFile]  # new, changed, or not finished last time
    unchanged: list[str]
    touched: list[SourceFile]  # of those unchanged: the time stamp is another
    renamed: dict[str, SourceFile]  # old name -> the file of the new name
    removed: list[str]


def compare(
    known: Known, wanted: Mapping[str, SourceFile], gone: Collection[str], sha256: Hash, *, retry: bool
) -> Plan:
    """How to get from what is known to what is wanted; `gone` are the known names whose files are not there.

    Documents that failed are due again only with `retry`.
    """
    renamed = _renamed(known, [file for name, file in wanted.items() if name not in known], gone, sha256)
    new_names = {file.name for file in renamed.values()}
    due, unchanged, touched = [], [], []
    for name, file in wanted.items():
        if name in new_names:
            continue
        if not _is_current(file, known, sha256, retry=retry):
            due.append(file)
            continue
        unchanged.append(name)
        if file.modified_ns != known[name][0].modified_ns:
            touched.append(file)
    return Plan(due, sorted(unchanged), touched, renamed, sorted(name for name in gone if name not in renamed))


def _is_current(file: SourceFile, known: Known, sha256: Hash, *, retry: bool) -> bool:
    if file.name not in known:
        return False
    old, state = known[file.name]
    if not state.is_final or (retry and state is not DocumentState.READY):
        return False
    if (old.bytes, old.modified_ns) == (file.bytes, file.modified_ns):
        return True
    return old.bytes == file.bytes and old.sha256 == sha256(file.name)


def _renamed(known: Known, new: list[SourceFile], gone: Collection[str], sha256: Hash) -> dict[str, SourceFile]:
    """Searchable documents whose files are gone while a new one has the same content and type."""
    missing: dict[tuple[int, str], list[str]] = {}
    for name in sorted(gone):
        old, state = known[name]
        if state is DocumentState.READY and old.sha256 is not None:
            missing.setdefault(_look(old), []).append(name)
    renamed: dict[str, SourceFile] = {}
    for file in new:
        candidates = missing.get(_look(file), [])
        if not candidates:
            continue
        digest = sha256(file.name)
        old_name = next((name for name in candidates if known[name][0].sha256 == digest), None)
        if old_name is not None:
            candidates.remove(old_name)
            renamed[old_name] = file
    return renamed


def _look(file: SourceFile) -> tuple[int, str]:
    return file.bytes, PurePosixPath(file.name).suffix.lower()
