"""Docling as the second parser: its documents become ours, in the worker and without network, where it was chosen."""

from __future__ import annotations

from pathlib import Path

import pytest
from docling_core.types.doc.common.content_layer import ContentLayer
from docling_core.types.doc.document import DoclingDocument, TableCell, TableData
from docling_core.types.doc.labels import DocItemLabel

from ingest.errors import BrokenDocument, SettingsError
from ingest.parse import docling, parser_version
from ingest.parse.isolated import ParserProcess
from ingest.settings import DOCLING, IngestSettings
from ingest.types import ElementKind, ParsedDocument

# fmt: off
PAGE = """<h1>Gifts</h1><p>A <b>card</b> is <a href="#">valid</a>, always.</p><p>礼品卡<b>永久</b>有效。</p>
<h2>Where</h2><ol><li>In the <i>shop</i></li></ol>
<table><tr><th>Item</th><th>Price</th></tr><tr><td><b>Tea</b> green</td><td>5</td></tr></table>
<img src="http://127.0.0.1:9/picture.png">"""
# fmt: on


def told(document: ParsedDocument) -> list[tuple[ElementKind, str]]:
    return [(element.kind, document.text[element.start : element.end]) for element in document.elements]


def table(*rows: tuple[str, str]) -> TableData:
    cells = [
        TableCell(
            text=text,
            start_row_offset_idx=row,
            end_row_offset_idx=row + 1,
            start_col_offset_idx=column,
            end_col_offset_idx=column + 1,
            column_header=row == 0,
        )
        for row, values in enumerate(rows)
        for column, text in enumerate(values)
    ]
    return TableData(table_cells=cells, num_rows=len(rows), num_cols=2)


def test_structure_of_a_docling_document_is_kept() -> None:
    found = DoclingDocument(name="returns")
    found.add_title("Returns")
    found.add_heading("Deadlines", level=1)
    found.add_text(DocItemLabel.TEXT, "Within 30 days.")
    items = found.add_list_group()
    found.add_list_item("Bring the receipt", enumerated=True, marker="1.", parent=items)
    found.add_heading("Shops", level=2)
    found.add_table(table(("Shop", "Telephone"), ("Lakeside", "801")))
    found.add_code("return 0")
    found.add_text(DocItemLabel.TEXT, "Say this aloud.", content_layer=ContentLayer.NOTES)
    found.add_text(DocItemLabel.PAGE_HEADER, "Page 1", content_layer=ContentLayer.FURNITURE)
    document = docling.document_of(found)
    assert told(document) == [
        (ElementKind.HEADING, "Returns"),
        (ElementKind.HEADING, "Deadlines"),
        (ElementKind.PARAGRAPH, "Within 30 days."),
        (ElementKind.LIST_ITEM, "1. Bring the receipt"),
        (ElementKind.HEADING, "Shops"),
        (ElementKind.TABLE, "Shop: Lakeside; Telephone: 801"),
        (ElementKind.CODE, "return 0"),
        (ElementKind.PARAGRAPH, "Say this aloud."),
    ]
    assert document.elements[5].heading_path == ("Returns", "Deadlines", "Shops")


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        (["A", "card", "is valid", ", always."], "A card is valid, always."),
        (["礼品卡", "永久", "有效。"], "礼品卡永久有效。"),
        (["买", "Kindle", "送卡"], "买Kindle送卡"),
        (["(", "see below", ")"], "(see below)"),
    ],
)
def test_line_that_is_set_in_several_ways_is_one_text(runs: list[str], text: str) -> None:
    found = DoclingDocument(name="inline")
    item = found.add_list_item("", parent=found.add_list_group())
    line = found.add_inline_group(parent=item)
    for run in runs:
        found.add_text(DocItemLabel.TEXT, run, parent=line)
    assert told(docling.document_of(found)) == [(ElementKind.LIST_ITEM, text)]


def test_files_are_read_by_docling_where_it_was_chosen(tmp_path: Path) -> None:
    page, notes = tmp_path / "gifts.html", tmp_path / "notes.txt"
    page.write_text(PAGE, encoding="utf-8")
    notes.write_text("Docling does not read this.", encoding="utf-8")
    (tmp_path / "broken.docx").write_bytes(b"PK\x03\x04 and no more")
    with ParserProcess(IngestSettings(parser="docling")) as parser:
        assert told(parser.parse(page)) == [
            (ElementKind.HEADING, "Gifts"),
            (ElementKind.PARAGRAPH, "A card is valid, always."),
            (ElementKind.PARAGRAPH, "礼品卡永久有效。"),
            (ElementKind.HEADING, "Where"),
            (ElementKind.LIST_ITEM, "In the shop"),
            (ElementKind.TABLE, "Item: Tea green; Price: 5"),
        ]
        assert told(parser.parse(notes)) == [(ElementKind.PARAGRAPH, "Docling does not read this.")]
        with pytest.raises(BrokenDocument, match="damaged"):
            parser.parse(tmp_path / "broken.docx")


def test_index_knows_which_parser_read_its_documents() -> None:
    assert parser_version(DOCLING) != parser_version("built-in")
    assert docling.installed_version() in parser_version(DOCLING)


def test_choosing_docling_where_it_is_not_installed_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docling, "_PACKAGE", "docling-that-nobody-installed")
    with pytest.raises(SettingsError, match=r"\.\[docling\]"):
        parser_version(DOCLING)


def test_a_parser_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="parser = 'tika'"):
        IngestSettings.from_mapping({"parser": "tika"})
