from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.errors import BrokenDocument
from ingest.parse import parse, structured
from ingest.types import ParsedDocument
from tests.ingest.parse.checks import outline


def _parse(folder: Path, name: str, text: str) -> ParsedDocument:
    (folder / name).write_text(text, encoding="utf-8")
    return parse(folder / name, max_pages=9)


def test_records_of_a_list_stand_alone_with_the_path_of_every_value(tmp_path: Path) -> None:
    value = [
        {"name": "Li Wei", "address": {"city": "Berlin", "zip": "10115"}, "tags": ["a", "b"], "none": None},
        {"name": "王芳", "vip": True, "orders": [{"id": 7}, {"id": 8}]},
    ]
    assert outline(_parse(tmp_path, "a.json", json.dumps(value))) == [
        ("paragraph", (), "name: Li Wei\naddress.city: Berlin\naddress.zip: 10115\ntags: a; b"),
        ("paragraph", (), "name: 王芳\nvip: true\norders[1].id: 7\norders[2].id: 8"),
    ]


def test_lists_of_records_stand_under_their_key_and_repeated_keys_are_kept(tmp_path: Path) -> None:
    text = '{"version": 2, "version": 3, "books": [{"title": "茶经"}, {"title": "Walden"}]}'
    assert outline(_parse(tmp_path, "a.json", text)) == [
        ("paragraph", (), "version: 2\nversion: 3"),
        ("heading", (), "books"),
        ("paragraph", ("books",), "title: 茶经"),
        ("paragraph", ("books",), "title: Walden"),
    ]


def test_json_with_comments_is_kept_as_it_stands_and_said_so(tmp_path: Path) -> None:
    document = _parse(tmp_path, "a.json", '{\n  // the port\n  "port": 80\n}')
    assert '// the port\n  "port": 80' in document.text
    assert document.notices == (
        "It is no valid JSON (line 2: Expecting property name enclosed in double quotes) and is kept as plain text.",
    )


def test_lines_that_are_no_json_are_counted_and_the_others_read(tmp_path: Path) -> None:
    document = _parse(tmp_path, "a.jsonl", '{"问": "几点？"}\n{"问": \n\n{"问": "哪里？"}\n')
    assert document.text == "问: 几点？\n\n问: 哪里？"
    assert document.notices == ("1 of 3 lines are no valid JSON: 2.",)


def test_values_nested_without_end_and_huge_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BrokenDocument, match="nested too deep"):
        _parse(tmp_path, "a.json", "[" * 100_000)
    monkeypatch.setattr(structured, "_MOST_BYTES", 10)
    with pytest.raises(BrokenDocument, match="11 bytes; the limit for its type is 10"):
        _parse(tmp_path, "b.json", '["12345678"'[:11])


def test_xml_of_data_becomes_records_and_xml_of_text_paragraphs_under_titles(tmp_path: Path) -> None:
    data = '<books><book id="1"><title>茶经</title><price>18</price></book><book id="2" title="Walden"/></books>'
    assert outline(_parse(tmp_path, "a.xml", data))[1:] == [
        ("paragraph", ("book",), "id: 1\ntitle: 茶经\nprice: 18"),
        ("paragraph", ("book",), "id: 2\ntitle: Walden"),
    ]
    prose = "<doc><title>手册</title><sec><title>Returns</title><p>Within <b>14</b> days.</p></sec></doc>"
    assert outline(_parse(tmp_path, "b.xml", prose)) == [
        ("heading", (), "手册"),
        ("heading", ("手册",), "Returns"),
        ("paragraph", ("手册", "Returns"), "Within 14 days."),
    ]


def test_xml_entities_reach_no_file_and_do_not_grow(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("PASSWORD")
    doctype = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt"><!ENTITY y "ha">]>'
    document = _parse(tmp_path, "a.xml", f"{doctype}<a><b>&x;</b><c>visible</c></a>")
    assert "PASSWORD" not in document.text
    assert "visible" in document.text
