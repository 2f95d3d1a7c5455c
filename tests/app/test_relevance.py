from app.retrieval.relevance import (
    Evidence,
    across_probabilities,
    bilingual_probabilities,
    probabilities,
    worth_reading,
)
from ingest.lexical import KeywordScore, Script

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


def test_across_languages_the_passage_whose_best_sentence_and_words_stand_out_is_more_probable() -> None:
    for script in Script:
        by_sentence = across_probabilities(script, [0.05, 0.05, 0.05], [7.0, 4.0, 1.0])
        by_words = across_probabilities(script, [0.9, 0.1, 0.01], [4.0, 4.0, 4.0])
        for found in (by_sentence, by_words):
            assert found == sorted(found, reverse=True)
            assert found[0] > 0.25 > 0.1 > found[2]
        assert across_probabilities(script, [], []) == []


def test_words_of_the_other_language_take_nothing_from_those_of_the_question() -> None:
    own, other = [Evidence(HALF, 1.0, 1.0), Evidence(NONE, 0.0, 1.0)], Evidence(FULL, 2.0, 1.0)
    alone = probabilities(own)
    assert bilingual_probabilities([own[0], other, own[1]], [True, False, True])[::2] == alone
    assert bilingual_probabilities([other, *own], [False, True, True])[0] == probabilities([other, *own])[0]
    assert bilingual_probabilities([other], [False]) == probabilities([other])


def test_what_is_far_behind_is_not_worth_reading() -> None:
    assert worth_reading([0.6, 0.9, 0.5, 0.001]) == [0, 1, 2]
    assert worth_reading([0.01, 0.001]) == [0, 1]
    assert worth_reading([0.01, 0.001], beside=0.9) == []
    assert worth_reading([0.6, 0.001], beside=0.9) == [0]
    assert worth_reading([]) == []
