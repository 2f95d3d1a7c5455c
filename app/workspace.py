"""What the page talks to: one collection, the queue of files on their way in, and the model that answers.

Models warm up in the background, so that the page is there first. Whatever belongs to one conversation stays with the
page: the workspace is shared by everybody who has it open.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from enum import Enum, auto
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from app.assistant import Assistant
from app.engine import Engine
from app.models import LoadedModel
from app.samples import SUGGESTIONS, sample_files
from app.settings import AppSettings
from app.types import AnswerEvent, AskOptions, Language, ModelChoice, ModelStatus, Turn, WorkspaceStatus
from ingest import files, web_page
from ingest.embed import Encoder
from ingest.errors import DocentError, ModelUnavailable
from ingest.look_ahead import CANCELLED, Cancellation
from ingest.pipeline import Pipeline
from ingest.types import DocumentRecord, DocumentState, Progress

log = logging.getLogger(__name__)

_WRITE_WAIT_SECONDS = 600.0  # how long a queued file waits for another process to finish writing
_REMOVE_WAIT_SECONDS = 60.0  # how long a click on "delete" does
_CLOSE_SECONDS = 20.0  # how long closing waits for the file in hand


class _Order(Enum):
    """What the ingest thread can be asked for, beside bringing a document in."""

    REEMBED = auto()
    STOP = auto()


class Workspace:
    """A collection of documents and the assistant that answers from it. Safe to call from any thread."""

    def __init__(self, settings: AppSettings) -> None:
        self._engine = Engine(settings)
        self._exit = ExitStack()
        self._queue: SimpleQueue[str | _Order] = SimpleQueue()
        self._cancellation = Cancellation()
        self._reembedding = False
        self._progress: dict[str, Progress] = {}
        self._model: LoadedModel | None = None
        self._assistant: Assistant | None = None
        self._problem: str | None = None
        self._switching = threading.Lock()
        self._closing = threading.Event()
        self._threads = [
            threading.Thread(target=self._load, name="models", daemon=True),
            threading.Thread(target=self._ingest, name="ingest", daemon=True),
        ]

    @property
    def settings(self) -> AppSettings:
        """As started; what a conversation changes for itself is in its AskOptions."""
        return self._engine.settings

    def open(self) -> None:
        """Claim the collection for serving; raises IndexBusy when another server has it."""
        self._exit.enter_context(self._engine.knowledge_base.storage.serving())
        self._exit.callback(self._engine.close)

    def warm_up(self) -> None:
        """Load the models and bring in what lies in the documents folder, in the background."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Put the files in hand back into the queue, for the next start, and let go of everything."""
        self._closing.set()
        self._cancellation.stop()
        self._queue.put(_Order.STOP)
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=_CLOSE_SECONDS)
        self._exit.close()

    # --- state --------------------------------------------------------------------------------------------------------

    def status(self) -> WorkspaceStatus:
        """Whether questions can be answered yet."""
        model = self._model
        ready = self._assistant is not None
        encoder = self._engine.serving_encoder()
        device = encoder.device if ready else ""
        return WorkspaceStatus(ready, encoder.name, device, model.status if model else None, self._problem)

    def documents(self) -> list[DocumentRecord]:
        """Every document, those that wait for their turn included, by name."""
        records = {record.name: record for record in self._engine.knowledge_base.records()}
        for name in self._progress.copy():
            if name not in records and (path := self._documents / name).is_file():
                size = path.stat().st_size
                records[name] = DocumentRecord(name, DocumentState.QUEUED, None, size, None, 0, "")
            if name in self._cancellation and name in records and not records[name].chunks:
                records[name] = replace(records[name], state=DocumentState.FAILED, reason=CANCELLED)
        return sorted(records.values(), key=lambda record: record.name)

    def progress(self) -> Mapping[str, Progress]:
        """The documents under way, by name."""
        return {name: step for name, step in self._progress.copy().items() if name not in self._cancellation}

    def stored_text(self, name: str) -> str:
        """The text that Citation.start and end point into; raises UnknownDocument."""
        return self._engine.knowledge_base.text(name)

    def suggestions(self, language: Language) -> list[str]:
        """Questions about the sample handbook, while all of it is here."""
        ready = {record.name for record in self.documents() if record.state is DocumentState.READY}
        names = {path.name for path in sample_files()}
        return list(SUGGESTIONS[language]) if names and names <= ready else []

    # --- documents ----------------------------------------------------------------------------------------------------

    @property
    def _documents(self) -> Path:
        return self._engine.knowledge_base.storage.documents

    def upload(self, paths: Sequence[Path]) -> list[str]:
        """Copy files into the documents folder and queue them; a file of the same name is replaced."""
        for path in paths:
            files.store(path, self._documents, path.name)
        names = [path.name for path in paths]
        self._enqueue(names)
        return names

    def add_page(self, url: str) -> list[str]:
        """Fetch a web page, now, and upload it; raises DocumentError, which names the URL, where it cannot be had."""
        limits = web_page.Limits(bytes=self.settings.max_file_bytes)
        with TemporaryDirectory(prefix="docent-page-") as folder:
            return self.upload([web_page.fetch(url, Path(folder), limits)])

    def add_samples(self) -> None:
        """Queue the sample handbook; raises DocentError where it is not installed."""
        samples = sample_files()
        if not samples:
            raise DocentError("The sample handbook is not part of this installation. Upload your own files.")
        self.upload(samples)

    def retry(self, name: str) -> None:
        """Queue a document again."""
        self._enqueue([name])

    def cancel(self, names: Sequence[str]) -> None:
        """Stop bringing these documents in, wherever they are; one that was searchable before stays so.

        Names that are not under way are passed over, and so is embedding everything anew.
        """
        if not self._reembedding:
            self._cancellation.cancel([name for name in names if name in self._progress])

    def reembed(self) -> None:
        """Queue splitting and embedding all stored text anew with the settings' encoder; answering goes on."""
        self._queue.put(_Order.REEMBED)

    def remove(self, names: Sequence[str]) -> None:
        """Take documents out, everywhere; raises UnknownDocument, and IndexBusy while another process writes."""
        self._engine.pipeline().remove(names, wait_seconds=_REMOVE_WAIT_SECONDS)

    def _enqueue(self, names: Sequence[str]) -> None:
        self._cancellation.withdraw(names)
        for name in names:
            self._progress[name] = Progress(name, DocumentState.QUEUED)
            self._queue.put(name)

    # --- answering ----------------------------------------------------------------------------------------------------

    def stream(self, question: str, history: Sequence[Turn], options: AskOptions) -> Iterator[AnswerEvent]:
        """Answer while it works; raises DocentError."""
        assistant = self._assistant
        if assistant is None:
            raise ModelUnavailable(self._problem or "The models are still warming up. Ask again in a few seconds.")
        return assistant.stream(question, history, options)

    def use_model(self, choice: ModelChoice) -> ModelStatus:
        """Answer with another model from now on, for everybody; on ModelUnavailable the old one goes on."""
        settings = self.settings.model_copy(
            update={
                "llm": choice.llm,
                "llm_url": choice.llm_url or None,
                "llm_key": SecretStr(choice.llm_key) if choice.llm_key else None,
                "llm_context": choice.llm_context,
                "llm_bits": choice.llm_bits,
            }
        )
        with self._switching:
            return self._use(settings)

    def _use(self, settings: AppSettings) -> ModelStatus:
        model = self._engine.load_model(settings)
        self._assistant = self._engine.assistant(model)
        self._model = model
        return model.status

    # --- the background -----------------------------------------------------------------------------------------------

    def _load(self) -> None:
        def load() -> None:
            self._problem = self._engine.mismatch()
            self._engine.serving_encoder().encode_queries(["warm up"])
            with self._switching:
                self._use(self.settings)

        self._attempt("load the models", load)

    def _ingest(self) -> None:
        self._attempt("bring in the documents", self._catch_up)
        order: _Order | None = None
        while order is not _Order.STOP and not self._closing.is_set():
            names, order = self._next_orders()
            if names and not self._closing.is_set():
                self._attempt(f"bring in {', '.join(names[:3])}", partial(self._bring_in, names))
                self._cancellation.withdraw(names)
                for name in names:
                    self._progress.pop(name, None)
            if order is _Order.REEMBED:
                self._attempt("embed the documents anew", self._embed_anew)

    def _next_orders(self) -> tuple[list[str], _Order | None]:
        """All names that wait, at least one, so that they come in together; or those before another order, and it."""
        names: list[str] = []
        while True:
            order = self._queue.get()
            if isinstance(order, _Order):
                return names, order
            names.append(order)
            if self._queue.empty():
                return names, None

    def _attempt(self, purpose: str, action: Callable[[], None]) -> None:
        try:
            action()
        except DocentError as error:
            if self._closing.is_set():
                return
            log.warning("Could not %s: %s", purpose, error)
            self._problem = str(error)
        except Exception:  # the worker has to outlive whatever one file brings about
            log.exception("Could not %s", purpose)
            self._problem = f"Could not {purpose}: an error inside Docent. The terminal shows it."

    def _catch_up(self) -> None:
        """Resume what was interrupted and take in files put there by hand; on the very first start, the samples."""
        if self._engine.knowledge_base.storage.first_start() and not any(files.discover(self._documents)):
            for path in sample_files():
                files.store(path, self._documents, path.name)
        self._pipeline().sync(report=self._report, wait_seconds=_WRITE_WAIT_SECONDS)

    def _bring_in(self, names: Sequence[str]) -> None:
        # One that is not there any more was deleted while it waited.
        paths = [path for name in dict.fromkeys(names) if (path := self._documents / name).is_file()]
        if paths:
            self._pipeline().sync(paths, report=self._report, wait_seconds=_WRITE_WAIT_SECONDS)

    def _embed_anew(self) -> None:
        touched: set[str] = set()

        def report(progress: Progress) -> None:
            touched.add(progress.document)
            self._report(progress)

        self._reembedding = True
        try:
            pipeline = self._pipeline(self._engine.encoder(self.settings.encoder))
            pipeline.reembed(report=report, wait_seconds=_WRITE_WAIT_SECONDS)
        finally:
            self._reembedding = False
            for name in touched:
                self._progress.pop(name, None)
        self._problem = self._engine.mismatch()

    def _pipeline(self, encoder: Encoder | None = None) -> Pipeline:
        return self._engine.pipeline(encoder=encoder, cancellation=self._cancellation)

    def _report(self, progress: Progress) -> None:
        if progress.state.is_final:
            self._progress.pop(progress.document, None)
            self._cancellation.withdraw([progress.document])
        else:
            self._progress[progress.document] = progress
