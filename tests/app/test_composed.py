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
    for language in Language:
        (notice,) = checked.notices(language)
        assert "60" in notice


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


def test_model_that_found_nothing_and_goes_on_without_a_source_has_said_nothing() -> None:
    reply = "The sources do not mention comics. Comics are great. They are sold everywhere."
    assert composed(reply, "", PASSAGES, nothing).drafts == ()
    partly = composed("The sources do not mention comics. Books may be returned [1].", "", PASSAGES, anything)
    assert len(partly.drafts) == 2


def test_user_is_told_that_no_sentence_is_borne_out_and_not_where_one_is() -> None:
    reply = "Books may be returned [1]. Shipping costs 140 yuan [2]."
    assert composed(reply, "", PASSAGES, anything).notices(Language.ENGLISH) == []
    for language in Language:
        assert len(composed(reply, "", PASSAGES, nothing).notices(language)) == 1


def test_of_words_that_go_in_circles_each_sentence_stays_once_and_a_list_keeps_its_likes() -> None:
    reply = "Books may be returned [1]. " + "They are a gift to the shop.\n\n" * 6 + "They are a gi"
    texts = [draft.text for draft in composed(reply, "", PASSAGES, anything).drafts]
    assert texts == ["Books may be returned.", "They are a gift to the shop."]
    likes = composed("Europe: by post.\nAsia: by post.\nby post.\nby post.", "", PASSAGES, anything)
    assert len(likes.drafts) == 4
