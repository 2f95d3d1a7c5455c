"""Who answers, and in whose words: the model, switched while questions go on, the prompts, and what was chosen of both.

Knows no collection: app.asking puts questions about one of them to whoever answers.

A model that cannot be loaded leaves the one before it answering; at the start that is the built-in reader.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import SecretStr

from app.models import LoadedModel
from app.models.detect import FoundServer, detect_servers
from app.models.fetch import ModelFetch
from app.models.memory import Memory, memory_of
from app.own_prompts import OwnPrompts
from app.preferences import PreferenceStore
from app.settings import AppSettings
from app.types import ModelChoice, ModelKind, ModelStatus
from ingest import hub
from ingest.errors import ModelUnavailable
from ingest.settings import BUILT_IN

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class InUse:
    """What answers until another model is chosen or the prompts are edited: then there is another one of these."""

    model: LoadedModel


class Answering:
    """The model that answers for everybody, in all collections. Safe to call from any thread."""

    def __init__(
        self,
        settings: AppSettings,
        preferences: PreferenceStore,
        prompts: OwnPrompts,
        load: Callable[[AppSettings], LoadedModel],
    ) -> None:
        """`settings` name the model to begin with; `load` loads it, as any other that is chosen later."""
        self.preferences = preferences
        self.prompts = prompts
        self.fetch = ModelFetch(self.use)
        self._settings = settings
        self._load = load
        self._in_use: InUse | None = None
        self._problem: str | None = None
        self._switching = threading.Lock()

    @property
    def status(self) -> ModelStatus | None:
        """The model that answers; None until one is loaded."""
        in_use = self._in_use
        return in_use.model.status if in_use else None

    @property
    def in_use(self) -> InUse:
        """The model that answers; raises ModelUnavailable until one is loaded."""
        if self._in_use is None:
            raise ModelUnavailable("The models are still warming up. Ask again in a few seconds.")
        return self._in_use

    @property
    def problem(self) -> str | None:
        """Why another model answers than the one that was chosen, and what to do; None while all is well."""
        return self._problem

    def load(self) -> None:
        """Load the model of the settings, once; where that fails, the built-in reader answers and says why."""
        settings = self._settings
        with self._switching:
            if self._in_use is not None:
                return
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
            self._take(self._settings.model_copy(update={**chosen, "llm_key": key}))
            self._problem = None
        keeping = {"llm_key": choice.llm_key} if choice.llm_key and choice.remember_key else {}
        self.preferences.keep({**chosen, **keeping}, remember_key=bool(keeping))
        status = self.status
        assert status is not None
        return status

    def renew(self) -> None:
        """Take up prompts that were edited. Raises SettingsError."""
        with self._switching:
            self.prompts.load()
            if self._in_use is not None:
                self._in_use = InUse(self._in_use.model)

    def memory(self) -> Memory:
        """Memory where the model runs; the computer's, where it runs elsewhere."""
        status = self.status
        return memory_of(status.device if status and status.kind is ModelKind.TRANSFORMERS else "cpu")

    def detect(self) -> list[FoundServer]:
        """The model servers that run on this machine."""
        return detect_servers(exclude_port=self._settings.port)

    def _take(self, settings: AppSettings) -> None:
        self.prompts.load()  # raises SettingsError before anything is loaded
        self._in_use = InUse(self._load(settings))

    def _require_here(self, settings: AppSettings) -> None:
        """A model that was chosen in the page once is not fetched again without being asked for."""
        if not self.preferences.model_is_chosen or settings.llm_url or settings.llm == BUILT_IN:
            return
        if hub.find_here(settings.llm) is None:
            raise ModelUnavailable(
                f"{settings.llm} was chosen and is not on this machine any more. Choose it again in the settings to "
                "download it."
            )
