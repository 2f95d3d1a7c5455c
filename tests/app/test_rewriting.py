"""What else is searched for beside the question, and that the answer says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.models import LoadedModel
from app.prompt import load_prompts
from app.retrieval.passages import best_of_both
from app.retrieval.rewriting import further_queries
from app.types import AskOptions, Language, ModelKind, ModelStatus, Passage, Rewriting, Scores, SearchOptions
from tests.app.test_assistant import Scripted, make

QUESTION = "May I return a book?"
WORDINGS = "Can books be sent back?\n\n  What are the rules for returns? \nReturn of books\nA fourth one"


def options(way: Rewriting) -> AskOptions:
    return AskOptions(search=SearchOptions(rewriting=way))


def asked(way: Rewriting, reply: str) -> tuple[list[str], Scripted]:
    chat_model = Scripted(replies=[reply])
    model = LoadedModel(chat_model, ModelStatus(ModelKind.SERVER, "scripted", "here", 4096), len)
    prompt = load_prompts().rewriting[way, Language.ENGLISH]
    return further_queries(QUESTION, prompt, model, options(way)), chat_model


def test_each_line_of_other_wordings_is_searched_for_and_a_bounded_number() -> None:
    queries, chat_model = asked(Rewriting.MULTI_QUERY, WORDINGS)
    assert queries == ["Can books be sent back?", "What are the rules for returns?", "Return of books"]
    assert chat_model.asked[0][-1].content == QUESTION


def test_a_supposed_answer_is_one_query() -> None:
    assert asked(Rewriting.HYDE, "Books may be sent back.\nThe receipt is needed.")[0] == [
        "Books may be sent back. The receipt is needed."
    ]


@pytest.mark.parametrize("reply", ["", QUESTION, "words " * 400], ids=["nothing", "the question again", "too much"])
def test_a_reply_that_is_no_query_is_left_out(reply: str) -> None:
    assert asked(Rewriting.STEP_BACK, reply)[0] == []


def test_the_answer_says_what_else_was_searched_for() -> None:
    assistant, _, retriever = make("What are the rules for returns?", "Books may be returned within 30 days [1].")
    answer = assistant.ask(QUESTION, (), options(Rewriting.STEP_BACK))
    assert retriever.asked == [QUESTION, "What are the rules for returns?"]
    assert answer.trace is not None
    assert answer.trace.queries == ("What are the rules for returns?",)


def test_a_passage_has_the_best_score_that_any_query_gives_it() -> None:
    passage = Passage("a.md", None, None, 0, 4, "text", 0.2)
    other = replace(passage, start=9, end=13, score=0.4)
    found = best_of_both([(passage, Scores())], [(other, Scores()), (replace(passage, score=0.9), Scores())])
    assert [p.score for p, _ in found] == [0.9, 0.4]
