"""The columns of a table without rules have the names that stand above them, in however many rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from ingest.parse import parse
from tests.ingest.parse.checks import outline

Placed = tuple[float, float, str]  # middle, from the top, text
VALUES = [
    (30, 160, "Products"), (250, 160, "$63,355"), (320, 160, "$63,948"), (390, 160, "$24,241"), (460, 160, "$23,309"),
    (30, 175, "Services"), (250, 175, "19,604"), (320, 175, "17,486"), (390, 175, "58,941"), (460, 175, "50,148"),
    (30, 190, "Total"), (250, 190, "82,959"), (320, 190, "81,434"), (390, 190, "83,182"), (460, 190, "73,457"),
]  # fmt: skip


def _tables(path: Path, placed: Sequence[Placed]) -> list[list[str]]:
    canvas = Canvas(str(path), pagesize=(600, 800))
    canvas.setFont("Helvetica", 9)
    for middle, top, text in placed:
        if middle < 100:
            canvas.drawString(middle, 800 - top, text)
        else:
            canvas.drawCentredString(middle, 800 - top, text)
    canvas.save()
    return [text.split("\n") for kind, _, text in outline(parse(path, max_pages=9)) if kind == "table"]


def test_names_above_several_columns_and_names_in_several_lines_are_one_name(tmp_path: Path) -> None:
    heads = [
        (285, 100, "Three Months Ended"), (425, 100, "Nine Months Ended"),
        (250, 115, "June 25,"), (250, 126, "2022"), (320, 115, "June 26,"), (320, 126, "2021"),
        (390, 115, "June 25,"), (390, 126, "2022"), (460, 115, "June 26,"), (460, 126, "2021"),
        (30, 145, "Net sales:"),
    ]  # fmt: skip
    (lines,) = _tables(tmp_path / "a.pdf", [*heads, *VALUES])
    assert lines[0] == "Net sales:"
    assert lines[1] == (
        "Products; Three Months Ended June 25, 2022: $63,355; Three Months Ended June 26, 2021: $63,948; "
        "Nine Months Ended June 25, 2022: $24,241; Nine Months Ended June 26, 2021: $23,309"
    )
    assert lines[3].startswith("Total; Three Months Ended June 25, 2022: 82,959; ")


def test_a_name_stands_for_the_columns_on_both_sides_of_it_and_no_other(tmp_path: Path) -> None:
    heads = [(285, 133, "First half"), (30, 145, "(in millions)")]
    heads += [(250, 145, "Shops"), (320, 145, "Online"), (390, 145, "Total"), (460, 145, "Change")]
    (lines,) = _tables(tmp_path / "a.pdf", [*heads, *VALUES])
    assert lines[0] == (
        "(in millions): Products; First half Shops: $63,355; First half Online: $63,948; "
        "Total: $24,241; Change: $23,309"
    )


def test_titles_above_the_names_stay_titles(tmp_path: Path) -> None:
    heads = [(30, 133, "Note 4:"), (250, 133, "Inventories")]
    heads += [(250, 145, "May 1"), (320, 145, "June 1"), (390, 145, "July 1"), (460, 145, "August 1")]
    (lines,) = _tables(tmp_path / "a.pdf", [*heads, *VALUES])
    assert lines[0] == "Note 4: Inventories"
    assert lines[1] == "Products; May 1: $63,355; June 1: $63,948; July 1: $24,241; August 1: $23,309"


def test_what_is_filled_in_a_form_names_nothing(tmp_path: Path) -> None:
    rows = [("Name", "Anna Berg"), ("City", "Bern"), ("Age", "35"), ("Size", "172")]
    placed = [(x, 100 + 15 * i, cell) for i, row in enumerate(rows) for x, cell in zip((30, 250), row, strict=True)]
    (lines,) = _tables(tmp_path / "a.pdf", placed)
    assert lines == ["Name: Anna Berg", "City: Bern", "Age: 35", "Size: 172"]


def test_columns_of_text_are_read_one_after_the_other(tmp_path: Path) -> None:
    left = ["Anna Berg keeps", "the library and", "its garden."]
    right = ["It is open from", "nine to five on", "all days."]
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(600, 800))
    for x, lines in ((60, left), (330, right)):
        for i, line in enumerate(lines):
            canvas.drawString(x, 700 - 14 * i, line)
    canvas.save()
    text = parse(tmp_path / "a.pdf", max_pages=9).text.replace("\n\n", " ").replace("\n", " ")
    assert text == " ".join([*left, *right])
