import pytest

from app.relevance import Evidence, probabilities
from ingest.lexical import KeywordScore

FULL, HALF, NONE = KeywordScore(0.6, 1.0), KeywordScore(0.3, 0.5), KeywordScore(0.0, 0.0)


def test_better_keyword_evidence_is_more_probable() -> None:
    found = probabilities([Evidence(k, 0.0, 0.0) for k in (FULL, HALF, NONE)], chunks=100)
    assert found == sorted(found, reverse=True)
    assert all(0 < p < 1 for p in found)


def test_better_vector_evidence_is_more_probable_where_the_encoder_is_trusted() -> None:
    near, far = probabilities([Evidence(HALF, 6.0, 1.0), Evidence(HALF, 1.0, 1.0)], chunks=100)
    assert near > far


def test_distrusted_encoder_cannot_turn_the_order_of_the_keywords() -> None:
    found = probabilities([Evidence(FULL, 0.0, 0.05), Evidence(HALF, 0.05 * 6, 0.05)], chunks=100)
    assert found[0] > found[1]


def test_no_evidence_at_all_is_next_to_impossible() -> None:
    assert probabilities([Evidence(NONE, 0.0, 0.0)], chunks=100)[0] < 0.01
    assert probabilities([], chunks=0) == []


@pytest.mark.parametrize("trust", [0.0, 0.5, 1.0])
def test_same_match_says_less_in_a_larger_collection(trust: float) -> None:
    small, large = (probabilities([Evidence(HALF, 0.0, trust)], chunks=n)[0] for n in (50, 50_000))
    assert large < small
