import pytest

from app.checks.citations import Draft, Quotation, best_quotation, marked_sentences, number, verified
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


def test_sentence_is_quoted_from_the_sentence_of_the_source_that_shares_most_with_it() -> None:
    quotation = best_quotation("You may return books within 30 days.", 0, RETURNS)
    _, citations = number([Draft("x", (quotation,))], PASSAGES)
    assert citations[0].quote == "Books may be returned within 30 days."
    assert (citations[0].start, citations[0].end) == (100, 137)
    assert (citations[0].document, citations[0].heading) == ("returns.md", "Returns")


def test_source_that_shares_no_word_is_quoted_whole() -> None:
    assert best_quotation("大象站着睡觉。", 1, SHIPPING) == Quotation(1, 0, 45)


@pytest.mark.parametrize("marker", ["[1]", " [1]", "【1】", "［1］", "[1, 2]", "[1][2]"])
def test_every_way_to_write_a_marker_is_read_and_taken_out(marker: str) -> None:
    ((text, _, sources),) = marked_sentences(f"Books may be returned within 30 days{marker}.", 2)
    assert text == "Books may be returned within 30 days."
    assert sources[0] == 0


def test_marker_after_the_full_stop_belongs_to_the_sentence_before() -> None:
    found = marked_sentences("Books may be returned within 30 days. [1] Shipping costs 140 yuan. [2]", 2)
    assert [(text, sources) for text, _, sources in found] == [
        ("Books may be returned within 30 days.", [0]),
        ("Shipping costs 140 yuan.", [1]),
    ]


def test_numbers_that_name_no_source_are_dropped() -> None:
    assert marked_sentences("Books may be returned within 30 days [7][0].", 2)[0][2] == []


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
    ((text, _, _),) = marked_sentences("Books [see the list] may be returned within 30 days [1].", 2)
    assert text == "Books [see the list] may be returned within 30 days."
