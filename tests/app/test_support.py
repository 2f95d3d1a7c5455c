"""Claims about the check of composed sentences, with the real encoder and reader on the sample handbook."""

from __future__ import annotations

import pytest

from app.checks.support import SupportCheck, missing_names
from app.engine import Engine
from app.types import Passage

GIFT = "Three years from the day it was bought. It cannot be exchanged for cash, and a lost card can be blocked."
CARD = Passage("faq.md", None, "Gifts > How long is a gift card valid?", 0, len(GIFT), GIFT, 0.9)
LEAVE = "入职满一年的员工享有 7 天年假，当年没有休完的年假可以顺延到次年 3 月 31 日，逾期作废。"
HOLIDAY = Passage("员工手册.docx", None, "二、休假 > 年假", 0, len(LEAVE), LEAVE, 0.9)


@pytest.fixture(scope="module")
def check(engine: Engine) -> SupportCheck:
    return SupportCheck(engine.retriever.match)


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("A gift card is valid for three years from the day it was bought.", CARD),
        ("礼品卡自购买之日起三年内有效。", CARD),
        ("没休完的年假可以顺延到次年3月31日。", HOLIDAY),
        ("Employees who have been here for a year get 7 days of annual leave.", HOLIDAY),
    ],
)
def test_paraphrase_and_translation_are_borne_out(check: SupportCheck, sentence: str, passage: Passage) -> None:
    assert check.supports(sentence, [passage])


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("A gift card is valid for two years from the day it was bought.", CARD),
        ("Elephants sleep standing up in winter.", CARD),
        ("灯塔室里有一架钢琴。", CARD),
        ("没休完的年假可以顺延到次年 5 月 31 日。", HOLIDAY),
        ("急救箱放在吧台下方。", HOLIDAY),
    ],
)
def test_wrong_number_and_wrong_passage_are_not_borne_out(check: SupportCheck, sentence: str, passage: Passage) -> None:
    assert not check.supports(sentence, [passage])


def test_nothing_is_borne_out_by_no_passage(check: SupportCheck) -> None:
    assert not check.supports("A gift card is valid for three years.", [])


def test_names_are_compared_where_both_languages_can_write_them() -> None:
    assert missing_names("It is sold by Clearlake Books.", "Sold by another shop.") == 1
    assert missing_names("由 Clearlake Books 出售。", "Sold by Clearlake Books.") == 0
    assert missing_names("It is sold by Clearlake Books.", "由澄湖书店出售。") == 0
    assert missing_names("The code is AB-12.", "编号是 CD-34。") == 1
