"""The units that numbers carry in Chinese and English text, each with its base and how many of the base it is. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SECOND, _MONTH, _GRAM, _METRE = "second", "month", "gram", "metre"
_DAY = 86_400.0

_UNITS: Sequence[tuple[str, str, float]] = [
    (r"秒钟?|sec(?:ond)?s?\b", _SECOND, 1),
    (r"分钟|min(?:ute)?s?\b", _SECOND, 60),
    (r"个?小时|个?钟头|hours?\b|hrs?\b", _SECOND, 3600),
    (r"个?(?:工作|自然)?[日天](?!元)|(?:(?:working|business|calendar|consecutive|school)[ -])?days?\b", _SECOND, _DAY),
    (r"个?(?:星期|礼拜)|周(?!年)|weeks?\b", _SECOND, 7 * _DAY),
    (r"个月|months?\b", _MONTH, 1),
    (r"周?年(?!级)|years?\b", _MONTH, 12),
    (r"元|块钱?|人民币|yuan\b|RMB\b|CNY\b", "yuan", 1),
    (r"美元|dollars?\b|USD\b", "dollar", 1),
    (r"欧元|euros?\b|EUR\b", "euro", 1),
    (r"英镑|pounds?\b|GBP\b", "pound", 1),
    (r"毫克|mg\b|milligrams?\b", _GRAM, 1e-3),
    (r"公斤|千克|kg\b|kilos?\b|kilograms?\b", _GRAM, 1000),
    (r"斤", _GRAM, 500),
    (r"克|g\b|grams?\b", _GRAM, 1),
    (r"毫米|mm\b|millimet(?:er|re)s?\b", _METRE, 1e-3),
    (r"厘米|公分|cm\b|centimet(?:er|re)s?\b", _METRE, 0.01),
    (r"公里|千米|km\b|kilomet(?:er|re)s?\b", _METRE, 1000),
    (r"米|m\b|met(?:er|re)s?\b", _METRE, 1),
]
_AFTER = [(re.compile(rf"[ \t\u00a0-]*(?:多|余)?(?:{pattern})"), base, factor) for pattern, base, factor in _UNITS]
_BEFORE = [
    (re.compile(r"(?:¥|RMB|CNY)\s*$"), "yuan"),
    (re.compile(r"(?:\$|USD)\s*$"), "dollar"),
    (re.compile(r"(?:€|EUR)\s*$"), "euro"),
    (re.compile(r"(?:£|GBP)\s*$"), "pound"),
]
_CALENDAR_YEAR = re.compile(r"(?:1[0-9]|20|21)\d\d$|[一二][〇零一二三四五六七八九]{3}$")


def unit_at(text: str, end: int, *, before: str) -> tuple[str, float]:
    """The base of the unit that follows at `end`, or stands at the end of `before`, and its factor; "" where none does.

    2026 年 is a year of the calendar and has no unit.
    """
    for pattern, base, factor in _AFTER:
        if pattern.match(text, end):
            return ("", 1.0) if factor == 12 and _CALENDAR_YEAR.search(text[:end]) else (base, factor)
    return next(((base, 1.0) for pattern, base in _BEFORE if pattern.search(before)), ("", 1.0))
