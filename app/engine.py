"""Put the parts of one collection together: index, encoder, parser, retriever, chat model, assistant.

Every part is made when it is first needed, so that listing documents loads no model.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from functools import cached_property

from app.assistant import Assistant
from app.checks.support import SupportCheck
from app.conversations import FILE, Conversations
from app.conversations.forgetful import ForgetfulPipeline
from app.models import LoadedModel, load_model
from app.own_prompts import FOLDER as PROMPTS
from app.own_prompts import OwnPrompts
from app.preview import Previews
from app.preview.worker import PageWorker
from app.prompt import Prompts
from app.reading.reader import ExtractiveReader
from app.reading.span_reader import SpanReader
from app.retrieval.search import PassageRetriever
from app.settings import AppSettings
from ingest.embed import Encoder
from ingest.errors import IndexMismatch, UnknownDocument
from ingest.generation import check_encoder
from ingest.hub import OnProgress
from ingest.knowledge_base import KnowledgeBase
from ingest.look_ahead import Cancellation
from ingest.parse.isolated import ParserProcess
from ingest.pipeline import Pipeline
from ingest.storage import Storage


class Engine:
    """One collection, ready to be filled and asked. Close it when done."""

    def __init__(self, settings: AppSettings) -> None:
        self.settings = settings
        self.knowledge_base = KnowledgeBase(Storage(settings.data_dir, settings.collection))
        self.previews = Previews(self.knowledge_base, PageWorker(settings.parse_memory_bytes))
        self.conversations = Conversations(settings.data_dir / FILE, shared=settings.share_conversations)
        self._lock = threading.RLock()  # parts are made once, whichever thread asks first
        self._encoders: dict[str, Encoder] = {}

    def close(self) -> None:
        """Stop the parser process and let go of the index."""
        if "parser" in self.__dict__:
            self.parser.close()
        self.previews.close()
        self.conversations.close()
        self.knowledge_base.close()

    # --- filling ------------------------------------------------------------------------------------------------------

    @cached_property
    def parser(self) -> ParserProcess:
        return ParserProcess(self.settings)

    def pipeline(self, *, encoder: Encoder | None = None, cancellation: Cancellation | None = None) -> Pipeline:
        """Adds with the encoder of the index, so that adding goes on when the settings name another, or a given one."""
        chosen = encoder or self.serving_encoder()
        with self._lock:
            return ForgetfulPipeline(
                self.knowledge_base,
                encoder=chosen,
                parser=self.parser,
                settings=self.settings,
                cancellation=cancellation,
                forget=self.forget_gone,
            )

    def encoder(self, setting: str) -> Encoder:
        """The encoder of this name, one per name; nothing is loaded yet."""
        with self._lock:
            if setting not in self._encoders:
                self._encoders[setting] = Encoder(
                    setting, device=self.settings.device, batch_size=self.settings.batch_size
                )
            return self._encoders[setting]

    def forget_gone(self, documents: Collection[str] | None = None) -> None:
        """Let no conversation and no picture keep text that these documents, or all, do not hold any more."""
        self.previews.forget(documents)
        self.conversations.forget_gone(self.settings.collection, self._text, documents)

    def _text(self, name: str) -> str:
        if self.knowledge_base.storage.current() is None:  # reading would begin an index
            raise UnknownDocument("The collection is empty.")
        return self.knowledge_base.text(name)

    # --- asking -------------------------------------------------------------------------------------------------------

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

    @cached_property
    def retriever(self) -> PassageRetriever:
        """Searches with the encoder that the index was built with."""
        return PassageRetriever(self.knowledge_base, self.encoder, self.reader)

    @cached_property
    def reader(self) -> SpanReader:
        return SpanReader()

    @property
    def own_prompts(self) -> OwnPrompts:
        """Where the user's own wording of the prompts is."""
        return OwnPrompts(self.settings.data_dir / PROMPTS)

    @property
    def prompts(self) -> Prompts:
        """The prompts as they are now; raises SettingsError where one cannot be used."""
        return self.own_prompts.load()

    def assistant(self, model: LoadedModel) -> Assistant:
        """Answers with `model`, by the prompts as they are now."""
        return Assistant(
            retriever=self.retriever,
            model=model,
            prompts=self.prompts,
            stored_text=self.knowledge_base.text,
            supports=SupportCheck(self.retriever.match, self.reader).supports,
        )

    def load_model(self, settings: AppSettings, *, on_progress: OnProgress | None = None) -> LoadedModel:
        """The chat model that `settings` name; raises ModelUnavailable."""
        return load_model(
            settings, reader=lambda: ExtractiveReader(self.retriever.match, self.reader), on_progress=on_progress
        )
