"""Turn the rows of a table into lines that are understood on their own. Knows what headers look like, and no format.

A line names its values ("Product: Widget; Price: 10") wherever the first row is clearly a header: a quoted or a
separated row still says what its numbers mean. Where that is in doubt the cells stand side by side ("Widget | 10"),
as a wrong name for a value is worse than none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain

Row = Sequence[str]  # cells, cleaned and on one line; an empty cell is ""

_CELL_MARK = " | "
_WIDEST_NAME = 60  # columns on a terminal; whatever is longer is a value
_MOST_HEADER_ROWS = 3  # titles included
_FEW_UNNAMED = 0.3  # of the columns: more without a name, and the row is no header
_SOME = 0.3  # of the cells where labels would stand: forms have labels of their own beside the usual ones
_ENOUGH = 0.6  # of a column's cells: so many of a kind make it a column of that kind

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_WORD = re.compile(r"[^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
_YEAR = re.compile(r"(?:[FCQH]Y?[1-4]? ?)?(?:19|20)\d\d(?:[-/–]\d{2,4}){0,2}(?: ?[AEFP]| ?[QH][1-4]|年.{0,6})?")
_NO_NAME = re.compile(r"[。！；]|(?:\S+ ){3,}\S*[.!]$|https?://|^\S+@\S+$|" + _CELL_MARK.replace("|", r"\|"))
_PERSONAL = (
    "姓名|性别|性別|年龄|年齡|民族|籍贯|学历|學歷|专业|电话|電話|手机|手機|传真|傳真|邮箱|郵箱|邮编|地址|网址|身份证号?|"
    "联系人|聯絡人|联系电话|联系方式|单位|部门|部門|职位|职务|職務|出生日期|出生年月|"
    "name|sex|gender|age|phone|telephone|tel|fax|e-?mail|address|website|contact|department|position|date of birth"
)
_LABEL = re.compile(rf"(?:{_PERSONAL})\s*[:：]?|.{1, 30}[:：]", re.IGNORECASE)


def table_lines(rows: Sequence[Row], *, has_header: bool | None = None) -> list[str]:
    """The lines of a table, one for each row but the header's, whose names are in the lines.

    `has_header` tells whether the first row below the titles is marked as a header; None where nothing marks headers.
    """
    titles, body = _titles(_without_empty_columns(rows))
    lines = [next(cell for cell in row if cell) for row in titles]
    header_rows, names = _header(body, has_header)
    if names:
        values = body[header_rows:]
        if any(name and not any(row[i] for row in values) for i, name in enumerate(names)):
            lines.append(_joined(names))  # else the name of a column that nobody has filled in would be lost
        marks = _marks("".join(names))
        return lines + [_named(names, row, marks) for row in values]
    if has_header is None and _is_form(body):
        marks = _marks("".join(cell for row in body for cell in row[::2]))
        return lines + [_pairs(row, marks) for row in body]
    return lines + [_joined(row) for row in body]


def stands_alone(rows: Sequence[Row]) -> bool:
    """Whether a header names the columns and the first column the rows: what else would a row be about?"""
    _, body = _titles(_without_empty_columns(rows))
    header_rows, names = _header(body, None)
    labels = [row[0] for row in body[header_rows:] if row[0]]
    if not names:
        return _is_form(body)
    counted = all(map(str.isdecimal, labels)) and sorted(set(map(int, labels))) == list(map(int, labels))
    return counted or sum(map(_has_letter, labels)) > len(labels) * _ENOUGH


def may_head(above: Sequence[Row], below: Sequence[Row]) -> bool:
    """Whether rows of names alone stand above rows of numbers: an empty row between them is only for the eye."""
    if len(above) > _MOST_HEADER_ROWS or max(sum(map(bool, row)) for row in above) < 2:
        return False
    return not any(map(is_number, chain(*above))) and any(map(is_number, below[0]))


def _without_empty_columns(rows: Sequence[Row]) -> list[Row]:
    """The rows that hold something, all equally long."""
    rows = [row for row in rows if any(row)]
    width = max((len(row) for row in rows), default=0)
    kept = [i for i in range(width) if any(i < len(row) and row[i] for row in rows)]
    return [[row[i] if i < len(row) else "" for i in kept] for row in rows]


def _titles(rows: Sequence[Row]) -> tuple[Sequence[Row], Sequence[Row]]:
    """The rows of one cell above the first with several, and the others."""
    first = next((i for i, row in enumerate(rows) if sum(map(bool, row)) > 1), 0)
    return rows[:first], rows[first:]


def _header(rows: Sequence[Row], has_header: bool | None) -> tuple[int, list[str]]:
    """How many rows the header has and a name for each column; (0, []) where there is none."""
    if has_header is False or not rows or len(rows[0]) < 2:
        return 0, []
    count = 2 if len(rows) > 2 and _is_below(rows[0], rows[1]) else 1
    names = [name.rstrip(":：") for name in _combined(rows[:count])]
    if len(rows) > count and _are_names(names, rows[count:], marked=has_header is True):
        return count, names
    return 0, []


def _is_below(first: Row, second: Row) -> bool:
    """Whether the second row of a table names what the first left open, and is no row of values."""
    goes_on = bool(first[0]) and not second[0] and any(two and not one for one, two in zip(first, second, strict=True))
    return goes_on and not any(map(is_number, second))


def _combined(rows: Sequence[Row]) -> list[str]:
    """A name for each column; one that stands above several columns goes with each of them."""
    if len(rows) == 1:
        return list(rows[0])
    names: list[str] = []
    above = ""
    for upper, lower in zip(rows[0], rows[1], strict=True):
        above = upper if upper or not lower else above
        names.append(f"{above} {lower}".strip() if lower else upper)
        if upper and not lower:
            above = ""
    return names


def _are_names(names: Sequence[str], rows: Sequence[Row], *, marked: bool) -> bool:
    unnamed = sum(not name for name in names[1:])
    if unnamed > len(names) * _FEW_UNNAMED or not any(_has_letter(name) or _YEAR.fullmatch(name) for name in names):
        return False
    if marked:
        return True
    given = [name for name in names if name]
    if len({name.casefold() for name in given}) < len(given) or not all(map(_may_be_name, given)):
        return False
    if _YEAR.fullmatch(names[0]) or _columns_repeat(names, rows) or _has_labels([names, *rows]):
        return False
    if 2 * sum(sum(map(bool, row)) > 1 for row in rows) < len(rows):
        return False
    if len(names) == 2:
        return len(rows) > 2 and _is_uniform([row[1] for row in rows]) and not _has_digit(names[1])
    return len(rows) > 1 or _differs_in_kind(names, rows)


def _may_be_name(name: str) -> bool:
    if _YEAR.fullmatch(name):
        return True
    letters, digits = sum(map(str.isalpha, name)), sum(map(str.isdigit, name))
    return letters > 0 and digits <= letters and _columns(name) <= _WIDEST_NAME and not _NO_NAME.search(name)


def _columns_repeat(names: Sequence[str], rows: Sequence[Row]) -> bool:
    """Whether a name is also a value below it, as in a table without a header."""
    return any(name and any(row[i] == name for row in rows) for i, name in enumerate(names))


def _differs_in_kind(names: Sequence[str], rows: Sequence[Row]) -> bool:
    return any(
        not _has_digit(name) and sum(_has_digit(row[i]) for row in rows) >= len(rows) * _ENOUGH
        for i, name in enumerate(names)
    )


def _is_uniform(cells: Sequence[str]) -> bool:
    """Whether all are numbers with the same words around them: 12 天, 7 天."""
    return len({re.sub(r"[\d.,:/\s-]+", "0", cell) for cell in cells}) == 1 and all(map(_has_digit, cells))


def _is_form(rows: Sequence[Row]) -> bool:
    """Whether labels and what was filled in stand side by side.

    In two columns short unique texts are labels whatever they say: "Monday: 9 to 12" is right even below a header.
    """
    if _has_labels(rows):
        return True
    if len(rows) < 2 or len(rows[0]) != 2:
        return False
    labels = [row[0] for row in rows if row[0]]
    both = sum(all(row) for row in rows)
    return len(set(labels)) == len(labels) and all(map(_may_be_name, labels)) and both >= len(rows) * _ENOUGH


def _has_labels(rows: Sequence[Row]) -> bool:
    """Whether every other column holds well-known labels of forms, where a headed table has values."""
    if not rows or len(rows[0]) % 2:
        return False
    labels = [cell for row in rows for cell in row[::2] if cell]
    return sum(_LABEL.fullmatch(label) is not None for label in labels) > len(labels) * _SOME


def is_number(cell: str) -> bool:
    return _has_digit(cell) and not _has_letter(cell) and not _YEAR.fullmatch(cell)


def _has_letter(cell: str) -> bool:
    return any(map(str.isalpha, cell))


def _has_digit(cell: str) -> bool:
    return any(map(str.isdigit, cell))


_Marks = tuple[str, str]  # between name and value, between cells


def _marks(names: str) -> _Marks:
    """Full-width punctuation where the names are mostly Chinese."""
    return ("：", "；") if len(_CJK.findall(names)) > len(_WORD.findall(names)) else (": ", "; ")


def _named(names: Sequence[str], row: Row, marks: _Marks) -> str:
    filled = [i for i, cell in enumerate(row) if cell]
    if filled == [0]:
        return row[0]  # stands above the rows that follow
    return marks[1].join(f"{names[i]}{marks[0]}{row[i]}" if names[i] else row[i] for i in filled)


def _pairs(row: Row, marks: _Marks) -> str:
    return marks[1].join(_pair(label, value, marks) for label, value in _two_by_two(row) if label or value)


def _two_by_two(row: Row) -> Iterator[tuple[str, str]]:
    return zip(row[::2], row[1::2], strict=True)


def _pair(label: str, value: str, marks: _Marks) -> str:
    label = label.rstrip(":：").rstrip()
    return f"{label}{marks[0]}{value}" if label and value else label or value


def _joined(row: Row) -> str:
    """Cells side by side; the place of an empty one stays, but not at the row's end."""
    cells = list(row)
    while cells and not cells[-1]:
        cells.pop()
    return _CELL_MARK.join(cells).strip()


def _columns(text: str) -> int:
    """Width on a terminal, where a Chinese character takes two columns."""
    return len(text) if text.isascii() else sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
