"""Numbers that are written as words, in Chinese and English, as values. Pure."""

from __future__ import annotations

import re

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}
CHINESE_NUMBER = "[零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?"

# fmt: off
_UNITS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
# fmt: on
_SMALL = dict(zip(_UNITS, range(1, 20), strict=True)) | dict(zip(_TENS, range(20, 100, 10), strict=True))
_SMALL |= {"dozen": 12}
_LARGE = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9}
_WORD = "|".join(sorted((*_SMALL, *_LARGE), key=len, reverse=True))
_FIRST = "|".join(sorted(_SMALL, key=len, reverse=True))
ENGLISH_NUMBER = rf"\b(?i:(?:{_FIRST})(?:(?:[ -]|\s+and\s+)(?:{_WORD}))*)\b"


def chinese_value(text: str) -> float:
    """三百五十 -> 350, 二〇二六 -> 2026, 三点五 -> 3.5, 两万 -> 20000."""
    whole, _, part = text.partition("点")
    fraction = float("0." + "".join(str(_DIGITS[c]) for c in part)) if part else 0.0
    if not any(c in _PLACES or c in _MYRIADS for c in whole):
        return float("".join(str(_DIGITS[c]) for c in whole)) + fraction
    total = section = digit = 0
    for character in whole:
        if character in _MYRIADS:
            total = (total + section + digit or 1) * _MYRIADS[character]
            section = digit = 0
        elif character in _PLACES:
            section += (digit or 1) * _PLACES[character]
            digit = 0
        else:
            digit = _DIGITS[character]
    return float(total + section + digit) + fraction


def english_value(text: str) -> float:
    """three hundred and fifty -> 350, twenty-four -> 24, two million -> 2000000."""
    total = section = 0
    for word in re.findall("[a-z]+", text.lower()):
        if word == "hundred":
            section = max(section, 1) * 100
        elif word in _LARGE:
            total += max(section, 1) * _LARGE[word]
            section = 0
        elif word in _SMALL:
            section += _SMALL[word]
    return float(total + section)
