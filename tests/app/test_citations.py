import pytest

from app.citations import Draft, Quotation, drafts, number, verified
from app.types import Passage

TEXT = "Books may be returned within 30 days. Keep the receipt. 退款在 5 天内到账。"
RETURNS = Passage(
    "returns.md",
    None,
    "Returns",
    100,
    171,
    TEXT,
    0.9,
)
SHIPPING = Passage("shipping.pdf", 3, None, 0, 45, "Shipping to Europe costs 140 yuan per parcel.", 0.6)
PASSAGES = [RETURNS, SHIPPING]


def test_sentence_points_at_the_sentence_of_the_source_that_supports_it() -> None:
    sentences, citations = number(drafts("You may return books within 30 days [1].", PASSAGES), PASSAGES)
    assert [(s.text, s.citations, s.supported) for s in sentences] == [
        ("You may return books within 30 days.", (1,), True)
    ]
    assert citations[0].quote == "Books may be returned within 30 days."
    assert (citations[0].start, citations[0].end) == (100, 137)
    assert (citations[0].document, citations[0].heading) == ("returns.md", "Returns")


@pytest.mark.parametrize("marker", ["[1]", " [1]", "【1】", "［1］", "[1, 2]", "[1][2]"])
def test_every_way_to_write_a_marker_is_read_and_taken_out(marker: str) -> None:
    (draft,) = drafts(f"Books may be returned within 30 days{marker}.", PASSAGES)
    assert draft.text == "Books may be returned within 30 days."
    assert draft.quotations[0].source == 0


def test_marker_after_the_full_stop_belongs_to_the_sentence_before() -> None:
    found = drafts("Books may be returned within 30 days. [1] Shipping costs 140 yuan. [2]", PASSAGES)
    assert [(d.text, [q.source for q in d.quotations]) for d in found] == [
        ("Books may be returned within 30 days.", [0]),
        ("Shipping costs 140 yuan.", [1]),
    ]


def test_numbers_that_name_no_source_are_dropped() -> None:
    (draft,) = drafts("Books may be returned within 30 days [7][0].", PASSAGES)
    assert draft.quotations == ()
    assert not draft.supported


def test_sentence_with_a_number_that_its_source_lacks_is_marked() -> None:
    (draft,) = drafts("Books may be returned within 60 days [1].", PASSAGES)
    assert not draft.supported


def test_sentence_that_shares_next_to_nothing_with_its_source_is_marked() -> None:
    (draft,) = drafts("Elephants sleep standing up in winter [1].", PASSAGES)
    assert not draft.supported


def test_chinese_sentence_about_an_english_source_is_checked_by_its_numbers() -> None:
    assert drafts("寄到欧洲的邮费是 140 元 [2]。", PASSAGES)[0].supported
    assert not drafts("寄到欧洲的邮费是 150 元 [2]。", PASSAGES)[0].supported


def test_citations_are_numbered_by_first_mention_and_shared() -> None:
    given = [
        Draft("b", (Quotation(1, 0, 8),)),
        Draft("a", (Quotation(0, 0, 5), Quotation(1, 0, 8))),
    ]
    sentences, citations = number(given, PASSAGES)
    assert [s.citations for s in sentences] == [(1,), (2, 1)]
    assert [(c.number, c.document, c.page, c.quote) for c in citations] == [
        (1, "shipping.pdf", 3, "Shipping"),
        (2, "returns.md", None, "Books"),
    ]


def test_quotation_that_is_not_in_the_stored_text_is_noticed() -> None:
    _, citations = number([Draft("x", (Quotation(1, 0, 8),))], PASSAGES)
    assert verified(citations, {"shipping.pdf": SHIPPING.text})
    assert not verified(citations, {"shipping.pdf": SHIPPING.text.upper()})
    assert not verified(citations, {})


def test_source_in_square_brackets_with_words_is_not_a_marker() -> None:
    (draft,) = drafts("Books [see the list] may be returned within 30 days [1].", PASSAGES)
    assert draft.text == "Books [see the list] may be returned within 30 days."
