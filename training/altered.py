"""Questions altered so that their passage no longer answers them: another number, another name, or the opposite of a
word in the place of one that the passage has. People wrote SQuAD 2's questions without an answer so (Rajpurkar et al.,
"Know what you don't know", 2018).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from training.cloze import HAN, INSIDE, NAMES

_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_NAME = re.compile(f"{INSIDE}{NAMES}")
_HAN_RUN = re.compile(f"[{HAN}·]{{3,}}")
_QUESTION_WORDS = re.compile("什么|何|谁|哪|多少|几|怎|为|吗|是|的|有|在|了|被|和")
_LEAST, _MOST = 3, 8  # characters of a Chinese term
_TRIED = 50  # other words, by chance
_OPPOSITES = [
    tuple(pair.split())
    for pair in [
        "first last",
        "largest smallest",
        "highest lowest",
        "before after",
        "most least",
        "more less",
        "began ended",
        "start end",
        "oldest youngest",
        "north south",
        "east west",
        "increase decrease",
        "won lost",
        "maximum minimum",
        "longest shortest",
        "early late",
        "above below",
        "allowed forbidden",
        "最大 最小",
        "最高 最低",
        "最早 最晚",
        "第一 最后",
        "之前 之后",
        "以前 以后",
        "最多 最少",
        "开始 结束",
        "增加 减少",
        "成立 解散",
        "出生 去世",
        "东 西",
        "南部 北部",
        "上升 下降",
        "最长 最短",
        "允许 禁止",
    ]
]


class Alterations:
    """Alters questions, with names and terms of other questions."""

    def __init__(self, questions: Sequence[str], chance: random.Random) -> None:
        self._chance = chance
        self._names = sorted({name for question in questions for name in _NAME.findall(question)})
        self._terms = sorted({term for question in questions for term in _han_terms(question)})

    def altered(self, question: str, passage: str, answer: str) -> str | None:
        """The question with one word changed that it shares with the passage; None where it has no such word."""
        ways = [*self._numbers(question, passage), *self._named(question, passage, answer), *_opposed(question)]
        if not ways:
            return None
        start, end, other = self._chance.choice(ways)
        return f"{question[:start]}{other}{question[end:]}"

    def _numbers(self, question: str, passage: str) -> Iterator[tuple[int, int, str]]:
        for match in _NUMBER.finditer(question):
            number = match[0]
            if number not in passage or not number.replace(",", "").isdigit():
                continue
            value = int(number.replace(",", ""))
            other = value + self._chance.choice([-1, 1]) * self._chance.randint(1, max(2, min(value // 4, 40)))
            there = [n for n in _NUMBER.findall(passage) if len(n) == len(number) and n not in question]
            if there and self._chance.random() < 0.5:
                yield (*match.span(), self._chance.choice(there))
            elif other > 0:
                yield (*match.span(), str(other))

    def _named(self, question: str, passage: str, answer: str) -> Iterator[tuple[int, int, str]]:
        for match in _NAME.finditer(question):
            if match[0] in passage:
                there = [n for n in _NAME.findall(passage) if n not in question and n not in answer and answer not in n]
                names = there if there and self._chance.random() < 0.5 else self._others(self._names, passage)
                if names:
                    yield (*match.span(), self._chance.choice(names))
        for start, end in _shared(question, passage):
            if alike := self._others(self._terms, passage):
                yield start, end, min(alike, key=lambda term: abs(len(term) - (end - start)))

    def _others(self, words: Sequence[str], passage: str) -> list[str]:
        """Some of the words, none of which the passage has."""
        return [word for word in self._chance.sample(words, min(_TRIED, len(words))) if word not in passage]


def _opposed(question: str) -> Iterator[tuple[int, int, str]]:
    for pair in _OPPOSITES:
        for word, other in (pair, pair[::-1]):
            pattern = rf"\b{word}\b" if word.isascii() else re.escape(word)
            yield from ((*match.span(), other) for match in re.finditer(pattern, question))


def _han_terms(question: str) -> Iterator[str]:
    for run in _HAN_RUN.findall(question):
        for piece in _QUESTION_WORDS.split(run):
            if _LEAST <= len(piece) <= _MOST:
                yield piece


def _shared(question: str, passage: str) -> Iterator[tuple[int, int]]:
    """Places of the question's Chinese terms that the passage has as well."""
    for term in _han_terms(question):
        if term in passage:
            at = question.index(term)
            yield at, at + len(term)
