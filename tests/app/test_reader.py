"""What the built-in reader shows, with similarities that are known."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from langchain_core.messages import HumanMessage

from app.citations import Quotation
from app.reader import QUOTATION, ExtractiveReader, Reading, reading_message
from app.sentence_evidence import TextMatches
from app.types import Passage
from ingest.lexical import KeywordScorer, query_terms
from ingest.probe import Trust


def match(question: str, texts: Sequence[str]) -> TextMatches:
    """Every term weighs the same, and meaning says nothing."""
    scorer = KeywordScorer.of(dict.fromkeys(query_terms(question), 1), chunks=10, mean_length=10)
    return TextMatches(scorer, [(0.0, Trust(0.0, 1.0, 0.0))] * len(texts))


def passage(text: str, *, score: float = 0.9, heading: str | None = None) -> Passage:
    return Passage("document.md", None, heading, 0, len(text), text, score)


def read(question: str, *passages: Passage) -> list[str]:
    quotations = ExtractiveReader(match).read(Reading(question, passages))
    return [passages[q.source].text[q.start : q.end] for q in quotations]


def test_sentence_that_holds_the_questions_words_is_quoted_alone() -> None:
    text = "The shop opens at nine. Parcels leave on Friday. Returned books go to the red crate."
    assert read("Where do returned books go?", passage(text)) == ["Returned books go to the red crate."]


def test_chinese_sentence_is_quoted_whole_with_its_closing_mark() -> None:
    text = "门店早上九点开门。退回的图书放进红色箱子。包裹周五发出。"
    assert read("退回的图书放在哪里？", passage(text)) == ["退回的图书放进红色箱子。"]


def test_question_for_a_number_prefers_the_sentence_with_one() -> None:
    passages = [passage(f"Overtime is {word}.") for word in ("rare", "paid", "recorded")]
    passages.append(passage("Overtime is 1.5 times."))
    assert "Overtime is 1.5 times." in read("How many times is overtime?", *passages)


def test_sentences_that_follow_each_other_are_one_quotation() -> None:
    text = "Gift cards are valid for three years. Gift cards are not exchanged for cash."
    assert read("gift cards", passage(text)) == [text]


def test_no_more_than_three_sentences_are_shown() -> None:
    passages = [passage(f"Gift cards, rule {i}. Something else entirely.") for i in range(4)]
    assert len(read("gift cards", *passages)) == 3


def test_better_passage_wins_between_equal_sentences() -> None:
    found = read("gift cards", passage("Gift cards are blue.", score=0.1), passage("Gift cards are red.", score=0.95))
    assert "Gift cards are red." in found


def test_nothing_to_read_is_nothing_to_quote() -> None:
    assert read("anything") == []


def test_message_carries_its_quotations_and_streams_them_one_by_one() -> None:
    text = "Gift cards are blue. Stamps are sold. Gift cards are lost."
    reading = Reading("gift cards", [passage(text)])
    message = ExtractiveReader(match).invoke([reading_message("gift cards", reading)])
    assert message.additional_kwargs[QUOTATION] == [Quotation(0, 0, 20), Quotation(0, 38, 58)]
    assert message.text == "Gift cards are blue. Gift cards are lost."
    chunks = list(ExtractiveReader(match).stream([reading_message("gift cards", reading)]))
    assert len([chunk for chunk in chunks if chunk.text]) == 2


def test_message_without_a_reading_is_refused() -> None:
    with pytest.raises(TypeError, match="reading_message"):
        ExtractiveReader(match).invoke([HumanMessage("gift cards")])
