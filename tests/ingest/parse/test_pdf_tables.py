from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from ingest.parse import parse
from tests.ingest.parse.checks import outline

HEIGHT = 800
XS, YS = [80, 280, 400, 520], [100, 140, 180, 220]  # y from the top
CELLS = [["Plan", "Seats", "Term"], ["Home", "one", "a month"], ["Team", "ten", "a year"]]


def _draw(canvas: Canvas, cells: Sequence[Sequence[str]]) -> None:
    for y, row in zip(YS, cells, strict=False):
        for x, text in zip(XS, row, strict=False):
            for i, line in enumerate(text.split("\n")):
                canvas.drawString(x + 5, HEIGHT - y - 15 - 13 * i, line)


def _lines(path: Path) -> list[str]:
    tables = [text for kind, _, text in outline(parse(path, max_pages=9)) if kind == "table"]
    assert len(tables) == 1
    return tables[0].split("\n")


def _words(lines: Sequence[str]) -> list[set[str]]:
    return [set(line.replace("|", " ").replace(":", " ").replace(";", " ").split()) for line in lines]


def test_the_lines_of_a_cell_stay_together_in_a_ruled_table(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(600, HEIGHT))
    canvas.drawString(80, 730, "What the plans cost is told below.")
    canvas.grid(XS, [HEIGHT - y for y in YS])
    _draw(canvas, [CELLS[0], ["Home, for\nfamilies", "one", "a month, paid\nin advance"], CELLS[2]])
    canvas.save()
    rows = _words(_lines(tmp_path / "a.pdf"))
    assert {"Home,", "for", "families", "one", "in", "advance"} <= rows[-2]
    assert {"Team", "ten", "year"} <= rows[-1]
    assert parse(tmp_path / "a.pdf", max_pages=9).text.startswith("What the plans cost is told below.\n\n")


def test_a_table_without_outer_rules_and_with_a_merged_cell_is_one(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(600, HEIGHT))
    for y in YS:
        canvas.rect(XS[0], HEIGHT - y, XS[-1] - XS[0], 0.8, stroke=0, fill=1)  # as word processors draw a line
    canvas.line(XS[1], HEIGHT - YS[0], XS[1], HEIGHT - YS[-1])
    canvas.line(XS[2], HEIGHT - YS[1], XS[2], HEIGHT - YS[-1])
    _draw(canvas, [["Plan", "Seats and term in one heading"], *CELLS[1:]])
    canvas.save()
    rows = _words(_lines(tmp_path / "a.pdf"))
    assert {"Home", "one", "month"} <= rows[-2]
    assert {"Team", "ten", "year"} <= rows[-1]


def test_rows_that_no_rule_divides_are_told_by_their_lines(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(600, HEIGHT))
    canvas.grid(XS, [HEIGHT - y for y in (100, 130, 185, 220)])
    _draw(canvas, [CELLS[0], ["Tea\nMilk\nRum", "15\n80\n35", "9\n40\n22"]])
    canvas.save()
    rows = _words(_lines(tmp_path / "a.pdf"))
    assert {"Tea", "15", "9"} <= rows[-3]
    assert {"Milk", "80", "40"} <= rows[-2]
    assert {"Rum", "35", "22"} <= rows[-1]


def test_a_frame_around_text_is_no_table(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(600, HEIGHT))
    canvas.rect(60, 500, 480, 200)
    canvas.line(60, 600, 540, 600)
    canvas.drawString(80, 650, "A sentence in a frame.")
    canvas.save()
    assert outline(parse(tmp_path / "a.pdf", max_pages=9)) == [("paragraph", (), "A sentence in a frame.")]


def test_labels_between_rows_do_not_tear_a_table_and_amounts_keep_their_currency(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(600, HEIGHT))
    rows = [("Tea", "$", "150", "$", "90"), ("Milk", "", "80", "", "40"), ("Costs:",), ("Rent", "", "70", "", "60")]
    for i, row in enumerate(rows):
        for x, cell in zip([80, 300, 330, 380, 430], row, strict=False):
            canvas.drawString(x, 700 - 16 * i, cell)
    canvas.save()
    assert _lines(tmp_path / "a.pdf") == ["Tea | $150 | $90", "Milk | 80 | 40", "Costs:", "Rent | 70 | 60"]


def test_amounts_alone_under_each_other_keep_their_currency(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(600, HEIGHT))
    canvas.drawString(80, 760, "What the company owes at the end of the quarter, in millions.")
    for i, amount in enumerate(("4,100", "75", "1,938")):
        canvas.drawString(300, 600 - 16 * i, "$")
        canvas.drawString(330, 600 - 16 * i, amount)
    canvas.save()
    assert _lines(tmp_path / "a.pdf") == ["$4,100", "$75", "$1,938"]
