"""What the built-in reader shows, with similarities that are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from langchain_core.messages import HumanMessage

from app.checks.citations import Quotation
from app.reading.overview import is_overview, topic
from app.reading.reader import QUOTATION, ExtractiveReader, Reading, reading_message
from app.reading.sentence_evidence import TextMatches
from app.reading.span_reader import PassageReading, PassageText, SpanReader
from app.types import Passage
from ingest.lexical import BilingualScorer, KeywordScorer, query_terms, script_of


def match(question: str) -> TextMatches:
    """Every term weighs the same, and meaning says nothing."""
    scorer = KeywordScorer.of(dict.fromkeys(query_terms(question), 1), chunks=10, mean_length=10)
    both = BilingualScorer(script_of(question), scorer, scorer)
    return TextMatches(both, lambda texts: [0.0] * len(texts))


class Sees(SpanReader):
    """Sees the answer in each of these texts, wherever one stands, equally."""

    def __init__(self, *answers: str) -> None:
        super().__init__()
        self._answers = answers

    def read(self, question: str, passages: Sequence[PassageText]) -> list[PassageReading]:
        return [self._reading(passage.text) for passage in passages]

    def _reading(self, text: str) -> PassageReading:
        seen = sorted((text.index(answer), answer) for answer in self._answers if answer in text)
        share = np.full(len(seen), 1 / max(len(seen), 1), dtype=np.float32)
        ends = tuple(start + len(answer) for start, answer in seen)
        return PassageReading(0.0, tuple(start for start, _ in seen), ends, share, share)


def passage(text: str, *, score: float = 0.9, heading: str | None = None) -> Passage:
    return Passage("document.md", None, heading, 0, len(text), text, score)


def read(question: str, *passages: Passage, sees: Sequence[str] = ()) -> list[str]:
    quotations = ExtractiveReader(match, Sees(*sees)).read(Reading(question, passages))
    return [passages[q.source].text[q.start : q.end] for q in quotations]


def test_sentence_that_holds_the_questions_words_is_quoted_alone() -> None:
    text = "The shop opens at nine. Parcels leave on Friday. Returned books go to the red crate."
    assert read("Where do returned books go?", passage(text), sees=["red crate"]) == [
        "Returned books go to the red crate."
    ]


def test_chinese_sentence_is_quoted_whole_with_its_closing_mark() -> None:
    text = "门店早上九点开门。退回的图书放进红色箱子。包裹周五发出。"
    assert read("退回的图书放在哪里？", passage(text), sees=["红色箱子"]) == ["退回的图书放进红色箱子。"]


def test_sentence_with_the_answer_wins_over_one_with_the_questions_words_and_the_answer_is_marked() -> None:
    text = (
        "The price of a ticket is a common question at the ticket desk. Grown-ups pay seven dollars, children nothing."
    )
    (quotation,) = ExtractiveReader(match, SpanReader()).read(
        Reading("What is the price of a ticket for grown-ups?", [passage(text)])
    )
    assert text[quotation.start : quotation.end].startswith("Grown-ups pay seven dollars")
    assert quotation.exact is not None
    assert "seven dollars" in text[slice(*quotation.exact)]


def test_no_span_is_marked_where_the_network_sees_no_answer() -> None:
    (quotation,) = ExtractiveReader(match, Sees()).read(Reading("gift cards", [passage("Gift cards are blue.")]))
    assert quotation.exact is None


def test_sentences_that_follow_each_other_are_one_quotation() -> None:
    text = "Gift cards are valid for three years. Gift cards are not exchanged for cash."
    assert read("gift cards", passage(text)) == [text]


@pytest.mark.parametrize(("seen", "shown"), [(["books", "desk"], 2), (["books", "wait", "desk"], 1)])
def test_a_sentence_where_a_third_of_the_answer_is_seen_stands_beside_one_with_the_questions_words(
    seen: Sequence[str], shown: int
) -> None:
    text = "Ordered books wait at the service desk. The café has tea and soup. Five days, no more."
    found = read("How long do ordered books wait?", passage(text), sees=[*seen, "Five days"])
    assert found == ["Ordered books wait at the service desk.", "Five days, no more."][:shown]


EXPENSES = (
    "Date: 14 January; Person: Ines; Amount: 212.40; Note: Train to Lyon\n"
    "Date: 2 March; Person: Tom; Amount: 1190.00; Note: Flight to Toronto\n"
    "Date: 19 March; Person: Priya; Amount: 129.99; Note: Desk lamp"
)
LEDGER = (
    "日期：1 月 14 日；经手人：李雷；金额：212.40；说明：去杭州的高铁票\n"
    "日期：3 月 2 日；经手人：王芳；金额：1190.00；说明：飞往成都的机票\n"
    "日期：3 月 19 日；经手人：陈敏；金额：129.99；说明：台灯"
)


@pytest.mark.parametrize(
    ("table", "question", "row"),
    [
        (EXPENSES, "How much was the flight to Toronto?", 1),
        (EXPENSES, "What did Priya pay?", 2),
        (LEDGER, "飞往成都的机票花了多少钱？", 1),
        (LEDGER, "台灯是谁经手的？", 2),
    ],
)
def test_the_row_of_a_table_is_the_one_with_most_of_the_question_wherever_an_answer_is_seen(
    table: str, question: str, row: int
) -> None:
    assert read(question, passage(table), sees=["212.40"]) == [table.splitlines()[row]]


def test_in_a_row_the_answer_is_marked_as_the_row_alone_has_it() -> None:
    question, table = (
        "How much was the desk lamp?",
        f"Date: 2 April; Person: Ben; Amount: 38.90; Note: Paper\n{EXPENSES}",
    )
    (quotation,) = ExtractiveReader(match, SpanReader()).read(Reading(question, [passage(table)]))
    assert quotation.exact is not None
    assert table[slice(*quotation.exact)] == "129.99"


def test_of_rows_with_as_much_of_the_question_the_one_is_shown_in_which_the_answer_is_seen() -> None:
    assert read("How much was the cheapest?", passage(EXPENSES), sees=["129.99"]) == [EXPENSES.splitlines()[2]]


def test_a_line_above_the_rows_takes_nothing_from_them() -> None:
    table = f"The flight and the train: what was spent\n{EXPENSES}"
    assert EXPENSES.splitlines()[1] in read("How much was the flight?", passage(table), sees=["1190.00"])[-1]


def test_no_more_than_three_sentences_are_shown() -> None:
    passages = [passage(f"Gift cards, rule {i}. Something else entirely.") for i in range(4)]
    assert " ".join(read("gift cards", *passages)).count(".") == 3


def test_better_passage_wins_between_equal_sentences() -> None:
    found = read("gift cards", passage("Gift cards are blue.", score=0.1), passage("Gift cards are red.", score=0.95))
    assert "Gift cards are red." in found


@pytest.mark.parametrize(("threshold", "quoted"), [(0.0, 1), (0.3, 1), (0.4, 0)])
def test_nothing_is_quoted_where_the_best_sentence_stands_in_a_passage_below_the_threshold(
    threshold: float, quoted: int
) -> None:
    passages = [passage("We wrap presents.", score=0.5), passage("Gift cards are red.", score=0.3)]
    reading = Reading("What colour are gift cards?", passages, threshold=threshold)
    message = ExtractiveReader(match, Sees("red")).invoke([reading_message("gift cards", reading)])
    assert len(message.additional_kwargs.get(QUOTATION, ())) == quoted


def test_an_answer_speaks_one_language() -> None:
    passages = [
        passage("礼品卡 gift cards 三年内有效，过期作废。", score=0.9),
        passage("Gift cards are red.", score=0.8),
    ]
    assert read("gift cards", *passages) == [passages[0].text]


def test_nothing_to_read_is_nothing_to_quote() -> None:
    assert read("anything") == []


def test_message_carries_its_quotations_and_streams_them_one_by_one() -> None:
    text = "Gift cards are blue. Stamps are sold. Gift cards are lost."
    reading = Reading("gift cards", [passage(text)])
    model = ExtractiveReader(match, Sees("blue", "lost"))
    message = model.invoke([reading_message("gift cards", reading)])
    assert message.additional_kwargs[QUOTATION] == [Quotation(0, 0, 20, (15, 19)), Quotation(0, 38, 58)]
    assert message.text == "Gift cards are blue. Gift cards are lost."
    chunks = list(model.stream([reading_message("gift cards", reading)]))
    assert len([chunk for chunk in chunks if chunk.text]) == 2


def test_message_without_a_reading_is_refused() -> None:
    with pytest.raises(TypeError, match="reading_message"):
        ExtractiveReader(match, Sees()).invoke([HumanMessage("gift cards")])


OVERVIEWS = [
    *("Compare the two contracts.", "What are the fees?", "Give me a summary of the manual"),
    *("两份合同有什么区别？", "店里有哪些活动？"),
]
FACTS = ["How long is the warranty?", "What is the fee?", "保修期多长？", "Who signed it?"]


@pytest.mark.parametrize("question", OVERVIEWS)
def test_a_question_for_more_than_one_fact_is_known_by_its_wording(question: str) -> None:
    assert is_overview(question)


@pytest.mark.parametrize("question", FACTS)
def test_a_question_for_one_fact_is_none_for_an_overview(question: str) -> None:
    assert not is_overview(question)


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("List the events in the shop", "events in the shop"),
        ("Can you give me an overview of the café menu?", "café menu"),
        ("请总结一下退货政策。", "退货政策"),
        ("员工福利有哪些？", "员工福利"),
        ("What are the opening hours?", ""),
        ("总结", ""),
        ("List", ""),
    ],
)
def test_question_for_an_overview_has_a_topic_beside_the_words_that_ask(question: str, about: str) -> None:
    assert topic(question) == about


def test_an_overview_shows_the_best_sentences_of_each_document_together() -> None:
    fees = "".join(f"The fee of boat {name} is nine yuan. " for name in ("one", "two", "three", "four"))
    text = "The fee of the pond is one yuan."
    other = Passage("other.md", None, None, 0, len(text), text, 0.6)
    passages = passage(fees, score=0.9), other, passage("The fee of the river is six yuan.", score=0.5)
    quotations = ExtractiveReader(match, Sees()).read(Reading("Compare the fees", passages, is_wide=True))
    documents = [passages[q.source].document for q in quotations]
    assert documents == sorted(documents)
    assert set(documents) == {"document.md", "other.md"}
    assert all(quotation.exact is None for quotation in quotations)


def test_an_overview_of_one_document_shows_more_of_it() -> None:
    fees = " ".join(f"The fee of boat {name} is nine yuan." for name in ("one", "two", "three", "four", "five"))
    text = "The fee is unpaid."
    other = Passage("other.md", None, None, 0, len(text), text, 0.8)
    alone, beside = [passage(fees, score=0.9)], [passage(fees, score=0.9), other]
    for passages, shown in ((alone, 5), (beside, 4)):
        quotations = ExtractiveReader(match, Sees()).read(Reading("List the fees", passages, is_wide=True))
        texts = " ".join(fees[q.start : q.end] for q in quotations if q.source == 0)
        assert texts.count("nine yuan") == shown


def test_an_overview_leaves_out_documents_that_are_far_behind() -> None:
    text = "The fee is unpaid."
    far = Passage("far.md", None, None, 0, len(text), text, 0.1)
    assert read("List the fee", passage("The fee is nine yuan.", score=0.9), far) == ["The fee is nine yuan."]
