"""Write a spreadsheet's values as its reader sees them. Knows number formats (ECMA-376, 18.8.31); knows no file.

Two liberties: a date whose format puts day and month into an order that depends on the country becomes ISO 8601, and a
number without a format loses the noise of binary fractions (0.30000000000000004) and nothing else.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]|(?P<dropped>\[[^\]]*\]|[_*].)'
    r"|(?P<general>General|G/通用格式)|(?P<half>AM/PM|上午/下午)|(?P<date>[yY]+|[mM]+|[dD]+|[hH]+|[sS]+(?:\.0+)?|a{3,4})"
    r"|(?P<digits>[#0?][#0?,]*(?:\.[#0?]*,*)?|\.[#0?]+,*)|(?P<exponent>E[+-]0+)|(?P<other>.)",
    re.DOTALL,
)
_LARGEST = 1e15  # beyond it a spreadsheet's numbers have lost digits anyway
_WEEKDAYS = "一二三四五六日"
_SAME_ORDER_EVERYWHERE = re.compile(r"[Yy]{2,4}[^DdYy]*[Mm]|^[^Dd]*[Mm]{3,}[^Dd]*$")  # year first, or no day at all


def shown(value: object, number_format: str = "General") -> str:
    """A cell's value in its number format; "" for an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
    if isinstance(value, datetime | date | time):
        return _date(value, number_format)
    if isinstance(value, int | float):
        return _number(value, number_format)
    return str(value)


def _number(value: int | float, number_format: str) -> str:
    section, magnitude = _section(value, number_format)
    tokens = list(_TOKEN.finditer(section))
    kinds = [token.lastgroup for token in tokens]
    if value == 0 and {"quoted", "escaped"} & set(kinds) and "0" not in section:
        return "".join(_literal(token) for token in tokens if token.lastgroup != "digits").strip()  # a dash, most often
    if kinds.count("digits") != 1 or "exponent" in kinds or "/" in section or not abs(value) < _LARGEST:
        percent = "%" in section  # General, fractions, telephone numbers
        return _general(value * 100 if percent else value) + "%" * percent
    parts = (
        _digits(magnitude, token[0], section) if token.lastgroup == "digits" else _literal(token) for token in tokens
    )
    return "".join(parts).strip()


def _section(value: int | float, number_format: str) -> tuple[str, float]:
    """The part of the format for numbers of this sign, and the number that goes into it."""
    sections = re.findall(r'(?:"[^"]*"|\\.|[^;])+', number_format)
    if len(sections) > 1 and value < 0 and not sections[0].startswith(("[<", "[>", "[=")):
        return sections[1], -value
    if len(sections) > 2 and value == 0:
        return sections[2], value
    return (f"-{sections[0]}" if value < 0 else sections[0]) if sections else "General", abs(value)


def _digits(value: float, pattern: str, section: str) -> str:
    """A number by the pattern of its digits; each comma at the pattern's end divides by a thousand."""
    whole, _, fraction = pattern.rstrip(",").partition(".")
    number = Decimal(repr(value)) * (100 if "%" in section else 1) / 1000 ** (len(pattern) - len(pattern.rstrip(",")))
    text = f"{number.quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP):{',' if ',' in whole else ''}f}"
    optional = len(fraction) - len(fraction.rstrip("#?"))
    if optional:
        text = (text[:-optional] + text[-optional:].rstrip("0")).rstrip(".")
    return text.zfill(whole.count("0")) if text.isdigit() else text


def _general(value: int | float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.15g}"


def _literal(token: re.Match[str]) -> str:
    if token.lastgroup in ("quoted", "escaped", "currency"):
        return str(token[token.lastgroup])
    return "" if token.lastgroup == "dropped" else token[0]


def _date(value: datetime | date | time, number_format: str) -> str:
    section = number_format.split(";")[0]
    plain = re.split("[hH]", re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", section))[0]  # in front of hours m is months
    if isinstance(value, time) or not _SAME_ORDER_EVERYWHERE.search(plain):
        return _iso(value)
    tokens = list(_TOKEN.finditer(section))
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    has_half = any(token.lastgroup == "half" for token in tokens)
    parts: list[str] = []
    unit = ""  # of the last date token: an m after hours or before seconds is minutes
    for i, token in enumerate(tokens):
        if token.lastgroup == "half":
            parts.append("AM" if moment.hour < 12 else "PM")
        elif token.lastgroup == "date":
            following = next((t[0][0].lower() for t in tokens[i + 1 :] if t.lastgroup == "date"), "")
            is_minute = token[0][0] in "mM" and (unit == "h" or following == "s")
            parts.append(_date_part(moment, token[0], is_minute=is_minute, has_half=has_half))
            unit = token[0][0].lower()
        else:
            parts.append(_literal(token))
    return "".join(parts).strip()


def _date_part(moment: datetime, code: str, *, is_minute: bool, has_half: bool) -> str:
    letter, width = code[0].lower(), len(code)
    if letter == "y":
        return f"{moment.year:04}" if width > 2 else f"{moment.year % 100:02}"
    if letter == "a":
        return ("星期" if width > 3 else "周") + _WEEKDAYS[moment.weekday()]
    if letter == "m" and not is_minute and width > 2:
        return moment.strftime("%B" if width == 4 else "%b")
    if letter == "d" and width > 2:
        return moment.strftime("%A" if width == 4 else "%a")
    hour = (moment.hour - 1) % 12 + 1 if has_half else moment.hour
    number = {"m": moment.minute if is_minute else moment.month, "d": moment.day, "h": hour, "s": moment.second}[letter]
    return f"{number:02}" if width > 1 else str(number)


def _iso(value: datetime | date | time) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    return value.isoformat("seconds" if value.second else "minutes") if isinstance(value, time) else value.isoformat()
