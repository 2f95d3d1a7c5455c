"""Choose the weight `behind` of app/reading/reader.py: python -m training.fit_rows

A table's row is told by any of its cells, by one or by several: ledgers, which this module makes up, are asked so. The
tables of training/records.py, whose first column names the row, are what the network learned from and say whether it
keeps what it can do. Printed is by weight the share of questions whose best row is the right one; the words of half of
the ledgers and the kinds of half of the records are held out, to be read when a weight has been chosen.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace

import numpy as np

from app.reading import reader
from app.reading.sentence_evidence import sentence_evidence
from app.reading.span_reader import SpanReader, passage_text
from app.types import Passage
from ingest.parse.tables import table_lines
from training import records
from training.keywords import Keywords

SEED, COUNT = 5, 200
WEIGHTS = (0.0, -8.0, -15.0, -30.0, -60.0)  # to compare
NAMES = {
    "en": ("Date", "Person", "Category", "Amount EUR", "Note"),
    "zh": ("日期", "经手人", "类别", "金额（元）", "说明"),
}
PEOPLE = {
    "en": ("Ines", "Tom", "Priya", "Ahmed", "Lucia", "Ben"),
    "zh": ("李雷", "王芳", "陈敏", "刘洋", "赵磊", "孙丽"),
}
KINDS = {"en": ("Travel", "Office", "Meals", "Training"), "zh": ("差旅", "办公", "餐饮", "培训")}
NOTES = {
    "en": [
        "train to Lyon",
        "printer paper",
        "dinner with the Bakker team",
        "course on data protection",
        "flight to Toronto",
        "desk lamp",
        "hotel in Ghent",
        "repair of the coffee machine",
        "business cards",
        "taxi to the airport",
        "cleaning supplies",
        "lunch for the interns",
        "parking in Basel",
        "conference ticket",
        "replacement keyboard",
        "flowers for the lobby",
        "phone contract",
        "first-aid kit",
        "rental van",
        "projector",
    ],
    "zh": [
        "去杭州的高铁票",
        "打印纸",
        "客户晚餐",
        "安全培训课程",
        "飞往成都的机票",
        "台灯",
        "苏州酒店住宿",
        "咖啡机维修",
        "名片印刷",
        "机场打车",
        "清洁用品",
        "实习生午餐",
        "停车费",
        "会议门票",
        "更换键盘",
        "大堂鲜花",
        "电话费",
        "急救箱",
        "租车",
        "投影仪",
    ],
}
BY_NOTE = {
    "en": ("How much was the {}?", "Who paid for the {}?", "When did we pay for the {}?"),
    "zh": ("{}花了多少钱？", "{}是谁经手的？", "{}是哪天的？"),
}
BY_TWO = {"en": "What did {} spend on {}?", "zh": "{}在{}上花了多少钱？"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on a table, and a character of the row that answers it."""

    question: str
    title: str
    table: str
    place: int


def ledgers(count: int, chance: random.Random, *, held_out: bool) -> Iterator[Asked]:
    """Questions, each on a ledger of its own with its columns in an order of chance."""
    for _ in range(count):
        language = chance.choice(("en", "zh"))
        notes = chance.sample(NOTES[language][held_out::2], chance.randint(4, 10))
        rows = [
            (
                f"2025-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
                chance.choice(PEOPLE[language]),
                chance.choice(KINDS[language]),
                f"{chance.randint(5, 1500)}.{chance.randint(0, 99):02}",
                note[:1].upper() + note[1:],
            )
            for note in notes
        ]
        at = chance.randrange(len(rows))
        _, person, kind, _, _ = rows[at]
        question = chance.choice(BY_NOTE[language]).format(notes[at])
        if chance.random() < 0.25 and sum(row[1:3] == (person, kind) for row in rows) == 1:
            question = BY_TWO[language].format(person, kind.lower())
        order = chance.sample(range(5), 5)
        lines = table_lines([[row[i] for i in order] for row in (NAMES[language], *rows)], has_header=True)
        yield Asked(question, "", "\n".join(lines), sum(len(line) + 1 for line in lines[:at]))


def of_records(count: int, *, held_out: bool) -> Iterator[Asked]:
    """Those of training/records.py that have an answer."""
    for q in records.questions(count, SEED, held_out=held_out):
        if q.start >= 0:
            yield Asked(q.text, q.title, q.passage, q.start)


def share_right(asked: Sequence[Asked], network: SpanReader) -> dict[float, float]:
    """By WEIGHTS: the share of the questions whose best row is the right one. The tables are one collection."""
    keywords = Keywords([one.table for one in asked])
    right: dict[float, list[bool]] = {weight: [] for weight in WEIGHTS}
    for one in asked:
        passage = Passage("a", None, one.title or None, 0, len(one.table), one.table, 0.5)
        sentences = sentence_evidence(passage, keywords.scorer(one.question))
        read = network.read(one.question, [passage_text(passage)])
        rows = np.array(reader.features([passage], [sentences], read))
        for weight, found in right.items():
            best = sentences[int(np.argmax(rows @ astuple(replace(reader.WEIGHTS, behind=weight))))]
            found.append(best.start <= one.place < best.end)
    return {weight: round(float(np.mean(found)), 3) for weight, found in right.items()}


def main() -> None:
    network = SpanReader()
    for held_out in (False, True):
        for name, asked in (
            ("ledgers", list(ledgers(COUNT, random.Random(SEED), held_out=held_out))),
            ("records", list(of_records(COUNT, held_out=held_out))),
        ):
            print("held out" if held_out else "fitted on", name, len(asked), share_right(asked, network), flush=True)


if __name__ == "__main__":
    main()
