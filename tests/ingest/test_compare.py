"""What a sync finds to do, from what is known and what is there."""

from __future__ import annotations

import pytest

from ingest.catalog import SourceFile
from ingest.compare import Plan, compare
from ingest.types import DocumentState

READY, FAILED = DocumentState.READY, DocumentState.FAILED


def plan(
    known: dict[str, tuple[SourceFile, DocumentState]], *there: SourceFile, retry: bool = False, hashes: str = ""
) -> Plan:
    """`hashes` are the one-letter hashes of the files that may be read, as "name:hash"; reading another one fails."""
    readable = dict(pair.split(":") for pair in hashes.split())
    wanted = {file.name: file for file in there}
    return compare(known, wanted, known.keys() - wanted.keys(), readable.__getitem__, retry=retry)


def known(*files: SourceFile, state: DocumentState = READY) -> dict[str, tuple[SourceFile, DocumentState]]:
    return {file.name: (file, state) for file in files}


def test_file_of_the_same_size_and_time_is_unchanged_and_not_read() -> None:
    assert plan(known(SourceFile("a", 1, 1, "x")), SourceFile("a", 1, 1)).unchanged == ["a"]


def test_new_time_and_old_content_is_unchanged_but_touched() -> None:
    found = plan(known(SourceFile("a", 1, 1, "x")), SourceFile("a", 1, 2), hashes="a:x")
    assert (found.unchanged, found.touched, found.due) == (["a"], [SourceFile("a", 1, 2)], [])


def test_other_content_is_due() -> None:
    assert plan(known(SourceFile("a", 1, 1, "x")), SourceFile("a", 1, 2), hashes="a:y").due == [SourceFile("a", 1, 2)]
    assert plan(known(SourceFile("a", 1, 1, "x")), SourceFile("a", 2, 1)).due == [SourceFile("a", 2, 1)]


@pytest.mark.parametrize("state", [state for state in DocumentState if not state.is_final])
def test_unfinished_document_is_due_though_its_file_is_unchanged(state: DocumentState) -> None:
    assert plan(known(SourceFile("a", 1, 1, "x"), state=state), SourceFile("a", 1, 1)).due == [SourceFile("a", 1, 1)]


def test_failed_document_is_due_only_with_retry() -> None:
    failed = known(SourceFile("a", 1, 1, "x"), state=FAILED)
    assert plan(failed, SourceFile("a", 1, 1)).due == []
    assert plan(failed, SourceFile("a", 1, 1), retry=True).due == [SourceFile("a", 1, 1)]


def test_file_of_a_gone_document_under_another_name_is_a_rename() -> None:
    found = plan(known(SourceFile("a.txt", 1, 1, "x")), SourceFile("b.txt", 1, 9), hashes="b.txt:x")
    assert (found.renamed, found.due, found.removed) == ({"a.txt": SourceFile("b.txt", 1, 9)}, [], [])


@pytest.mark.parametrize(
    ("there", "hashes"),
    [
        (SourceFile("b.txt", 1, 9), "b.txt:y"),  # other content
        (SourceFile("b.txt", 2, 9), ""),  # other size
        (SourceFile("b.md", 1, 9), ""),  # another type reads the same bytes otherwise
    ],
)
def test_what_differs_is_no_rename(there: SourceFile, hashes: str) -> None:
    found = plan(known(SourceFile("a.txt", 1, 1, "x")), there, hashes=hashes)
    assert (found.renamed, found.due, found.removed) == ({}, [there], ["a.txt"])


def test_of_two_copies_one_is_the_rename_and_the_other_is_new() -> None:
    there = [SourceFile("b.txt", 1, 9), SourceFile("c.txt", 1, 9)]
    found = plan(known(SourceFile("a.txt", 1, 1, "x")), *there, hashes="b.txt:x c.txt:x")
    assert (found.renamed, found.due) == ({"a.txt": there[0]}, [there[1]])


def test_document_that_failed_is_not_renamed() -> None:
    found = plan(known(SourceFile("a.txt", 1, 1, "x"), state=FAILED), SourceFile("b.txt", 1, 9))
    assert ([file.name for file in found.due], found.removed) == (["b.txt"], ["a.txt"])
