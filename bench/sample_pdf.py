"""Draw a PDF to measure with: dense text, English and Chinese in turn, the same every time. Knows ReportLab."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

WIDTH, HEIGHT = 595, 842  # points: A4
_LEFT, _TOP, _LEADING = 64, 780, 15.0
_LINES = 46  # a page
_SEED = 7

_ENGLISH = (
    "the clerk files every order before the shop opens returned goods wait on the lower shelf until they are checked "
    "a customer may ask for the receipt at any time our suppliers send new books on Tuesday and Friday morning late "
    "parcels are collected by the second driver please lock both doors"
)
_CHINESE = (
    "店员在开门之前整理好当天的订单退回的商品先放在下层货架等待检查顾客随时可以索取收据供应商每周二和周五上午送来新书"
    "迟到的包裹由第二位司机领取下班时请锁好前后两道门并关闭所有电源"
)


def write_pdf(path: Path, pages: int) -> Path:
    """Write a PDF of so many full pages of running text; returns `path`."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    chance = random.Random(_SEED)
    canvas = Canvas(str(path), pagesize=(WIDTH, HEIGHT))
    languages = (("Helvetica", _english_lines(chance)), ("STSong-Light", _chinese_lines(chance)))
    for number, (font, lines) in enumerate(islice(cycle(languages), pages), start=1):
        canvas.setFont("Helvetica-Bold", 14)
        canvas.drawString(_LEFT, _TOP, f"Section {number}")
        canvas.setFont(font, 10.5)
        for row, line in enumerate(islice(lines, _LINES), start=1):
            canvas.drawString(_LEFT, _TOP - 10 - row * _LEADING, line)
        canvas.showPage()
    canvas.save()
    return path


def _english_lines(chance: random.Random) -> Iterator[str]:
    while True:
        words = chance.choices(_ENGLISH.split(), k=15)
        words[chance.randrange(5, 10)] += f". {chance.randrange(1000, 9999)}"
        yield " ".join(words)


def _chinese_lines(chance: random.Random) -> Iterator[str]:
    while True:
        at = chance.randrange(len(_CHINESE))
        yield (_CHINESE[at:] + _CHINESE)[:36] + f"，编号{chance.randrange(1000, 9999)}。"
