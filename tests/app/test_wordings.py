"""Claims about which wording of a follow-up question is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from langchain_core.documents import Document

from app.retrieval.search import to_document
from app.retrieval.wordings import Way, search
from app.types import Passage, Wording

TEXT = "Gift cards are valid for three years."


def asked(ways: Sequence[Way], scores: Mapping[str, float]) -> tuple[str, list[str]]:
    """What was taken, and all that was searched, in order."""
    searched: list[str] = []

    def find(way: Way) -> list[Document]:
        searched.append(way.text)
        return [to_document(Passage("a.md", None, None, 0, len(TEXT), TEXT, scores[way.text]))]

    return search(ways, find).question, searched


def test_one_wording_is_searched_and_not_told() -> None:
    searched = search([Way("a")], lambda _: [])
    assert (searched.question, searched.found, searched.wordings) == ("a", [], ())


def test_later_wording_is_taken_only_where_it_is_clearly_ahead() -> None:
    ways = [Way("a"), Way("b")]
    assert asked(ways, {"a": 0.3, "b": 0.32}) == ("a", ["a", "b"])
    assert asked(ways, {"a": 0.3, "b": 0.6}) == ("b", ["a", "b"])


def test_nothing_more_is_searched_once_a_wording_is_sure() -> None:
    assert asked([Way("a"), Way("b")], {"a": 0.95, "b": 0.99}) == ("a", ["a"])


def test_question_that_stands_on_its_own_needs_no_other_wording_once_it_finds_something() -> None:
    assert asked([Way("a"), Way("b", ("card",))], {"a": 0.5, "b": 0.99}) == ("a", ["a"])


def test_change_of_topic_is_not_answered_from_the_old_one() -> None:
    scores = {"a": 0.01, "b": 0.99}
    assert asked([Way("a"), Way("b", ("vinyl", "record"))], scores) == ("a", ["a", "b"])
    assert asked([Way("a"), Way("b", ("card", "record"))], scores) == ("b", ["a", "b"])


def test_all_that_was_tried_is_told_the_one_taken_first() -> None:
    scores = {"a": 0.1, "b": 0.4, "c": 0.2}
    found = {q: [to_document(Passage("a.md", None, None, 0, 4, "text", s))] for q, s in scores.items()}
    searched = search([Way("a"), Way("b"), Way("c")], lambda way: found[way.text])
    assert searched.wordings == (Wording("b", 0.4), Wording("a", 0.1), Wording("c", 0.2))
