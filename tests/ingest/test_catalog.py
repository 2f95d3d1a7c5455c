"""What the catalog keeps of a document, and what becomes of catalogs that an older Docent made."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import database
from ingest.catalog import Catalog, SourceFile
from ingest.errors import IndexBusy, IndexDamaged, IndexMismatch, IndexUnusable
from ingest.rows import pack_layout, unpack_layout
from ingest.schema import VERSION
from ingest.types import Box, Chunk, DocumentState, Element, ElementKind, ParsedDocument

DOCUMENT = ParsedDocument(
    "Rates\n\nTen euros.",
    (
        Element(ElementKind.HEADING, 0, 5, 1),
        Element(ElementKind.PARAGRAPH, 7, 17, 1, ("Rates",), Box(0.1, 0.2, 0.9, 0.3)),
    ),
    page_count=1,
    notices=("Page 2 could not be read.",),
)
FILE = SourceFile("rates.pdf", 100, 1, "ab" * 32)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(tmp_path / "catalog.sqlite3")
    yield catalog
    catalog.close()


def commit(catalog: Catalog, file: SourceFile = FILE, document: ParsedDocument = DOCUMENT) -> range:
    (ids,) = catalog.journal.reserve([1])
    catalog.commit(file, document, [Chunk(0, document.text[7:], 7, len(document.text), 1, ("Rates",))], ids)
    return ids


def bytes_of(catalog: Catalog) -> bytes:
    return b"".join(path.read_bytes() for path in catalog_folder(catalog).iterdir())


def catalog_folder(catalog: Catalog) -> Path:
    return catalog._database._path.parent


def test_document_comes_back_as_its_parser_read_it(catalog: Catalog) -> None:
    commit(catalog)
    assert catalog.parsed(FILE.name) == DOCUMENT


ELEMENTS = st.builds(
    Element,
    kind=st.sampled_from(ElementKind),
    start=st.integers(0, 10**9),
    end=st.integers(0, 10**9),
    page=st.none() | st.integers(1, 5000),
    heading_path=st.lists(st.text(max_size=8), max_size=3).map(tuple),
    box=st.none() | st.builds(Box, *[st.integers(0, 10_000).map(lambda n: n / 10_000)] * 4),
)


@given(st.lists(ELEMENTS, max_size=8).map(tuple), st.lists(st.text(max_size=20), max_size=2).map(tuple))
def test_layout_survives_packing(elements: tuple[Element, ...], notices: tuple[str, ...]) -> None:
    document = ParsedDocument("text", elements, 3, notices)
    assert unpack_layout("text", pack_layout(document), 3) == document


def test_what_could_not_be_read_is_the_reason_of_a_ready_document(catalog: Catalog) -> None:
    commit(catalog)
    record = catalog.record(FILE.name)
    assert record is not None
    assert (record.state, record.reason) == (DocumentState.READY, "Page 2 could not be read.")


def test_repetition_is_told_for_as_long_as_the_other_is_there(catalog: Catalog) -> None:
    plain = ParsedDocument(DOCUMENT.text, DOCUMENT.elements)
    for name in ("a.pdf", "b.pdf"):
        commit(catalog, SourceFile(name, 100, 1, FILE.sha256), plain)
    assert [record.reason for record in catalog.records()] == [None, "The same content as 'a.pdf'."]
    catalog.remove(["a.pdf"])
    assert [record.reason for record in catalog.records()] == [None]


def test_committed_version_and_its_file_stay_known_while_the_next_is_on_its_way(catalog: Catalog) -> None:
    commit(catalog)
    catalog.queue([SourceFile(FILE.name, 200, 2)])
    catalog.enter([FILE.name], DocumentState.PARSING)
    assert catalog.sources()[FILE.name] == (FILE, DocumentState.PARSING)
    assert catalog.text(FILE.name) == DOCUMENT.text


def test_draft_is_kept_for_the_same_content_and_parser_only(catalog: Catalog) -> None:
    catalog.queue([FILE])
    catalog.keep_draft(FILE, DOCUMENT, parser="1")
    assert catalog.draft(FILE.name, str(FILE.sha256), parser="1") == DOCUMENT
    assert catalog.draft(FILE.name, str(FILE.sha256), parser="2") is None
    assert catalog.draft(FILE.name, "cd" * 32, parser="1") is None
    catalog.reject(SourceFile(FILE.name, 1, 2, "cd" * 32), DocumentState.FAILED, "other content")
    assert catalog.draft(FILE.name, str(FILE.sha256), parser="1") is None


def test_purge_leaves_nothing_of_a_draft_or_of_removed_text(catalog: Catalog) -> None:
    secret = ParsedDocument("Rates\n\nXylophone quetzal.", DOCUMENT.elements)
    commit(catalog, document=secret)
    catalog.keep_draft(FILE, secret, parser="1")
    assert b"quetzal" in bytes_of(catalog).lower()
    catalog.remove([FILE.name])
    catalog.purge()
    assert b"quetzal" not in bytes_of(catalog).lower()


def test_catalog_from_before_layouts_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    catalog = Catalog(path)
    commit(catalog)
    catalog.close()
    with sqlite3.connect(path) as old:
        old.execute("ALTER TABLE documents DROP COLUMN layout")
        old.execute("DROP TABLE drafts")
        old.execute("PRAGMA user_version=0")
    old.close()
    catalog = Catalog(path)
    assert catalog.text(FILE.name) == DOCUMENT.text
    assert catalog.parsed(FILE.name) is None
    assert [fact.is_searchable for fact in catalog.facts()] == [True]
    catalog.close()


def test_catalog_of_a_newer_version_is_refused_by_both_numbers(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    Catalog(path).close()
    with sqlite3.connect(path) as newer:
        newer.execute(f"PRAGMA user_version={VERSION + 1}")
    newer.close()
    with pytest.raises(IndexMismatch, match=rf"version is {VERSION + 1}, this Docent knows {VERSION}.*docent rebuild"):
        Catalog(path)


def test_catalog_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    path.write_bytes(b"This was a database once. " * 100)
    with pytest.raises(IndexDamaged, match=r"cannot be read.*docent rebuild"):
        Catalog(path)


def test_catalog_held_by_another_program_is_named(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    other = sqlite3.connect(tmp_path / "catalog.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    impatient = Catalog(tmp_path / "catalog.sqlite3")
    with pytest.raises(IndexBusy, match=r"Another program holds .*catalog.sqlite3.*Close it"):
        impatient.set_meta("key", "value")
    other.execute("ROLLBACK")
    impatient.set_meta("key", "value")
    assert catalog.meta("key") == "value"
    other.close()
    impatient.close()


def test_full_disk_is_told_and_what_was_there_stays(catalog: Catalog, tmp_path: Path) -> None:
    commit(catalog)
    with catalog._database.connected() as connection:  # the only one there is, so the next change runs into its limit
        ((pages,),) = connection.execute("PRAGMA page_count")
        connection.execute(f"PRAGMA max_page_count={pages}")
    long = ParsedDocument("x" * 1_000_000, DOCUMENT.elements)
    with pytest.raises(IndexUnusable, match=r"disk .* is full.*Free some space"):
        commit(catalog, SourceFile("long.pdf", 1, 1), long)
    assert catalog.text(FILE.name) == DOCUMENT.text
    assert catalog.record("long.pdf") is None


def test_lengths_of_all_chunks_are_known_without_reading_their_text(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    Catalog(path).close()
    with closing(sqlite3.connect(path)) as connection:
        ((*_, plan),) = connection.execute("EXPLAIN QUERY PLAN SELECT count(*), coalesce(avg(terms), 0) FROM chunks")
    assert "COVERING INDEX" in plan
