import sqlite3

import pytest

from ingest import lexical
from ingest.lexical import BilingualScorer, KeywordScorer, Script, index_terms, is_written_in, query_terms, script_of


def test_english_words_are_folded_and_stemmed() -> None:
    assert index_terms("Returned BOOKS") == index_terms("returning book")


def test_chinese_becomes_characters_and_bigrams() -> None:
    assert index_terms("退货期") == ["退", "货", "期", "退货", "货期"]


def test_full_width_and_half_width_forms_are_the_same_term() -> None:
    assert index_terms("ＡＢＣ１２３") == index_terms("abc123")


def test_decimal_numbers_stay_whole() -> None:
    assert "3.5" in index_terms("costs 3.5 euros")


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("What is the refund policy?", ["refund", "polici"]),
        ("请问年假有多少天？", ["年假", "假有", "天"]),
        ("", []),
        ("？！", []),
    ],
)
def test_question_words_are_not_searched(question: str, terms: list[str]) -> None:
    assert query_terms(question) == terms


@pytest.mark.parametrize("question", ["Who are you?", "你是谁？", "怎么办呢"])
def test_question_that_names_nothing_has_no_terms(question: str) -> None:
    assert query_terms(question) == []


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("今天天气怎么样", Script.CHINESE),
        ("How are you today", Script.LATIN),
        ("请安装 Python", Script.CHINESE),
        ("", Script.LATIN),
    ],
)
def test_script_is_that_of_most_words(text: str, script: Script) -> None:
    assert script_of(text) is script


def test_removed_rows_are_found_no_more() -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript(lexical.SCHEMA)
    lexical.add_terms(connection, [(1, "red apple"), (2, "green apple")])
    lexical.remove_terms(connection, [(1, "red apple")])
    rows = connection.execute("SELECT rowid FROM keywords WHERE keywords MATCH ?", [lexical.match_expression(["appl"])])
    assert rows.fetchall() == [(2,)]
    assert lexical.document_frequencies(connection, ["appl", "red"]) == {"appl": 1, "red": 0}
    connection.close()


def test_query_syntax_in_a_question_is_only_text() -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript(lexical.SCHEMA)
    expression = lexical.match_expression(['a" OR terms:*', "NEAR(", "-x"])
    assert connection.execute("SELECT rowid FROM keywords WHERE keywords MATCH ?", [expression]).fetchall() == []
    connection.close()


def test_score_grows_with_rarer_and_more_matches_and_stays_below_one() -> None:
    scorer = KeywordScorer.of({"common": 90, "rare": 1}, chunks=100, mean_length=3)
    texts = ("other other", "common other", "rare other", "common rare")
    none, common, rare, both = map(scorer.score, texts)
    assert (none.bm25, none.coverage) == (0, 0)
    assert 0 < common.bm25 < rare.bm25 < both.bm25 < 1
    assert common.coverage < rare.coverage < both.coverage == pytest.approx(1)


def test_the_rarest_terms_are_looked_for_and_one_at_least() -> None:
    many = lexical.MOST_POSTINGS + 1

    def looked_for(own: dict[str, int], across: dict[str, int]) -> list[list[str]]:
        first, second = (KeywordScorer.of(occur, chunks=2 * many, mean_length=3) for occur in (own, across))
        return BilingualScorer(Script.LATIN, first, second).looked_for()

    assert looked_for({"in all": many, "rare": 1, "nowhere": 0, "some": 9}, {"又": many}) == [["rare", "some"], []]
    assert looked_for({"in all": many + 1, "in many": many}, {"又": many}) == [["in many"]]
    assert looked_for({"nowhere": 0}, {"又": many}) == [["又"]]
    assert looked_for({"nowhere": 0}, {}) == []


def test_translated_terms_count_for_as_much_as_they_are_sure() -> None:
    frequencies = {"员工": 0, "employe": 5, "staff": 5, "rare": 0}
    translations = {"员工": {"employe": 0.75, "staff": 0.25, "rare": 0.5}}
    scorer = KeywordScorer.across(frequencies, translations, terms=["员工"], chunks=100, mean_length=3)
    assert scorer.meanings == {"employe": {"员工": 0.75}, "staff": {"员工": 0.25}}  # "rare" occurs nowhere
    none, staff, employee, both, own = map(
        scorer.score, ("other words", "staff words", "employee words", "employee staff", "员工")
    )
    assert none.coverage == 0
    assert staff.coverage == pytest.approx(0.25)
    assert employee.coverage == pytest.approx(0.75)
    assert both.coverage == own.coverage == pytest.approx(1)
    assert 0 < staff.bm25 < employee.bm25 < both.bm25 < 1


def test_texts_in_the_language_of_the_question_are_scored_by_its_own_words() -> None:
    own = KeywordScorer.of({"员工": 1, "年假": 1}, chunks=10, mean_length=3)
    across = KeywordScorer.across(
        {"员工": 1, "年假": 1, "employe": 1},
        {"员工": {"employe": 1.0}},
        terms=["员工", "年假"],
        chunks=10,
        mean_length=3,
    )
    scorer = BilingualScorer(Script.CHINESE, own, across)
    assert scorer.score("员工手册里写的 employee 一词").coverage == own.score("员工").coverage == pytest.approx(0.5)
    assert scorer.score("for every employee").coverage == across.score("employee").coverage > 0


def test_numbers_are_found_with_and_without_thousands_separators() -> None:
    assert query_terms("1200") == index_terms("¥1,200")
    assert index_terms("1,200,000 3.14 1,5") == ["1200000", "3.14", "1,5"]


def test_both_scripts_of_chinese_have_the_same_terms() -> None:
    assert index_terms("員工請假與學習") == index_terms("员工请假与学习")


@pytest.mark.parametrize(
    ("text", "chinese", "latin"),
    [
        ("押证件即可借用轮椅。\nStaff will fetch books from high shelves on request.", True, True),
        ("押证件即可借用轮椅一辆和放大镜三副，服务台每天都有人值班。\nOpen daily.", True, False),
        ("押证件即可借用轮椅。 Staff will fetch books from high shelves on request.", False, True),  # one line
        ("Staff will fetch books.", False, True),
        ("", False, True),
    ],
)
def test_text_may_be_written_in_both_languages(text: str, chinese: bool, latin: bool) -> None:
    assert (is_written_in(text, Script.CHINESE), is_written_in(text, Script.LATIN)) == (chinese, latin)
