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
        ("paragraph", ("价目表",), "Prices of 2026"),
        ("table", ("价目表",), "编号 | 价格 | 备注\n007 | 3 | NA\n008 |  | None\n009 | 0.3"),
        ("table", ("价目表",), "折扣 | 15%"),
        ("heading", (), "Dates"),
        ("table", ("Dates",), "2026-03-01 | 2026-03-01 09:30:00 | TRUE"),
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
        ("table", (), "code | 价格 | note\n007 | 1.50 | NA\n010 |  | two lines"),
    ]


def test_a_chinese_csv_of_an_old_excel_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("商品,价格\n咖啡,18\n年卡会员的价格,以店内公告为准\n".encode("gb18030"))
    assert "年卡会员的价格 | 以店内公告为准" in parse(path, max_pages=10).text
