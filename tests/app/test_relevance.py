from app.retrieval.relevance import (
    Evidence,
    is_worth_reading,
    probabilities,
)
from ingest.lexical import KeywordScore

FULL, HALF, NONE = KeywordScore(0.6, 1.0), KeywordScore(0.3, 0.5), KeywordScore(0.0, 0.0)


def test_better_keyword_evidence_is_more_probable() -> None:
    found = probabilities([Evidence(k, 0.0, 0.0) for k in (FULL, HALF, NONE)])
    assert found == sorted(found, reverse=True)
    assert all(0 < p < 1 for p in found)


def test_better_vector_evidence_is_more_probable_where_the_encoder_is_trusted() -> None:
    near, far = probabilities([Evidence(HALF, 6.0, 1.0), Evidence(HALF, 1.0, 1.0)])
    assert near > far


def test_distrusted_encoder_cannot_turn_the_order_of_the_keywords() -> None:
    found = probabilities([Evidence(FULL, 0.0, 0.05), Evidence(HALF, 0.05 * 6, 0.05)])
    assert found[0] > found[1]


def test_no_evidence_at_all_is_next_to_impossible() -> None:
    assert probabilities([Evidence(NONE, 0.0, 0.0)])[0] < 0.05
    assert probabilities([]) == []


def test_passage_that_stands_out_is_surer_than_one_among_equals() -> None:
    alone = probabilities([Evidence(HALF, 0.0, 0.0), Evidence(NONE, 0.0, 0.0)])[0]
    among = probabilities([Evidence(HALF, 0.0, 0.0), Evidence(HALF, 0.0, 0.0)])[0]
    assert alone > among


def test_across_languages_the_passage_that_is_nearest_and_has_the_words_is_more_probable() -> None:
    found = probabilities([Evidence(FULL, 5.0, 1.0), Evidence(HALF, 3.0, 1.0), Evidence(NONE, 1.0, 1.0)], [False] * 3)
    assert found == sorted(found, reverse=True)
    assert found[0] > 0.5 > 0.1 > found[2]
    assert probabilities([], []) == []


def test_an_encoder_that_knows_one_language_counts_for_as_little_across_as_within() -> None:
    evidence = [Evidence(FULL, 0.0, 0.0), Evidence(HALF, 0.0, 0.0)]
    assert probabilities(evidence, [False, False]) == probabilities(evidence)


def test_words_of_the_other_language_take_nothing_from_those_of_the_question() -> None:
    own, other = [Evidence(HALF, 1.0, 1.0), Evidence(NONE, 0.0, 1.0)], Evidence(FULL, 2.0, 1.0)
    assert probabilities([own[0], other, own[1]], [True, False, True])[::2] == probabilities(own)
    beside_all, alone = (probabilities([other, *others], [False, *[True] * len(others)])[0] for others in (own, []))
    assert beside_all < alone


def test_what_is_far_behind_is_not_worth_reading() -> None:
    assert [is_worth_reading(score, best=0.9) for score in (0.6, 0.9, 0.5, 0.001)] == [True, True, True, False]
    assert is_worth_reading(0.001, best=0.01)
