"""Questions about one collection, put to the model that answers at the time. Loads nothing: app.answering does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from langchain_core.documents import Document
from langchain_core.messages import BaseMessage

from app.answering import Answering, InUse
from app.assistant import Assistant
from app.engine import Engine
from app.fit import fitted
from app.retrieval.search import to_passage
from app.types import AnswerEvent, AskOptions, Turn


class Asking:
    """Asks about the collection of `engine`. Safe to call from any thread."""

    def __init__(self, engine: Engine, answering: Answering) -> None:
        self._engine = engine
        self._answering = answering
        self._made: tuple[InUse, Assistant] | None = None

    def stream(self, question: str, history: Sequence[Turn], options: AskOptions) -> Iterator[AnswerEvent]:
        """Answer while it works; raises ModelUnavailable until a model is loaded."""
        return self._assistant().stream(question, history, options)

    def preview(
        self, question: str, options: AskOptions, draft: dict[str, str] | None = None
    ) -> tuple[BaseMessage, ...]:
        """What the model would be sent for this question, by the prompts as they are or with `draft` before them."""
        prompts = self._answering.prompts.load(draft)
        found = [to_passage(document) for document in self._found(question, options)]
        return fitted(prompts, self._answering.in_use.model, options, question, (), found).messages

    def _found(self, question: str, options: AskOptions) -> list[Document]:
        return self._engine.retriever.invoke(
            question, top_k=options.top_k, documents=options.documents, search=options.search
        )

    def _assistant(self) -> Assistant:
        in_use, made = self._answering.in_use, self._made
        if made is None or made[0] is not in_use:
            made = (in_use, self._engine.assistant(in_use.model))
            self._made = made
        return made[1]
