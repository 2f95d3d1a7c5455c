from __future__ import annotations

import pytest

from ingest.parse.tables import table_lines


def _lines(*rows: str, has_header: bool | None = None) -> list[str]:
    """The lines of a table whose cells are written with | between them."""
    return table_lines([[cell.strip() for cell in row.split("|")] for row in rows], has_header=has_header)


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (
            ["Product | Price | Note", "Widget | 10 |", "Gear | 7 | new"],
            ["Product: Widget; Price: 10", "Product: Gear; Price: 7; Note: new"],
        ),
        (["商品 | 价格 | 产地", "手冲壶 | 128 元 | 景德镇"], ["商品：手冲壶；价格：128 元；产地：景德镇"]),
        (["| 2025 | 2026", "Sales | 3 | 4", "Costs | 1 | 2"], ["Sales; 2025: 3; 2026: 4", "Costs; 2025: 1; 2026: 2"]),
        (
            ["价目表", "饮品 | 大杯", "茶 | 15", "咖啡 | 18", "牛奶 | 9"],
            ["价目表", "饮品：茶；大杯：15", "饮品：咖啡；大杯：18", "饮品：牛奶；大杯：9"],
        ),
        (["名称 | 价格 | 库存", "冷饮", "冰茶 | 15 | 3"], ["冷饮", "名称：冰茶；价格：15；库存：3"]),
        (
            ["Group | Results |", "| Accuracy | Time", "Blind | 34% | 12 s", "Deaf | 98% | 17 s"],
            [
                "Group: Blind; Results Accuracy: 34%; Results Time: 12 s",
                "Group: Deaf; Results Accuracy: 98%; Results Time: 17 s",
            ],
        ),
    ],
)
def test_rows_below_a_header_name_their_values(rows: list[str], lines: list[str]) -> None:
    assert _lines(*rows) == lines


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (["电话 | 400-123", "地址 | 湖滨路 8 号", "传真 |"], ["电话：400-123", "地址：湖滨路 8 号", "传真"]),
        (
            ["姓名 | 张三 | 性别 | 男", "部门 | 人事部 | 电话 | 806"],
            ["姓名：张三；性别：男", "部门：人事部；电话：806"],
        ),
        (["Monday | 9 to 12", "Sunday | closed"], ["Monday: 9 to 12", "Sunday: closed"]),
    ],
)
def test_labels_stand_before_their_values(rows: list[str], lines: list[str]) -> None:
    assert _lines(*rows) == lines


@pytest.mark.parametrize(
    "rows",
    [
        ["1 | 2 | 3", "a | b | c", "d | e | f"],
        ["A | A | B", "x | y | z", "x | y | z"],
        ["2026-01-01 | 08:00 | Tea", "2026-01-02 | 08:00 | Tea"],
        ["Tea | hot | 15", "Tea | cold | 16"],
        ["This is a whole sentence of text. | And one more here.", "Short | text"],
    ],
)
def test_without_a_clear_header_cells_stand_side_by_side(rows: list[str]) -> None:
    assert _lines(*rows) == rows


def test_a_marked_header_needs_no_proof_and_an_unmarked_one_is_not_looked_for_where_columns_shift() -> None:
    rows = ["付款方式 | 到账时间", "现金 | 当场"]
    assert _lines(*rows, has_header=True) == ["付款方式：现金；到账时间：当场"]
    assert _lines(*rows, has_header=False) == rows


def test_the_name_of_an_empty_column_is_not_lost() -> None:
    assert _lines("Item | Price | Signed", "Tea | 15 |", "Milk | 9 |") == [
        "Item | Price | Signed",
        "Item: Tea; Price: 15",
        "Item: Milk; Price: 9",
    ]
