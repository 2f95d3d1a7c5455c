"""Figures are what they are called, worked out by hand on a few questions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.evaluate.bootstrap import Auroc, CalibrationError, Quantile, Ratio, differences, equal_bins, measured
from app.evaluate.dataset import Question, Span
from app.evaluate.measures import MEASURES, documents_shown, evidence_shown, statistics
from app.evaluate.result import compared
from app.evaluate.spans import coverage
from app.evaluate.wording import contains, exact_match, f1
from tests.app.evaluation import asked

A, B = Span("a", 0, 10), Span("b", 0, 10)


# --- words ------------------------------------------------------------------------------------------------------------


def test_english_is_compared_by_words_without_case_articles_and_punctuation() -> None:
    assert exact_match("The Harbour-Hall!", ["harbourhall"]) == 1
    assert f1("eighty guests in all", ["the eighty guests"]) == pytest.approx(2 * 2 / (4 + 2))
    assert contains("It seats eighty guests.", ["no", "eighty guests"]) == 1
    assert contains("It seats eighty-one guests.", ["eighty"]) == 0


def test_chinese_is_compared_by_characters_in_one_run() -> None:
    assert exact_match("二百元。", ["二百元"]) == 1
    assert f1("每小时二百元", ["二百元整"]) == pytest.approx(2 * 3 / (6 + 4))
    assert f1("二元百", ["二百元"]) == pytest.approx(2 * 1 / (3 + 3))
    assert contains("望舟厅每小时 200 元。", ["200元"]) == 1
    assert contains("共 308分", ["308"]) == 1
    assert contains("共 3080分", ["308"]) == 0


@pytest.mark.parametrize("said", ["", "。"])
def test_nothing_said_is_nothing_right(said: str) -> None:
    assert (exact_match(said, ["x"]), f1(said, ["x"]), contains(said, ["x", ""])) == (0, 0, 0)
    assert (f1("x", []), contains("x", [])) == (0, 0)


# --- places -----------------------------------------------------------------------------------------------------------


def test_coverage_counts_characters_without_white_space_and_repeats_cost_precision() -> None:
    text = "ab cd ef gh"

    def read(span: Span) -> str:
        return text[span.start : span.end]

    found = coverage([Span("a", 0, 5)], [Span("a", 3, 8), Span("a", 3, 8)], read)
    assert (found.covered, found.evidence, found.retrieved) == (2, 4, 8)
    assert (found.recall, found.precision, found.iou) == (0.5, 0.25, 2 / 10)
    nothing = coverage([Span("a", 0, 5)], [], read)
    assert (nothing.recall, nothing.precision, nothing.iou) == (0, 0, 0)


def test_a_document_and_a_place_count_once_where_they_are_first_shown() -> None:
    question = Question("1", "?", documents=frozenset("bc"), evidence=(B, Span("c", 0, 5)))
    found = [A, B, B, Span("a", 10, 20), Span("c", 0, 20)]
    assert documents_shown(question, found) == ([0, 1, 1], 2)
    assert evidence_shown(question, found) == ([0, 1, 0, 0, 1], 2)


def test_ranking_becomes_hits_reciprocal_rank_ndcg_and_recall() -> None:
    question = Question("1", "?", documents=frozenset("bz"))
    item = asked(question=question, found=[A, B])
    got = {name.removeprefix("document "): MEASURES[name](item) for name in MEASURES if name.startswith("document")}
    ideal = 1 + 1 / np.log2(3)
    assert got == {
        "hit@1": (0, 1),
        "hit@5": (1, 1),
        "mrr@10": (0.5, 1),
        "ndcg@10": (pytest.approx(1 / np.log2(3) / ideal), 1),
        "recall@100": (0.5, 1),
    }
    assert MEASURES["evidence hit@1"](item) == (0, 0)  # none is known, so it does not count


# --- answers and refusals ---------------------------------------------------------------------------------------------


def test_refusals_are_right_only_where_nothing_answers() -> None:
    four = [
        asked(answerable=False, refused=True, right=False),
        asked(answerable=False, right=False),
        asked(refused=True),
        asked(said="80, eighty"),
    ]
    figures = measured(statistics(four), len(four))
    assert [figures[f"refusal {name}"].value for name in ("precision", "recall", "f1", "wrong")] == [0.5] * 4
    assert (figures["answer contains"].value, figures["answer contains"].n) == (0.5, 2)
    assert figures["answer em"].value == 0


def test_a_set_in_which_everything_is_answerable_measures_only_wrong_refusals() -> None:
    found = statistics([asked(), asked(refused=True)])
    assert {name for name in found if name.startswith("refusal")} == {"refusal wrong"}


def test_a_marked_answer_is_compared_and_the_whole_text_must_contain() -> None:
    item = asked(said="The hall seats eighty guests.")
    marked = replace(item, answer=replace(item.answer, exact="eighty"))
    assert (MEASURES["answer em"](item), MEASURES["answer em"](marked)) == ((0, 1), (1, 1))
    assert MEASURES["answer contains"](marked) == (1, 1)


# --- statistics -------------------------------------------------------------------------------------------------------


def test_intervals_hold_the_mean_and_narrow_with_more_questions() -> None:
    def of(values: list[float]) -> tuple[float, float, float, int]:
        figure = measured({"": Ratio(np.array(values), np.ones(len(values)))}, len(values))[""]
        return figure.low, figure.value, figure.high, figure.n

    few, many = of([1, 0, 0, 1] * 10), of([1, 0, 0, 1] * 1000)
    assert few[0] < few[1] == many[1] == 0.5 < few[2]
    assert many[2] - many[0] == pytest.approx(2 * 1.96 * 0.5 / 4000**0.5, rel=0.15)
    assert (few[3], few) == (40, of([1, 0, 0, 1] * 10))  # seeded


def test_auroc_counts_ties_half() -> None:
    scores, positive = np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False])
    assert measured({"": Auroc(scores, positive)}, 4)[""].value == pytest.approx(3.5 / 4)


def test_calibration_error_is_the_distance_within_bins() -> None:
    claimed, true = np.array([0.9, 0.2, 0.8, 0.1]), np.array([1.0, 0.0, 0.0, 0.0])
    bins = equal_bins(claimed, 2)
    assert [sorted(map(int, rows)) for rows in bins] == [[1, 3], [0, 2]]
    figure = measured({"": CalibrationError(claimed, true, bins)}, 4)[""]
    assert figure.value == pytest.approx((0.3 + 0.7) / 4)
    assert len(equal_bins(np.array([1.0, 2.0]), 10)) == 2


def test_quantiles_are_values_that_were_measured() -> None:
    seconds = np.array([4.0, 1.0, 3.0, 2.0])
    found = measured({"p50": Quantile(seconds, 0.5), "p95": Quantile(seconds, 0.95)}, 4)
    assert (found["p50"].value, found["p95"].value) == (2.0, 4.0)


def test_a_difference_is_taken_question_by_question() -> None:
    hard = np.tile([1.0, 0.0], 50)
    mine, other = {"f": Ratio(hard, np.ones(100))}, {"f": Ratio(hard, np.ones(100)), "g": Ratio(hard, np.ones(100))}
    same = differences(mine, other, 100)
    assert list(same) == ["f"]
    assert (same["f"].value, same["f"].low, same["f"].high) == (0, 0, 0)


def test_a_comparison_counts_where_the_variant_is_higher_and_lower() -> None:
    before = [asked(said="eighty"), asked(said="no"), asked(said="no")]
    after = [asked(said="eighty"), asked(said="eighty"), asked(said="eighty")]
    found = compared("better", before, after, preferences=[1, 0, None]).differences
    assert (found["answer em"].wins, found["answer em"].losses) == (2, 0)
    assert found["answer em"].figure.value == pytest.approx(2 / 3)
    assert (found["judge preference"].figure.value, found["judge preference"].figure.n) == (0.5, 2)
    assert found["seconds total p50"].wins is None
