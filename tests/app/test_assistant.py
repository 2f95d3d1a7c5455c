"""The chain with a language model: what it is asked, what it streams, and what becomes of what it says."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Semaphore, Thread
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.retrievers import BaseRetriever

from app.assistant import Assistant
from app.models import LoadedModel, load_model
from app.prompt import load_prompts
from app.retrieval.search import to_document
from app.settings import AppSettings
from app.types import (
    AnswerReady,
    AskOptions,
    Language,
    ModelKind,
    ModelStatus,
    Passage,
    SearchOptions,
    Stage,
    StageStarted,
    TextDelta,
    Turn,
    Wording,
)
from ingest.errors import IndexDamaged, ModelUnavailable
from ingest.lexical import index_terms, query_terms
from tests.app.tiny_model import ENGLISH_ANSWER

STORED = "Books may be returned within 30 days. Keep the receipt."
PASSAGE = Passage("returns.md", None, "Returns", 0, len(STORED), STORED, 0.9)


def shares_words(sentence: str, passages: Sequence[Passage]) -> bool:
    """A check that needs no model: most words stand in the passages."""
    wanted, held = set(query_terms(sentence)), {t for p in passages for t in index_terms(p.text)}
    return len(wanted & held) >= len(wanted) / 2 and bool(passages)


class Scripted(BaseChatModel):
    """Says the next of its replies word by word, and remembers what it was asked."""

    replies: list[str]
    asked: list[list[BaseMessage]] = []  # noqa: RUF012  # pydantic copies it

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _stream(self, messages: list[BaseMessage], *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        self.asked.append(messages)
        reply = self.replies.pop(0)
        if reply == "FAIL":
            raise ModelUnavailable("The server went away.")
        for word in reply.split(" "):
            yield ChatGenerationChunk(message=AIMessageChunk(content=f"{word} "))

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        text = "".join(str(chunk.message.content) for chunk in self._stream(messages))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])


class Found(BaseRetriever):
    """Finds the same passages whatever is asked, and remembers the questions."""

    passages: list[Passage]
    asked: list[str] = []  # noqa: RUF012
    scores: dict[str, float] = {}  # noqa: RUF012

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        top_k: int = 10,
        documents: Sequence[str] = (),
        shown: int | None = None,
        search: SearchOptions | None = None,
        queries: Sequence[str] = (),
        needs: Sequence[str] = (),
    ) -> list[Document]:
        self.asked += [query, *queries]
        found = [replace(p, score=self.scores.get(query, p.score)) for p in self.passages[:top_k]]
        return [to_document(p, shown=shown is None or i < shown) for i, p in enumerate(found)]


def make(
    *replies: str, passages: Sequence[Passage] = (PASSAGE,), stored: str = STORED, context: int | None = 4096
) -> tuple[Assistant, Scripted, Found]:
    chat_model, retriever = Scripted(replies=list(replies)), Found(passages=list(passages))
    status = ModelStatus(ModelKind.SERVER, "scripted", "here", context)
    model = LoadedModel(chat_model, status, lambda text: len(text) // 3)
    assistant = Assistant(
        retriever=retriever, model=model, prompts=load_prompts(), stored_text=lambda name: stored, supports=shares_words
    )
    return assistant, chat_model, retriever


def test_answer_streams_before_it_is_checked_and_stages_come_in_order() -> None:
    assistant, _, _ = make("Books may be returned within 30 days [1].")
    events = list(assistant.stream("May I return a book?"))
    assert [event.stage for event in events if isinstance(event, StageStarted)] == list(Stage)
    deltas = [event.text for event in events if isinstance(event, TextDelta)]
    assert "".join(deltas).strip() == "Books may be returned within 30 days [1]."
    assert len(deltas) > 3
    assert isinstance(events[-1], AnswerReady)
    answer = events[-1].answer
    assert answer.text == "Books may be returned within 30 days.[1]"
    assert answer.citations[0].quote == "Books may be returned within 30 days."
    assert (answer.refused, answer.quoted, answer.confidence) == (False, False, 0.9)


def test_number_that_names_no_source_is_dropped_and_the_sentence_marked() -> None:
    assistant, _, _ = make("Books may be returned within 30 days [1]. Cats are free [4].")
    answer = assistant.ask("May I return a book?")
    assert [(s.citations, s.supported) for s in answer.sentences] == [((1,), True), ((), False)]
    assert [c.number for c in answer.citations] == [1]


def test_model_that_says_the_refusal_sentence_has_refused() -> None:
    for refusal, question in zip(load_prompts().refusal.values(), ("能退书吗？", "May I return a book?"), strict=True):
        answer = make(f"{refusal} ")[0].ask(question)
        assert answer.refused
        assert answer.citations == ()


@pytest.mark.parametrize("reply", ["I don't know.", "Sorry, the sources do not mention comics [1]."])
def test_model_that_does_not_know_has_refused_whatever_its_words(reply: str) -> None:
    answer = make(reply)[0].ask("May I return a comic?")
    assert answer.refused
    assert answer.text == load_prompts().refusal[Language.ENGLISH]


def test_model_that_goes_in_circles_is_stopped_and_the_user_told() -> None:
    answer = make("Books may be returned within 30 days [1]. " + "Cats are free to come in. " * 40)[0].ask("Books?")
    assert [s.text for s in answer.sentences] == [
        "Books may be returned within 30 days.",
        "Cats are free to come in.",
    ]
    assert len(answer.notices) == 1
    assert "repeat itself" in answer.notices[0]


def test_what_a_document_repeats_is_quoted_to_its_end() -> None:
    said = "Cats are free to come in. " * 40
    _, chat_model, retriever = make(said)
    status = ModelStatus(ModelKind.BUILT_IN, "scripted", "here", 4096)
    quoting = Assistant(
        retriever=retriever,
        model=LoadedModel(chat_model, status, len),
        prompts=load_prompts(),
        stored_text=lambda name: STORED,
        supports=shares_words,
    )
    pieces = [event.text for event in quoting.stream("Books?") if isinstance(event, TextDelta)]
    assert "".join(pieces).split() == said.split()


def test_sentence_with_an_invented_number_is_left_out_and_the_user_told() -> None:
    answer = make("Books may be returned within 30 days [1]. After 45 days they cannot [1].")[0].ask(
        "May I return a book?"
    )
    assert [s.text for s in answer.sentences] == ["Books may be returned within 30 days."]
    assert answer.notices == ("1 sentence was left out for a number that no passage holds: 45.",)


def test_answer_of_nothing_but_invented_numbers_is_a_refusal_in_the_language_of_the_question() -> None:
    answer = make("45 天内可以退 [1]。")[0].ask("能退书吗？")
    assert answer.refused
    assert answer.notices == ("有 1 句话没有显示：其中的数字（45）在找到的段落中都没有。",)


def test_model_is_not_asked_when_nothing_is_likely_to_answer() -> None:
    unlikely = Passage("returns.md", None, None, 0, len(STORED), STORED, 0.2)
    assistant, chat_model, _ = make("never said", passages=[unlikely])
    answer = assistant.ask("May I return a book?", (), AskOptions(threshold=0.5))
    assert answer.refused
    assert answer.passages == (unlikely,)
    assert chat_model.asked == []


def test_follow_up_is_rewritten_by_the_model_for_the_search() -> None:
    assistant, chat_model, retriever = make("May comics be returned?", "Books may be returned within 30 days [1].")
    answer = assistant.ask("And comics?", [Turn("May I return a book?", "Yes.")])
    assert retriever.asked == ["May comics be returned?"]
    assert answer.standalone_question == "May comics be returned?"
    assert "May I return a book?" in str(chat_model.asked[0][-1].content)


def test_rewriting_that_retrieves_worse_gives_way_to_the_question_as_asked() -> None:
    assistant, _, retriever = make("Who was Homer?", "Books may be returned within 30 days [1].")
    retriever.scores = {"Who was Homer?": 0.2}
    answer = assistant.ask("May comics be returned?", [Turn("May I return a book?", "Yes.")])
    assert answer.standalone_question == "May comics be returned?"
    assert answer.trace is not None
    assert answer.trace.wordings == (Wording("May comics be returned?", 0.9), Wording("Who was Homer?", 0.2))


def test_rewriting_that_comes_out_empty_falls_back_to_the_rules() -> None:
    assistant, _, retriever = make(" ", "Books may be returned within 30 days [1].")
    assistant.ask("And comics?", [Turn("May I return a book?", "Yes.")])
    assert retriever.asked == ["May I return a book? And comics?"]


def test_prompt_shows_the_numbered_source_and_the_question() -> None:
    assistant, chat_model, _ = make("Books may be returned within 30 days [1].")
    assistant.ask("May I return a book?")
    prompt = str(chat_model.asked[0][-1].content)
    assert 'id="1"' in prompt
    assert STORED in prompt
    assert "May I return a book?" in prompt


def test_passages_that_do_not_fit_are_said_to_be_left_out() -> None:
    long = Passage("long.md", None, None, 0, 6000, "words " * 1000, 0.8)
    assistant, _, _ = make("Books may be returned within 30 days [1].", passages=[PASSAGE, long], context=1500)
    answer = assistant.ask("May I return a book?")
    assert any("did not fit" in notice for notice in answer.notices)


def test_failure_of_the_model_reaches_the_caller_as_it_is() -> None:
    with pytest.raises(ModelUnavailable, match="went away"):
        make("FAIL")[0].ask("May I return a book?")


def test_quotation_that_the_document_no_longer_holds_is_not_shown() -> None:
    with pytest.raises(IndexDamaged, match="changed while it was read"):
        make("Books may be returned within 30 days [1].", stored="Another text.")[0].ask("May I return a book?")


@pytest.mark.parametrize("message", ["  \n", "？？", "Hello!", "谢谢你的回答！"])
def test_small_talk_and_a_question_without_a_word_are_answered_before_any_work(message: str) -> None:
    assistant, chat_model, retriever = make("never said")
    answer = assistant.ask(message)
    assert (chat_model.asked, retriever.asked) == ([], [])
    assert (answer.refused, answer.passages, answer.citations, answer.confidence) == (True, (), (), 0.0)
    assert answer.small_talk is any(character.isalnum() for character in message)


def test_follow_up_leans_on_what_was_asked_before_the_thanks() -> None:
    assistant, chat_model, _ = make("How may I return a book?", "By post [1].")
    history = [Turn("May I return a book?", "Within 30 days."), Turn("Thanks!", "You are welcome.")]
    assistant.ask("And how?", history)
    assert len(chat_model.asked) == 2
    assert not any("Thanks" in message.text for messages in chat_model.asked for message in messages)


def test_local_transformers_model_answers_with_citations(tiny_chat_model: Path) -> None:
    settings = AppSettings(llm=str(tiny_chat_model), device="cpu", max_tokens=40)
    model = load_model(settings, reader=lambda: pytest.fail("the reader was asked for"))
    retriever = Found(passages=[PASSAGE])
    assistant = Assistant(
        retriever=retriever, model=model, prompts=load_prompts(), stored_text=lambda name: STORED, supports=shares_words
    )
    answer = assistant.ask("How long can I return an item?", (), AskOptions(temperature=0.0))
    assert answer.text.startswith(ENGLISH_ANSWER.split("[", maxsplit=1)[0].strip()[:10])
    assert not answer.quoted


def test_time_is_told_of_the_stage_that_took_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assistant, _, retriever = make("Books may be returned within 30 days [1].")
    find = type(retriever)._get_relevant_documents

    def slowly(*args: Any, **kwargs: Any) -> list[Document]:
        time.sleep(0.3)
        return find(*args, **kwargs)

    monkeypatch.setattr(type(retriever), "_get_relevant_documents", slowly)
    seconds = assistant.ask("May I return a book?").seconds
    assert seconds["retrieve"] >= 0.3
    assert max(spent for stage, spent in seconds.items() if stage != "retrieve") < seconds["retrieve"]


def test_answers_of_the_built_in_reader_take_turns_and_those_of_others_do_not() -> None:
    turn = Semaphore()
    status = ModelStatus(ModelKind.BUILT_IN, "scripted", "here", 4096)
    others = replace(status, kind=ModelKind.SERVER)
    quoting, composing = (
        Assistant(
            retriever=Found(passages=[PASSAGE]),
            model=LoadedModel(Scripted(replies=["Books may be returned within 30 days [1]."] * 2), kind, len),
            prompts=load_prompts(),
            stored_text=lambda name: STORED,
            supports=shares_words,
            turn=turn,
        )
        for kind in (status, others)
    )
    with turn:
        assert composing.ask("May I return a book?").citations
        waiting = Thread(target=quoting.ask, args=["May I return a book?"], daemon=True)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
    waiting.join(10)
    assert not waiting.is_alive()
    broken_off = quoting.stream("May I return a book?")
    assert next(event for event in broken_off if isinstance(event, TextDelta))
    broken_off.close()  # type: ignore[attr-defined]  # a generator, declared as an iterator
    assert turn.acquire(timeout=5)
