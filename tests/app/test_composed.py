"""Claims about the check of what a language model wrote; what bears a sentence out is told by a stand-in."""

from __future__ import annotations

from collections.abc import Sequence

from app.checks.composed import composed
from app.types import Language, Passage

TEXT = "Books may be returned within 30 days. 退款在 5 天内到账。"
RETURNS = Passage("returns.md", None, "Returns", 0, len(TEXT), TEXT, 0.9)
SHIPPING = Passage("shipping.pdf", 3, None, 0, 45, "Shipping to Europe costs 140 yuan per parcel.", 0.6)
PASSAGES = [RETURNS, SHIPPING]


def anything(sentence: str, passages: Sequence[Passage]) -> bool:
    return bool(passages)


def nothing(sentence: str, passages: Sequence[Passage]) -> bool:
    return False


def test_sentence_that_its_source_does_not_bear_out_is_marked() -> None:
    assert [d.supported for d in composed("Books can be returned [1].", "", PASSAGES, nothing).drafts] == [False]
    assert [d.supported for d in composed("Books can be returned [1].", "", PASSAGES, anything).drafts] == [True]


def test_sentence_with_a_number_of_no_passage_is_left_out_whole_and_the_rest_begins_the_answer() -> None:
    checked = composed("It takes 60 days [1]. Shipping costs 140 yuan [2].", "", PASSAGES, anything)
    assert [(d.text, d.separator) for d in checked.drafts] == [("Shipping costs 140 yuan.", "")]
    assert (checked.left_out, checked.invented) == (1, ("60",))
    assert "60" in (checked.notice(Language.CHINESE) or "")
    assert "60" in (checked.notice(Language.ENGLISH) or "")


def test_number_of_the_question_is_not_invented() -> None:
    checked = composed("After 45 days it is too late [1].", "Can I return it after 45 days?", PASSAGES, anything)
    assert checked.left_out == 0


def test_number_of_a_list_is_not_part_of_what_is_said() -> None:
    checked = composed("7. Books may be returned [1].\n8. Shipping costs 140 yuan [2].", "", PASSAGES, anything)
    assert [d.text for d in checked.drafts] == ["7. Books may be returned.", "8. Shipping costs 140 yuan."]


def test_sentence_without_a_marker_gets_the_passage_that_bears_it_out() -> None:
    (draft,) = composed("Shipping to Europe costs 140 yuan.", "", PASSAGES, anything).drafts
    assert [q.source for q in draft.quotations] == [1]
    assert draft.supported
    (draft,) = composed("Shipping to Europe costs 140 yuan.", "", PASSAGES, nothing).drafts
    assert (draft.quotations, draft.supported) == ((), False)


def test_sentence_that_only_leads_to_others_or_says_what_is_missing_is_not_marked() -> None:
    checked = composed("The rules are:\nReturn books [1]. The sources do not mention comics.", "", PASSAGES, anything)
    assert [(d.text, d.supported) for d in checked.drafts] == [
        ("The rules are:", True),
        ("Return books.", True),
        ("The sources do not mention comics.", True),
    ]


def test_nothing_is_left_of_an_answer_whose_every_statement_went() -> None:
    assert composed("可以这样做：\n60 天内退回 [1]。", "", PASSAGES, anything).drafts == ()
