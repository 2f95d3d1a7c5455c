"""The trace of an answer: every candidate with its scores and fate, and the prompt as it was sent."""

from __future__ import annotations

from dataclasses import replace

from app.commands import answer_json
from app.engine import Engine
from app.types import AskOptions, Fate, PromptMessage
from tests.app.test_assistant import PASSAGE, make

ANSWER = "Books may be returned within 30 days [1]."


def test_prompt_of_a_language_model_is_kept_as_it_was_sent() -> None:
    assistant, chat_model, _ = make(ANSWER)
    trace = assistant.ask("May I return a book?").trace
    assert trace is not None
    roles = {"system": "system", "human": "user", "ai": "assistant"}
    assert trace.messages == tuple(PromptMessage(roles[m.type], str(m.text)) for m in chat_model.asked[0])
    assert trace.model == "scripted"
    assert trace.context_tokens == 4096
    assert trace.answer_tokens == len(ANSWER) // 3
    assert trace.prompt_tokens is not None
    assert trace.prompt_tokens > sum(len(message.text) for message in trace.messages) // 3


def test_candidate_is_kept_or_dropped_for_a_reason() -> None:
    long = replace(PASSAGE, document="long.md", text="words " * 1000, score=0.8)
    low = replace(PASSAGE, document="low.md", score=0.5)
    assistant, _, _ = make(ANSWER, passages=[PASSAGE, long, low], context=1500)
    answer = assistant.ask("May I return a book?", (), AskOptions(top_k=2))
    assert answer.trace is not None
    assert [c.fate for c in answer.trace.candidates] == [Fate.KEPT, Fate.SPACE, Fate.RANK]
    assert [c.passage for c in answer.trace.candidates[:2]] == list(answer.passages)


def test_refusal_for_want_of_confidence_sends_no_prompt() -> None:
    assistant, _, _ = make("never said", passages=[replace(PASSAGE, score=0.2)])
    trace = assistant.ask("May I return a book?", (), AskOptions(threshold=0.5)).trace
    assert trace is not None
    assert [c.fate for c in trace.candidates] == [Fate.UNSURE]
    assert (trace.threshold, trace.messages, trace.prompt_tokens) == (0.5, (), None)


def test_candidates_carry_what_each_search_says_of_them(engine: Engine) -> None:
    assistant = engine.assistant(engine.load_model(engine.settings))
    answer = assistant.ask("How long is a gift card valid?")
    assert answer.trace is not None
    candidates = answer.trace.candidates
    assert len(candidates) > len(answer.passages) == 6
    assert [c.passage for c in candidates[:6]] == list(answer.passages)
    best = candidates[0].scores
    assert best.keyword is not None
    assert best.keyword > 0
    assert best.vector is not None
    assert answer.trace.messages == ()


def test_other_programs_get_the_answer_without_its_trace() -> None:
    answer = make(ANSWER)[0].ask("May I return a book?")
    keys = {"answer", "refused", "confidence", "citations", "passages", "seconds"}
    assert set(answer_json(answer)) == keys
    assert set(answer_json(answer)["passages"][0]) == {"document", "page", "heading", "start", "end", "text", "score"}
