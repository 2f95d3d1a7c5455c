"""Read the numbers of a text as what they mean: amounts, percentages, dates and times, however they are written.

Knows Chinese and English notation: "1,500 yuan" is 一千五百元, "30%" is 三成, "31 March" is 3 月 31 日, "two weeks" are
14 天. Pure. What is ambiguous is read so that an honest sentence passes: a number without a unit equals one with any.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.checks.number_words import CHINESE_NUMBER, ENGLISH_NUMBER, chinese_value, english_value
from app.checks.units import unit_at
from ingest.chinese import to_simplified

_CLOCK = "clock"  # minutes since midnight
_CLOCK_12 = "clock-12"  # the same, where morning or evening is not said
_PERCENT = "percent"
_DISCOUNT = "discount"  # per cent off
_MONTH, _DAY = "month of the year", "day of the month"
_HALF_DAY = 12 * 60


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with what it counts."""

    number: float  # as written
    amount: float  # in the base of its unit
    unit: str = ""  # the base; "" where none is known
    written: str = ""  # the characters it was read from, folded
    claimed: bool = True  # False for what may be no more than a way of speaking: "one", "two ways", half

    def says(self, other: Quantity) -> bool:
        """Whether both mean the same, as far as their units can tell."""
        if {self.unit, other.unit} == {_DISCOUNT, _PERCENT}:
            return _same(self.amount, other.amount) or _same(self.amount, 100 - other.amount)
        if self.unit == other.unit:
            return _same(self.amount, other.amount)
        if {self.unit, other.unit} == {_CLOCK, _CLOCK_12}:
            return _same(self.amount % _HALF_DAY, other.amount % _HALF_DAY)
        return not (self.unit and other.unit) and _same(self.number, other.number)

    def repeats(self, other: Quantity) -> bool:
        """Whether the number is at least not a new one, whatever it counts."""
        return self.says(other) or _same(self.number, other.number)


def quantities(text: str) -> list[Quantity]:
    """The quantities of a text, in order."""
    text = unicodedata.normalize("NFKC", text).translate(to_simplified())
    return [replace(q, written=match.group().strip()) for match, read in _matches(text) for q in read(match)]


def lacking(claim: str, sources: Sequence[str]) -> list[Quantity]:
    """What `claim` counts and no source says."""
    known = [quantity for source in sources for quantity in quantities(source)]
    return [q for q in quantities(claim) if q.claimed and not any(q.says(other) for other in known)]


def invented(claim: str, sources: Sequence[str]) -> list[Quantity]:
    """The numbers of `claim` that occur in no source, in whatever sense."""
    known = [quantity for source in sources for quantity in quantities(source)]
    return [q for q in quantities(claim) if q.claimed and not any(q.repeats(other) for other in known)]


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-6)


# --- notations --------------------------------------------------------------------------------------------------------

Read = Callable[[re.Match[str]], Iterator[Quantity]]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAME = (
    r"\b(?P<name>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_HAN = rf"(?:\d+(?:\.\d+)?|{CHINESE_NUMBER})"
_YEAR = r"\d{4}|[〇零一二三四五六七八九]{4}"
_DAY_PART = "凌晨|早上|早晨|清晨|上午|中午|午后|下午|傍晚|晚上|晚间|夜里|晚"
_AFTERNOON = re.compile("午后|下午|傍晚|晚|夜|p", re.IGNORECASE)


def _number(text: str) -> float:
    plain = text.replace(",", "")
    return float(plain) if re.fullmatch(r"\d+(?:\.\d+)?", plain) else chinese_value(plain)


def _date(match: re.Match[str]) -> Iterator[Quantity]:
    found = match.groupdict()
    if found.get("year"):
        year = _number(found["year"])
        yield Quantity(year, year)
    month = float(_MONTHS.index(found["name"][:3].lower()) + 1) if found.get("name") else _number(found["month"])
    yield Quantity(month, month, _MONTH)
    if found.get("day"):
        day = _number(found["day"])
        yield Quantity(day, day, _DAY)


def _clock(match: re.Match[str]) -> Iterator[Quantity]:
    found = match.groupdict()
    hour, said = _number(found["hour"]), found.get("minute") or ""
    minute = {"半": 30.0, "一刻": 15.0, "三刻": 45.0, "": 0.0, "整": 0.0}.get(said)
    minute = _number(said.rstrip("分")) if minute is None else minute
    part = found["part"] or found.get("half_day") or ""
    amount = (hour + 12 if _AFTERNOON.match(part) and hour < 12 else hour) * 60 + minute
    yield Quantity(hour + minute / 60, amount, _CLOCK if part or hour > 12 else _CLOCK_12)


def _percentage(match: re.Match[str]) -> Iterator[Quantity]:
    value = _number(match["percent"])
    yield Quantity(value, value, _PERCENT)


def _tenths(match: re.Match[str]) -> Iterator[Quantity]:
    value = 10 * _number(match["tenths"]) + (5 if match["half"] else 0)
    yield Quantity(value, value, _PERCENT)


def _price_cut(match: re.Match[str]) -> Iterator[Quantity]:
    left = float("".join(str(int(chinese_value(c))) if not c.isdigit() else c for c in match["left"] if c != "."))
    left = left * 10 if left < 10 else left
    yield Quantity(left, 100 - left, _DISCOUNT)


def _half(_: re.Match[str]) -> Iterator[Quantity]:
    yield Quantity(0.5, 50, _PERCENT, claimed=False)


def _counted(match: re.Match[str]) -> Iterator[Quantity]:
    """Digits or written numbers, with the unit that follows."""
    digits, words = match["digits"], match["words"] or ""
    value = _number(digits) if digits else (english_value(words) if words.isascii() else chinese_value(words))
    value *= {"百": 1e2, "千": 1e3, "万": 1e4, "亿": 1e8, "hundred": 1e2, "thousand": 1e3, "million": 1e6}.get(
        (match["times"] or "").strip().lower(), 1e9 if match["times"] else 1.0
    )
    unit, factor = unit_at(match.string, match.end(), before=match.string[: match.start()])
    # One is an article in both languages, and small numbers without a unit sum up: "two ways", 三种.
    claimed = bool(digits) or (value != 1 and (bool(unit) or value > 10))
    yield Quantity(value, value * factor, unit, claimed=claimed)


_NOTATIONS: Sequence[tuple[re.Pattern[str], Read]] = [
    (re.compile(r"(?<!\d)(?P<year>\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})(?!\d)"), _date),
    (re.compile(rf"(?:(?P<year>{_YEAR})\s*年\s*)?(?P<month>{_HAN})\s*月\s*(?P<day>{_HAN})\s*[日号]"), _date),
    (re.compile(rf"(?:(?P<year>{_YEAR})\s*年\s*)?(?<!个)(?P<month>{_HAN})\s*月(?!\s*[饼光球亮])"), _date),
    (re.compile(rf"{_MONTH_NAME}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,?\s+(?P<year>\d{{4}})\b)?"), _date),
    (re.compile(rf"\b(?P<day>\d\d?)(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH_NAME}(?:,?\s+(?P<year>\d{{4}})\b)?"), _date),
    (re.compile(rf"{_MONTH_NAME},?\s+(?P<year>\d{{4}})\b"), _date),
    (re.compile(_MONTH_NAME.replace("May|", "")), _date),  # "May" alone is mostly the verb
    (re.compile(rf"(?P<part>{_DAY_PART})?\s*(?<![\d.])(?P<hour>\d{{1,2}}):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?!\d)"
                r"(?:\s*(?P<half_day>[AaPp])\.?[Mm]\b)?"), _clock),
    (re.compile(r"(?<![\d.])(?P<hour>\d{1,2})\s*(?P<part>[AaPp])\.?[Mm]\b"), _clock),
    (re.compile(rf"(?P<part>{_DAY_PART})?\s*(?P<hour>{_HAN})\s*点(?P<minute>半|[一三]刻|整|{_HAN}分)?"
                "(?![几名子心评赞击])"), _clock),
    (re.compile(rf"(?P<percent>{_DIGITS}|{CHINESE_NUMBER})\s*(?:%|per\s?cent\b|个百分点)"), _percentage),
    (re.compile(rf"百分之(?P<percent>{_HAN})"), _percentage),
    (re.compile(r"(?P<tenths>[一二两三四五六七八九\d])成(?P<half>半)?(?![为立功员分年人果绩长本交])"), _tenths),
    (re.compile(r"(?P<left>[一二三四五六七八九\d](?:\.?[一二三四五六七八九\d])?)\s*折(?![叠扣角痕])"), _price_cut),
    (re.compile(r"\bhalf\b|半"), _half),
    (re.compile(
        rf"(?<![A-Za-z\d.])(?P<digits>{_DIGITS})(?P<times>\s*(?:[百千万亿]|(?:hundred|thousand|million|billion)\b))?"
        rf"|(?P<words>{ENGLISH_NUMBER}|(?<![第周期])(?:{CHINESE_NUMBER}))"
    ), _counted),
]  # fmt: skip


def _matches(text: str) -> Iterator[tuple[re.Match[str], Read]]:
    """Every notation's matches, each character read once: an earlier notation goes before a later one."""
    taken: list[tuple[int, int]] = []
    found: list[tuple[re.Match[str], Read]] = []
    for pattern, read in _NOTATIONS:
        found += [
            (match, read)
            for match in pattern.finditer(text)
            if not any(match.start() < end and start < match.end() for start, end in taken)
        ]
        taken = [match.span() for match, _ in found]
    yield from sorted(found, key=lambda item: item[0].start())
