from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from ingest.errors import BrokenDocument
from ingest.parse import parse
from tests.ingest.parse.checks import outline


def test_every_sheet_and_every_cell_is_read_as_it_stands(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    prices = workbook.active
    prices.title = "价目表"
    for row in [
        ["Prices of 2026"],
        ["编号", "价格", "备注"],
        ["007", 3, "NA"],
        ["008", None, "None"],
        ["009", 0.1 + 0.2, None],
    ]:
        prices.append(row)
    prices.append([])
    prices.append(["折扣", 0.15])
    prices["B7"].number_format = "0%"
    dates = workbook.create_sheet("Dates")
    dates.append([date(2026, 3, 1), datetime(2026, 3, 1, 9, 30), True])
    workbook.create_sheet("空")
    workbook.save(tmp_path / "a.xlsx")

    document = parse(tmp_path / "a.xlsx", max_pages=10)
    assert outline(document) == [
        ("heading", (), "价目表"),
        ("heading", ("价目表",), "A1:C5"),
        (
            "table",
            ("价目表", "A1:C5"),
            "Prices of 2026\n编号：007；价格：3；备注：NA\n编号：008；备注：None\n编号：009；价格：0.3",
        ),
        ("heading", ("价目表",), "A7:B7"),
        ("table", ("价目表", "A7:B7"), "折扣 | 15%"),
        ("heading", (), "Dates"),
        ("heading", ("Dates",), "A1:C1"),
        ("table", ("Dates", "A1:C1"), "2026-03-01 | 2026-03-01 9:30:00 | TRUE"),
        ("heading", (), "空"),
    ]
    assert document.page_count == 3


def test_a_workbook_without_cells_is_refused(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    with pytest.raises(BrokenDocument, match="holds no text"):
        parse(tmp_path / "a.xlsx", max_pages=10)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_delimited_text_keeps_codes_gaps_and_quoted_lines(tmp_path: Path, mark: str) -> None:
    rows = [["code", "价格", "note"], ["007", "1.50", "NA"], ["010", "", '"two\nlines"']]
    path = tmp_path / ("a.tsv" if mark == "\t" else "a.csv")
    path.write_bytes("\r\n".join(mark.join(row) for row in rows).encode())
    assert outline(parse(path, max_pages=10)) == [
        ("heading", (), "A1:C3"),
        ("table", ("A1:C3",), "code: 007; 价格: 1.50; note: NA\ncode: 010; note: two lines"),
    ]


def test_a_chinese_csv_of_an_old_excel_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("商品,价格\n咖啡,18\n年卡会员的价格,以店内公告为准\n".encode("gb18030"))
    assert "年卡会员的价格：以店内公告为准" in parse(path, max_pages=10).text


def test_tables_beside_and_below_each_other_are_apart_and_named_by_their_cells(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in [
        ["日期", "营业额", "客流", None, "Item", "Stock", "Shelf"],
        ["周一", 1200, 80, None, "Tea", 5, "A1"],
        ["周二", 1300, 90, None, "Coffee", 7, "A2"],
        [],
        ["备注：周末另计"],
    ]:
        sheet.append(row)
    sheet["B2"].number_format = '"¥"#,##0'
    sheet.sheet_state = "hidden"
    workbook.create_sheet("空")
    workbook.save(tmp_path / "a.xlsx")
    assert outline(parse(tmp_path / "a.xlsx", max_pages=10))[1:-1] == [
        ("heading", ("Sheet",), "A1:C3"),
        ("table", ("Sheet", "A1:C3"), "日期：周一；营业额：¥1,200；客流：80\n日期：周二；营业额：1300；客流：90"),
        ("heading", ("Sheet",), "E1:G3"),
        ("table", ("Sheet", "E1:G3"), "Item: Tea; Stock: 5; Shelf: A1\nItem: Coffee; Stock: 7; Shelf: A2"),
        ("paragraph", ("Sheet",), "备注：周末另计"),
    ]


def test_empty_columns_that_space_a_table_out_and_rows_below_its_header_do_not_part_it(tmp_path: Path) -> None:
    text = "In CHF,,2025,,2026,,Change\n,,,,,,\nZone A,,10,,12,,2\nZone B,,7,,5,,-2\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    assert outline(parse(tmp_path / "a.csv", max_pages=10)) == [
        ("heading", (), "A1:G4"),
        (
            "table",
            ("A1:G4",),
            "In CHF: Zone A; 2025: 10; 2026: 12; Change: 2\nIn CHF: Zone B; 2025: 7; 2026: 5; Change: -2",
        ),
    ]


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("name;price;city\nA;1,5;Rom\nB;2,5;Bern\n", "name: A; price: 1,5; city: Rom\nname: B; price: 2,5; city: Bern"),
        ("sep=|\r\n商品|价格|产地\r\n茶|15|福建\r\n", "商品：茶；价格：15；产地：福建"),
        ('a,"first\nsecond"\nb,"x, y"\n', "a: first second\nb: x, y"),
    ],
)
def test_the_delimiter_is_what_cuts_rows_evenly(tmp_path: Path, text: str, table: str) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8", newline="")
    assert outline(parse(tmp_path / "a.csv", max_pages=10))[-1][2] == table
