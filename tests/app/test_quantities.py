import pytest

from app.checks.quantities import invented, lacking, quantities


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("1,500 yuan", "一千五百元"),
        ("30%", "三成"),
        ("20 percent", "百分之二十"),
        ("31 March", "3 月 31 日"),
        ("March 31, 2026", "2026-03-31"),
        ("二〇二六年三月五日", "5 March 2026"),
        ("in March and September", "3 月和 9 月"),
        ("two weeks", "14 天"),
        ("24 months", "两年"),
        ("90 minutes", "1.5 小时"),
        ("3 working days", "三个工作日"),
        ("25% off", "七五折"),
        ("pay 75 percent", "七五折"),
        ("50%", "半价"),
        ("下午 6 点", "18:00"),
        ("6:30 pm", "18:30"),
        ("晚上八点半", "20:30"),
        ("at 9", "9:00"),
        ("35,000 people", "三万五千人"),
        ("$3 million", "300 万美元"),
        ("0.5 kg", "500 克"),
        ("12 to 20 days", "12–20 天"),
    ],
)
def test_one_number_is_recognised_in_both_languages_and_both_ways(claim: str, source: str) -> None:
    assert lacking(claim, [source]) == []
    assert lacking(source, [claim]) == []


@pytest.mark.parametrize(
    ("claim", "source"),
    [("30 days", "60 days"), ("30 days", "30 yuan"), ("5 January", "1 May"), ("9:00 pm", "9:00 am"), ("八折", "七折")],
)
def test_another_number_or_the_same_of_something_else_is_lacking(claim: str, source: str) -> None:
    assert lacking(claim, [source])


def test_number_that_is_there_in_another_sense_is_not_invented() -> None:
    assert invented("It takes 30 days.", ["It costs 30 yuan."]) == []
    assert [q.written for q in invented("It takes 31 days.", ["It costs 30 yuan."])] == ["31"]


@pytest.mark.parametrize(
    "words",
    [
        "There are two ways.",
        "分为三种情况。",
        "One of them",
        "第二天",
        "星期三",
        "一般来说",
        "May I come?",
        "the first hour",
    ],
)
def test_ways_of_speaking_claim_no_number(words: str) -> None:
    assert not any(quantity.claimed for quantity in quantities(words))


def test_year_of_the_calendar_is_no_span_of_years() -> None:
    assert [(q.number, q.unit) for q in quantities("2026 年")] == [(2026.0, "")]
    assert [(q.amount, q.unit) for q in quantities("3 年")] == [(36.0, "month")]
