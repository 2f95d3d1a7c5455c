"""Who answers, and in whose words: the model, switched while questions go on, the prompts, and what was chosen of both.

A model that cannot be loaded leaves the one before it answering; at the start that is the built-in reader.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence

from langchain_core.documents import Document
from langchain_core.messages import BaseMessage
from pydantic import SecretStr

from app.assistant import Assistant
from app.engine import Engine
from app.fit import fit_prompt
from app.language import detect_language
from app.models import LoadedModel, sampling
from app.models.detect import FoundServer, detect_servers
from app.models.fetch import ModelFetch
from app.models.memory import Memory, memory_of
from app.own_prompts import OwnPrompts
from app.preferences import PreferenceStore
from app.retrieval.search import to_passage
from app.settings import AppSettings
from app.types import AnswerEvent, AskOptions, ModelChoice, ModelKind, ModelStatus, Turn
from ingest import hub
from ingest.errors import ModelUnavailable
from ingest.settings import BUILT_IN

log = logging.getLogger(__name__)


class Answering:
    """The model that answers for everybody. Safe to call from any thread."""

    def __init__(self, engine: Engine, preferences: PreferenceStore) -> None:
        self.preferences = preferences
        self.prompts: OwnPrompts = engine.own_prompts
        self.fetch = ModelFetch(self.use)
        self._engine = engine
        self._model: LoadedModel | None = None
        self._assistant: Assistant | None = None
        self._problem: str | None = None
        self._switching = threading.Lock()

    @property
    def status(self) -> ModelStatus | None:
        """The model that answers; None until one is loaded."""
        model = self._model
        return model.status if model else None

    @property
    def problem(self) -> str | None:
        """Why another model answers than the one that was chosen, and what to do; None while all is well."""
        return self._problem

    def load(self) -> None:
        """Load the model of the settings; where that fails, the built-in reader answers and `problem` says why."""
        settings = self._engine.settings
        with self._switching:
            try:
                self._require_here(settings)
                self._take(settings)
            except ModelUnavailable as error:
                if settings.llm == BUILT_IN and not settings.llm_url:
                    raise
                log.warning("Could not load the model: %s", error)
                self._take(settings.model_copy(update={"llm": BUILT_IN, "llm_url": None}))
                self._problem = f"{error} Until then the built-in reader answers."

    def use(self, choice: ModelChoice) -> ModelStatus:
        """Answer with another model from now on, and at the next start; on ModelUnavailable the old one goes on."""
        chosen = {
            "llm": choice.llm,
            "llm_url": choice.llm_url or None,
            "llm_context": choice.llm_context,
            "llm_bits": choice.llm_bits,
        }
        key = SecretStr(choice.llm_key) if choice.llm_key else None
        with self._switching:
            self._take(self._engine.settings.model_copy(update={**chosen, "llm_key": key}))
            self._problem = None
        keeping = {"llm_key": choice.llm_key} if choice.llm_key and choice.remember_key else {}
        self.preferences.keep({**chosen, **keeping}, remember_key=bool(keeping))
        status = self.status
        assert status is not None
        return status

    def renew(self) -> None:
        """Take up prompts that were edited. Raises SettingsError."""
        with self._switching:
            if self._model is not None:
                self._assistant = self._engine.assistant(self._model)

    def stream(self, question: str, history: Sequence[Turn], options: AskOptions) -> Iterator[AnswerEvent]:
        """Answer while it works; raises ModelUnavailable until a model is loaded."""
        if self._assistant is None:
            raise ModelUnavailable("The models are still warming up. Ask again in a few seconds.")
        return self._assistant.stream(question, history, options)

    def preview(
        self, question: str, options: AskOptions, draft: dict[str, str] | None = None
    ) -> tuple[BaseMessage, ...]:
        """What the model would be sent for this question, by the prompts as they are or with `draft` before them."""
        prompts = self.prompts.load(draft)
        model = self._model
        if model is None:
            raise ModelUnavailable("The models are still warming up. Try again in a few seconds.")
        fitted = fit_prompt(
            prompts.styled(options.style, options.instructions),
            detect_language(question),
            question=question,
            history=(),
            passages=[to_passage(document) for document in self._found(question, options)],
            context_tokens=model.status.context_tokens,
            answer_tokens=sampling(model, options).max_tokens,
            count_tokens=model.count_tokens,
        )
        return fitted.messages

    def _found(self, question: str, options: AskOptions) -> list[Document]:
        return self._engine.retriever.invoke(
            question, top_k=options.top_k, documents=options.documents, search=options.search
        )

    def memory(self) -> Memory:
        """Memory where the model runs; the computer's, where it runs elsewhere."""
        status = self.status
        return memory_of(status.device if status and status.kind is ModelKind.TRANSFORMERS else "cpu")

    def detect(self) -> list[FoundServer]:
        """The model servers that run on this machine."""
        return detect_servers(exclude_port=self._engine.settings.port)

    def _take(self, settings: AppSettings) -> None:
        model = self._engine.load_model(settings)
        self._assistant = self._engine.assistant(model)
        self._model = model

    def _require_here(self, settings: AppSettings) -> None:
        """A model that was chosen in the page once is not fetched again without being asked for."""
        if not self.preferences.model_is_chosen or settings.llm_url or settings.llm == BUILT_IN:
            return
        if hub.find_here(settings.llm) is None:
            raise ModelUnavailable(
                f"{settings.llm} was chosen and is not on this machine any more. Choose it again in the settings to "
                "download it."
            )
