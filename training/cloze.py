"""Questions made of statements, for the built-in reader: a span is taken out and asked for.

What few questions teach slowly: which span goes with which question word, and where it begins and ends. The question
is the statement with a question word in the span's place, some clauses and words left out (Lewis et al., "Unsupervised
question answering by cloze translation", 2019). Where the span stands elsewhere as well, the statement itself may be
cut from the passage, so that its words alone do not lead there (Glass et al., "Span selection pre-training", 2020).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.sentences import sentence_spans

_LEAST, _MOST = 14, 260  # characters of a statement
_LEFT_OUT = 0.15  # share of a statement's words
_CUT = 0.7  # how often a statement is cut from its passage, where the span stands elsewhere as well
_LONGEST_SPAN = 40  # characters

HAN = "\u4e00-\u9fff"
_UNIT = (
    "个|人|公里|千米|米|吨|元|美元|英镑|种|座|名|位|部|天|小时|分钟|岁|次|所|家|支|场|条|平方公里|公斤|层|间|"
    "万人|亿元|度|倍"
)


_NAME = r"[A-Z][\w'-]+"
NAMES = f"{_NAME}(?: {_NAME})*"
_BODIES = "大学|学院|公司|银行|医院|组织|委员会|协会|党|军|队"
INSIDE = r"(?<=[a-z,] )"  # a sentence, so that a capital means a name
_Kind = tuple[re.Pattern[str], tuple[str, ...]]  # spans, or their group "span"; and what asks for them


def _kind(pattern: str, *asked: str) -> _Kind:
    return re.compile(pattern), asked


_CHINESE = (
    _kind(r"(?<!\d)\d{3,4}年(?:\d{1,2}月(?:\d{1,2}日)?)?", "什么时候", "何时", "哪一年", "哪年"),
    _kind(r"(?<!\d)\d{1,2}月\d{1,2}日", "什么时候", "哪一天", "几月几日"),
    _kind(rf"(?<![\d.])(?<!第)(?P<span>[\d,.]*\d万?亿?多?)(?=(?:{_UNIT}))", "多少", "几"),
    _kind(rf"(?<!第)(?P<span>[二两三四五六七八九十百千万]+)(?=(?:{_UNIT}))", "多少", "几"),
    _kind(r"\d[\d.]*[%％]", "多少", "百分之几", "多大比例"),
    _kind(r"《[^》\n]{1,20}》", "什么", "哪本书", "哪部作品", "什么作品"),
    _kind(r"[“「](?P<span>[^”」\n]{2,16})[”」]", "什么", "哪个"),
    _kind(
        rf"(?<=[，。、的由是和与对及，被])[{HAN}]{{1,5}}(?:[·•][{HAN}]{{1,5}})+(?=[，。、的在是为于和与（《将曾）])",
        *("谁", "哪位", "哪个人"),
    ),
    _kind(
        rf"(?<=[在于位到从])(?P<span>[{HAN}]{{2,6}}[省市县区州国岛山河湖镇村])(?=[的，。、])",
        *("哪里", "什么地方", "哪个地方"),
    ),
    _kind(rf"(?<=[由被向])(?P<span>[{HAN}]{{2,4}})(?=[所为于创设主领])", "谁", "什么人"),
    _kind(
        rf"(?<=[在由与和、，的为是入于])[^，。、的了和与及在由为是有于\s]{{2,8}}(?:{_BODIES})",
        *("哪个机构", "什么组织", "哪个", "什么"),
    ),
    _kind(rf"(?<=[叫称是为][为作])(?P<span>[{HAN}]{{2,8}})(?=[，。；])", "什么"),
)
_ENGLISH = (
    _kind(
        r"\b(?:in|since|by|until|during) (?P<span>(?:[A-Z][a-z]+ )?1[0-9]{3}|20[0-2]\d)\b",
        *("when", "what year"),
    ),
    _kind(r"\b[A-Z][a-z]{2,8} \d{1,2},? \d{4}\b", "when", "what date"),
    _kind(r"(?<![\d.$£€])\b(?P<span>\d[\d,.]*\d|\d)(?= [a-z]{3,}s\b)", "how many"),
    _kind(r"[$£€]\d[\d,.]*(?: (?:million|billion))?", "how much"),
    _kind(r"\d[\d.]*(?:%| percent)", "what percentage", "how much"),
    _kind(rf"{INSIDE}(?P<span>{_NAME}(?: (?:of |the |de )?{_NAME}){{1,4}})", "what", "what", "which", "who"),
    _kind(rf"{INSIDE}(?:in|at|near|from) (?P<span>{NAMES})", "where", "what place"),
    _kind(rf"{INSIDE}by (?P<span>{NAMES})", "who", "whom"),
    _kind(r"[\"“](?P<span>[^\"”\n]{2,40})[\"”]", "what"),
)


@dataclass(frozen=True, slots=True)
class Cloze:
    """A question and a passage; the answer is `passage[start:end]`."""

    question: str
    passage: str
    start: int
    end: int


def clozes(passage: str, count: int, chance: random.Random) -> list[Cloze]:
    """Up to `count` questions, each on another statement of the passage."""
    found: list[Cloze] = []
    statements = sentence_spans(passage)
    for start, end in chance.sample(statements, len(statements)):
        if len(found) == count:
            break
        spans = list(_spans(passage[start:end])) if _LEAST <= end - start <= _MOST else []
        if spans:
            asked = chance.choice(list(dict.fromkeys(words for *_, words in spans)))  # each kind as likely as another
            a, b = chance.choice([(x, y) for x, y, words in spans if words == asked])
            found.append(_cloze(passage, start, end, start + a, start + b, chance.choice(asked), chance))
    return found


def _spans(statement: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    for pattern, asked in _CHINESE if _is_chinese(statement) else _ENGLISH:
        for match in pattern.finditer(statement):
            start, end = match.span("span" if "span" in pattern.groupindex else 0)
            if end - start <= min(_LONGEST_SPAN, len(statement) // 2):
                yield start, end, asked


def _cloze(passage: str, start: int, end: int, a: int, b: int, asked: str, chance: random.Random) -> Cloze:
    statement, answer = passage[start:end], passage[a:b]
    question = _question(statement[: a - start], asked, statement[b - start :], chance)
    rest = f"{passage[:start]}{passage[end:]}"
    elsewhere = rest.find(answer)
    if elsewhere >= 0 and chance.random() < _CUT and not _stands_within(rest, elsewhere, answer):
        return Cloze(question, rest, elsewhere, elsewhere + len(answer))
    return Cloze(question, passage, a, b)


def _question(before: str, asked: str, after: str, chance: random.Random) -> str:
    marks = "，；：、" if _is_chinese(before + after) else ",;:"
    first, last = (_thinned(_near(text, marks, last=last), chance) for text, last in ((before, True), (after, False)))
    if _is_chinese(before + after):
        return re.sub(r"[。！？；，：\s]+$", "", f"{first}{asked}{last}") + chance.choice(["？", "?"])
    text = re.sub(r"\s+", " ", first + last).strip(" .,;:!?")
    return f"{asked} {text[:1].lower()}{text[1:]}?" if chance.random() < 0.8 else f"{text}, {asked}?"


def _near(text: str, marks: str, *, last: bool) -> str:
    """The two clauses of the text that stand nearest to the span."""
    clauses = re.split(f"(?<=[{marks}])", text)
    return "".join(clauses[-2:] if last else clauses[:2])


def _thinned(text: str, chance: random.Random) -> str:
    """The text with some of its words, or pairs of Chinese characters, left out."""
    pieces: Sequence[str] = re.findall(f"[{HAN}]{{1,2}}|[^{HAN}\\s]+\\s*|\\s+", text)
    return "".join(piece for piece in pieces if chance.random() >= _LEFT_OUT)


def _stands_within(text: str, at: int, answer: str) -> bool:
    """Whether a number or a word found there goes on beyond it."""
    before, after = text[max(0, at - 1) : at], text[at + len(answer) : at + len(answer) + 1]
    return any(
        len(pair) == 2 and re.fullmatch("[0-9A-Za-z]{2}", pair) for pair in (before + answer[0], answer[-1] + after)
    )


def _is_chinese(text: str) -> bool:
    return len(re.findall(f"[{HAN}]", text)) * 3 > len(text)
