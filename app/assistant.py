"""The retrieval-QA chain: standalone question, retrieval, prompt, model, citations. Knows the order of the steps.

The chain is LCEL: a dictionary flows through it and every step adds its key. `stream` runs it and says what happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from itertools import pairwise
from threading import Semaphore
from typing import Any

from langchain_core.documents import Document
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable

from app.checks import endings
from app.checks.citations import Draft, Quotation, number, verified, without_markers
from app.checks.composed import Composed, Supports, composed
from app.checks.refusals import is_refusal
from app.clock import Clock
from app.fit import FittedPrompt, fitted
from app.language import detect_language
from app.models import LoadedModel, sampling
from app.prompt import Prompts
from app.reading import overview
from app.reading.reader import QUOTATION, Reading, reading_message
from app.retrieval import condense
from app.retrieval.rewriting import NEEDS_A_LANGUAGE_MODEL, further_queries
from app.retrieval.search import CANDIDATES, is_shown, to_passage
from app.retrieval.wordings import Searched, Way, search
from app.small_talk import courtesy, said_back
from app.steps import adding, streaming
from app.trace import trace
from app.types import (
    Answer,
    AnswerEvent,
    AnswerReady,
    AskOptions,
    Citation,
    Language,
    ModelKind,
    Passage,
    Rewriting,
    Sentence,
    Stage,
    StageStarted,
    TextDelta,
    Turn,
)
from ingest.errors import IndexDamaged

_REMEMBERED_TURNS = 6  # earlier turns that a model is shown at most
# Key that a step adds -> the stage that begins then.
_FOLLOWED_BY = {"queries": Stage.RETRIEVE, "passages": Stage.PROMPT, "prompt": Stage.GENERATE}


class Assistant:
    """Answers questions from the passages that `retriever` finds, with `model`, citing `stored_text`."""

    def __init__(
        self,
        *,
        retriever: BaseRetriever,
        model: LoadedModel,
        prompts: Prompts,
        stored_text: Callable[[str], str],
        supports: Supports,
        turn: Semaphore | None = None,
    ) -> None:
        """`retriever` takes what PassageRetriever takes, and returns what `app.retrieval.search.to_passage` reads.

        Answers of the built-in reader, which only compute, take turns: see app.resources.
        """
        self._retriever = retriever
        self._model = model
        self._prompts = prompts
        self._stored_text = stored_text
        self._supports = supports
        self._quotes = model.status.kind is ModelKind.BUILT_IN
        self._turn = turn if turn is not None and self._quotes else nullcontext()
        self._chain = self._build()

    def ask(self, question: str, history: Sequence[Turn] = (), options: AskOptions | None = None) -> Answer:
        """The answer to one question. Raises DocentError."""
        *_, last = self.stream(question, history, options)
        assert isinstance(last, AnswerReady)
        return last.answer

    def stream(
        self, question: str, history: Sequence[Turn] = (), options: AskOptions | None = None
    ) -> Iterator[AnswerEvent]:
        """What happens while answering, `AnswerReady` last. Closing the iterator stops the model.

        Small talk, and a question without a word, is answered at once: nothing is searched for it.
        """
        if (said := said_back(question, self._prompts.refusal, quoted=self._quotes)) is not None:
            yield AnswerReady(said)
            return
        options = options or AskOptions()
        clock = Clock()
        state: dict[str, Any] = {"pieces": []}
        yield StageStarted(Stage.CONDENSE)
        given = {
            "question": question.strip(),
            "history": tuple(turn for turn in history if courtesy(turn.question) is None)[-_REMEMBERED_TURNS:],
            "options": options,
            "language": detect_language(question),
            "clock": clock,
        }
        with self._turn, clock.measure(Stage.GENERATE):  # the chain but for the steps that are measured within it
            for update in self._chain.stream(given):
                for key, value in update.items():
                    if key == "message":
                        state["pieces"].append(value)
                        yield TextDelta(str(value.text))
                    else:
                        state[key] = value
                        if key in _FOLLOWED_BY:
                            yield StageStarted(_FOLLOWED_BY[key])
        yield StageStarted(Stage.CITE)
        with clock.measure(Stage.CITE):
            state["composed"] = self._composed(state)
            sentences, citations = self._cite(state)
        yield AnswerReady(self._answer(state, sentences, citations, clock.seconds))

    # --- the chain ----------------------------------------------------------------------------------------------------

    def _build(self) -> Runnable[dict[str, Any], dict[str, Any]]:
        return (
            adding("ways", self._condense, Stage.CONDENSE)
            | adding("queries", self._rewrite, Stage.CONDENSE)
            | adding("searched", self._retrieve, Stage.RETRIEVE)
            | adding("passages", _passages)
            | adding("prompt", self._fit, Stage.PROMPT)
            | streaming("message", self._generate)
        )

    def _condense(self, state: dict[str, Any]) -> list[Way]:
        return condense.ways(state["question"], state["history"], self._model, self._prompts, state["options"])

    def _rewrite(self, state: dict[str, Any]) -> list[str]:
        options: AskOptions = state["options"]
        prompt = self._prompts.rewriting.get((options.search.rewriting, state["language"]))
        return further_queries(state["ways"][0].text, prompt, self._model, options) if prompt else []

    def _retrieve(self, state: dict[str, Any]) -> Searched:
        """More than are answered from: the trace shows what they were chosen among."""
        options: AskOptions = state["options"]

        def find(way: Way) -> list[Document]:
            return self._retriever.invoke(
                way.text,
                needs=way.needs,
                top_k=max(CANDIDATES, options.top_k),
                shown=options.top_k,
                documents=options.documents,
                search=options.search,
                queries=state["queries"],
            )

        return search(state["ways"], find)

    def _fit(self, state: dict[str, Any]) -> FittedPrompt | None:
        if _is_unsure(state):
            return None
        return fitted(
            self._prompts, self._model, state["options"], state["question"], state["history"], state["passages"]
        )

    def _generate(self, state: dict[str, Any]) -> Iterator[BaseMessage]:
        """What the model says to its prompt, piece by piece; the refusal where nothing was found that may answer."""
        prompt: FittedPrompt | None = state["prompt"]
        if prompt is None:
            yield AIMessageChunk(content=self._prompts.refusal[state["language"]])
            return
        threshold = state["options"].threshold
        reading = Reading(state["searched"].question, prompt.passages, _is_wide(state), threshold)
        messages = [*prompt.messages[:-1], reading_message(str(prompt.messages[-1].text), reading)]
        arguments = sampling(self._model, state["options"]).arguments
        said = self._model.chat_model.bind(**arguments).stream(messages)
        yield from said if self._quotes else endings.until_it_repeats(said)  # what a document repeats may be quoted

    # --- the answer ---------------------------------------------------------------------------------------------------

    def _composed(self, state: dict[str, Any]) -> Composed | None:
        """What a language model wrote, checked; None where it says that there is no answer, or was not asked."""
        text = _said(state)
        refusal = self._prompts.refusal[state["language"]]
        if _is_unsure(state) or _says(text, refusal) or is_refusal(without_markers(text)):
            return None
        passages = state["prompt"].passages
        if quotations := _quotations(state["pieces"]):
            return Composed(_quoted(quotations, passages))
        return composed(text, state["question"], passages, self._supports)

    def _cite(self, state: dict[str, Any]) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
        checked: Composed | None = state["composed"]
        if checked is None or not checked.drafts:
            return (Sentence(self._prompts.refusal[state["language"]], ()),), ()
        sentences, citations = number(checked.drafts, state["prompt"].passages)
        stored = {c.document: self._stored_text(c.document) for c in citations}
        if not verified(citations, stored):
            raise IndexDamaged(
                "A passage is no longer in its document as it was found; the document changed while it was read. "
                "Ask again."
            )
        return sentences, citations

    def _answer(
        self,
        state: dict[str, Any],
        sentences: tuple[Sentence, ...],
        citations: tuple[Citation, ...],
        seconds: dict[str, float],
    ) -> Answer:
        language: Language = state["language"]
        passages: tuple[Passage, ...] = state["passages"]
        return Answer(
            question=state["question"],
            standalone_question=state["searched"].question,
            sentences=sentences,
            citations=citations,
            passages=passages,
            confidence=passages[0].score if passages else 0.0,
            refused=len(sentences) == 1 and sentences[0].text == self._prompts.refusal[language],
            quoted=self._quotes,
            seconds=seconds,
            notices=self._notices(state),
            exact=_exact(state),
            trace=trace(
                state["searched"], state["queries"], state["options"], state["prompt"], self._model, _said(state)
            ),
        )

    def _notices(self, state: dict[str, Any]) -> tuple[str, ...]:
        language: Language = state["language"]
        notices = [notice.in_language(language) for notice in sampling(self._model, state["options"]).notices]
        rewriting: Rewriting = state["options"].search.rewriting
        if rewriting is not Rewriting.NONE and self._quotes:
            notices.append(NEEDS_A_LANGUAGE_MODEL.in_language(language))
        if _quotations(state["pieces"]) and _is_wide(state):
            notices.append(overview.notice(language))
        if notice := endings.notice(state["pieces"], language):
            notices.append(notice)
        if state["composed"] is not None:
            notices += state["composed"].notices(language)
        if state["prompt"] and (notice := state["prompt"].notice(language)):
            notices.append(notice)
        return tuple(notices)


def _passages(state: dict[str, Any]) -> tuple[Passage, ...]:
    return tuple(to_passage(document) for document in state["searched"].found if is_shown(document))


def _said(state: dict[str, Any]) -> str:
    return "".join(str(piece.text) for piece in state["pieces"]).strip()


def _is_wide(state: dict[str, Any]) -> bool:
    return any(overview.is_overview(question) for question in (state["question"], state["searched"].question))


def _is_unsure(state: dict[str, Any]) -> bool:
    passages: tuple[Passage, ...] = state["passages"]
    return not passages or passages[0].score < state["options"].threshold


def _says(text: str, refusal: str) -> bool:
    return text.strip("。. \n") == refusal.strip("。. \n")


def _quotations(pieces: Sequence[Any]) -> list[Quotation]:
    return [q for piece in pieces for q in piece.additional_kwargs.get(QUOTATION, ())]


def _exact(state: dict[str, Any]) -> str | None:
    passages: Sequence[Passage] = state["prompt"].passages if state["prompt"] else ()
    return next((passages[q.source].text[slice(*q.exact)] for q in _quotations(state["pieces"]) if q.exact), None)


def _quoted(quotations: Sequence[Quotation], passages: Sequence[Passage]) -> tuple[Draft, ...]:
    """One sentence after the other, and a new paragraph for each document."""
    documents = [passages[q.source].document for q in quotations]
    separators = ["", *(" " if one == other else "\n\n" for one, other in pairwise(documents))]
    return tuple(
        Draft(passages[q.source].text[q.start : q.end], (q,), separator=separator)
        for q, separator in zip(quotations, separators, strict=True)
    )
