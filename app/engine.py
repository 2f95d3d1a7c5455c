"""Put the parts of one collection together: index, retriever, assistant, and what it shares with other collections.

Every part is made when it is first needed, so that listing documents loads no model.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from app.assistant import Assistant
from app.checks.support import SupportCheck
from app.conversations.forgetful import ForgetfulPipeline
from app.models import LoadedModel, load_model
from app.preview import Previews
from app.prompt import Prompts
from app.reading.reader import ExtractiveReader
from app.reading.span_reader import PassageText
from app.resources import Resources
from app.retrieval.search import PassageRetriever
from app.settings import AppSettings
from app.types import ModelKind
from ingest.embed import Encoder
from ingest.errors import IndexMismatch, UnknownDocument
from ingest.generation import check_encoder
from ingest.hub import OnProgress
from ingest.knowledge_base import KnowledgeBase
from ingest.look_ahead import Cancellation
from ingest.pipeline import Pipeline
from ingest.storage import Storage


class Engine:
    """One collection, ready to be filled and asked. Close it when done."""

    def __init__(self, settings: AppSettings, resources: Resources | None = None) -> None:
        """`settings` name the collection; `resources` are its own, and closed with it, unless they are given."""
        self.settings = settings
        self.resources = resources or Resources(settings)
        self._owns_resources = resources is None
        self.knowledge_base = KnowledgeBase(Storage(settings.data_dir, settings.collection))
        self.previews = Previews(self.knowledge_base, self.resources.page_worker)
        # Searches with the encoder that the index was built with.
        self.retriever = PassageRetriever(self.knowledge_base, self.encoder, self.resources.reader)

    def close(self) -> None:
        """Let go of the index."""
        self.previews.close()
        self.knowledge_base.close()
        if self._owns_resources:
            self.resources.close()

    @property
    def collection(self) -> str:
        """The collection's name, which may change while it is open."""
        return self.knowledge_base.storage.collection

    # --- filling ------------------------------------------------------------------------------------------------------

    def pipeline(self, *, encoder: Encoder | None = None, cancellation: Cancellation | None = None) -> Pipeline:
        """Adds with the encoder of the index, so that adding goes on when the settings name another, or a given one."""
        return ForgetfulPipeline(
            self.knowledge_base,
            encoder=encoder or self.serving_encoder(),
            parser=self.resources.parser,
            settings=self.settings,
            cancellation=cancellation,
            forget=self.forget_gone,
            follow=self.follow_renamed,
        )

    def encoder(self, setting: str) -> Encoder:
        """The encoder of this name, one per name; nothing is loaded yet."""
        return self.resources.encoder(setting)

    def forget_gone(self, documents: Collection[str] | None = None) -> None:
        """Let no conversation and no picture keep text that these documents, or all, do not hold any more."""
        self.previews.forget(documents)
        self.resources.conversations.forget_gone(self.collection, self._text, documents)

    def follow_renamed(self, renamed: Mapping[str, str]) -> None:
        """Let conversations go on with documents under their new names; `renamed` as in SyncSummary."""
        names = {old: new for new, old in renamed.items()}
        self.previews.forget(names)
        self.resources.conversations.rename_documents(self.collection, names)

    def _text(self, name: str) -> str:
        if self.knowledge_base.storage.current() is None:  # reading would begin an index
            raise UnknownDocument("The collection is empty.")
        return self.knowledge_base.text(name)

    # --- asking -------------------------------------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Load what every answer needs."""
        encoder, reader = self.serving_encoder(), self.resources.reader
        encoder.encode_queries(["warm up"])
        reader.read("warm up", [PassageText(None, "warm up")])

    def serving_encoder(self) -> Encoder:
        """The encoder that the index was built with, whatever the settings name now."""
        with self.knowledge_base.reading() as generation:
            made_by = generation.fingerprint
        return self.encoder(made_by.encoder.setting if made_by else self.settings.encoder)

    def mismatch(self) -> str | None:
        """What to tell the user when the settings' encoder did not make the index; None when it did. Loads it."""
        with self.knowledge_base.reading() as generation:
            made_by = generation.fingerprint
        if made_by is None:
            return None
        try:
            check_encoder(made_by, self.encoder(self.settings.encoder).identity)
        except IndexMismatch as error:
            if made_by.encoder.setting == self.settings.encoder:  # an update replaced the encoder itself
                return f"{error} Until then no question can be answered."
            return f"{error} Until then the index's own encoder answers."
        return None

    @property
    def prompts(self) -> Prompts:
        """The prompts as they are now; raises SettingsError where one cannot be used."""
        return self.resources.own_prompts.load()

    def assistant(self, model: LoadedModel) -> Assistant:
        """Answers with `model`, by the prompts as they are now.

        The built-in reader reads here, whichever collection it was loaded for: it is made of what is shared.
        """
        if model.status.kind is ModelKind.BUILT_IN:
            model = replace(model, chat_model=self._extractive_reader())
        return Assistant(
            retriever=self.retriever,
            model=model,
            prompts=self.prompts,
            stored_text=self.knowledge_base.text,
            supports=SupportCheck(self.retriever.match).supports,
            turn=self.resources.turn,
        )

    def load_model(self, settings: AppSettings, *, on_progress: OnProgress | None = None) -> LoadedModel:
        """The chat model that `settings` name; raises ModelUnavailable."""
        return load_model(settings, reader=self._extractive_reader, on_progress=on_progress)

    def _extractive_reader(self) -> ExtractiveReader:
        return ExtractiveReader(self.retriever.match, self.resources.reader)
