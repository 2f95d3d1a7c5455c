"""What the page talks to: one collection, the worker that fills it, and the model that answers.

Models warm up in the background, so that the page is there first. Whatever belongs to one conversation stays with the
page: the workspace is shared by everybody who has it open.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from app.answering import Answering
from app.asking import Asking
from app.conversations import Conversations
from app.engine import Engine
from app.follow_ups import FollowUps
from app.preview import Previews
from app.samples import SUGGESTIONS, sample_files
from app.settings import AppSettings
from app.types import AnswerEvent, AskOptions, Language, ModelChoice, ModelStatus, Turn, WorkspaceStatus
from app.workspace.background import Background, Problem
from app.workspace.contents import Contents
from app.workspace.pace import Pace
from app.workspace.removals import Removals
from app.workspace.tags import Tags
from app.workspace.upkeep import CollectionUpkeep, Task
from app.workspace.worker import IngestWorker
from ingest import files, web_page
from ingest.errors import DocentError, IndexBusy, ModelUnavailable, UnknownDocument
from ingest.file_names import document_name
from ingest.types import DocumentRecord, DocumentState, Progress

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

_UNHURRIED_SECONDS = 600.0  # how long a removal that nobody waits for lets others finish writing
_CLOSE_SECONDS = 20.0  # how long closing waits for a model that is being loaded


class Workspace:
    """A collection of documents and the assistant that answers from it. Safe to call from any thread."""

    def __init__(self, engine: Engine, answering: Answering) -> None:
        """`engine` is the workspace's to close; `answering` is everybody's."""
        self._engine = engine
        self.answering = answering
        self._asking = Asking(engine, answering)
        self.follow_ups = FollowUps(self._engine)
        self._background = Background()
        self.tags = Tags(self._engine.knowledge_base.storage.index / "tags.sqlite3")
        self.contents = Contents(self._engine)
        self._worker = IngestWorker(self._engine, self._background, self.tags)
        self.upkeep = CollectionUpkeep(self._engine, self._worker)
        self.removals = Removals(partial(self._worker.remove, wait_seconds=_UNHURRIED_SECONDS), self._background)
        self._exit = ExitStack()
        self._loading = threading.Thread(target=self._load, name="models", daemon=True)

    @property
    def here(self) -> Self:
        """Itself."""
        return self

    @property
    def collection(self) -> str:
        """The collection's name."""
        return self._engine.collection

    @property
    def settings(self) -> AppSettings:
        """As started; what a conversation changes for itself is in its AskOptions."""
        return self._engine.settings

    @property
    def conversations(self) -> Conversations:
        """What was asked and answered, on disk."""
        return self._engine.resources.conversations

    @property
    def previews(self) -> Previews:
        """The documents to look at."""
        return self._engine.previews

    def open(self) -> None:
        """Claim the collection for serving; raises IndexBusy when another server has it."""
        self._exit.enter_context(self._engine.knowledge_base.storage.serving())
        self._exit.callback(self._engine.close)
        self._exit.callback(self.tags.close)

    def warm_up(self) -> None:
        """Load the models and bring in what lies in the documents folder, in the background."""
        self._loading.start()
        self._worker.start()

    def close(self) -> None:
        """Put the files in hand back into the queue, for the next start, and let go of everything."""
        self._background.closing.set()
        self._worker.stop()
        if self._loading.is_alive():
            self._loading.join(timeout=_CLOSE_SECONDS)
        self.removals.close()
        self._exit.close()

    def rename(self, typed: str) -> None:
        """Call the collection otherwise, also in what conversations note; raises DocentError."""
        before = self.collection
        self._engine.knowledge_base.storage.rename(typed)
        self.conversations.rename_collection(before, self.collection)

    def delete(self) -> None:
        """Close it, and delete the collection with its documents, its index and what conversations hold of its text.

        Raises IndexBusy while another process writes it, or a file in hand cannot be let go of.
        """
        self.close()
        if self._worker.is_busy:
            raise IndexBusy(f"A file of the collection {self.collection!r} is still being read. Try again in a minute.")
        self._engine.knowledge_base.storage.delete(on_gone=self._engine.forget_gone)

    # --- state --------------------------------------------------------------------------------------------------------

    def status(self) -> WorkspaceStatus:
        """Whether questions can be answered yet."""
        model, problem = self.answering.status, self._background.problem
        encoder = self._engine.serving_encoder()
        return WorkspaceStatus(
            model is not None,
            encoder.name,
            encoder.device if model else "",
            model,
            problem.text if problem else self.answering.problem,
            reembedding_helps=problem is not None and problem.is_mismatch,
        )

    def documents(self) -> list[DocumentRecord]:
        """Every document, those that wait for their turn included, by name."""
        return self._worker.documents()

    def progress(self) -> Mapping[str, Progress]:
        """The documents under way, by name."""
        return self._worker.progress()

    def pace(self) -> Pace | None:
        """How fast they come in; None when none is under way."""
        return self._worker.pace()

    def stored_text(self, name: str) -> str:
        """The text that Citation.start and end point into; raises UnknownDocument."""
        return self._engine.knowledge_base.text(name)

    def suggestions(self, language: Language) -> list[str]:
        """Questions about the sample handbook, while all of it is here."""
        ready = {record.name for record in self.documents() if record.state is DocumentState.READY}
        names = {path.name for path in sample_files()}
        return list(SUGGESTIONS[language]) if names and names <= ready else []

    # --- documents ----------------------------------------------------------------------------------------------------

    def upload(self, paths: Sequence[Path], *, names: Sequence[str] = ()) -> list[str]:
        """Copy files into the documents folder and queue them; a file of the same name is replaced.

        `names` are their places in a folder that was uploaded, with forward slashes; else each keeps its file name.
        """
        wanted = [document_name(name) for name in names or [path.name for path in paths]]
        for path, name in zip(paths, wanted, strict=True):
            files.store(path, self._worker.folder, name)
        self._worker.enqueue(wanted)
        return wanted

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
        self._worker.enqueue([name])

    def read_again(self, names: Sequence[str]) -> None:
        """Queue documents again, also those whose files have not changed."""
        self._worker.enqueue(names, afresh=True)

    def cancel(self, names: Sequence[str]) -> None:
        """Stop bringing these documents in, wherever they are; one that was searchable before stays so."""
        self._worker.cancel(names)

    def reembed(self) -> None:
        """Queue splitting and embedding all stored text anew with the settings' encoder; answering goes on."""
        self.upkeep.start(Task.REEMBED)

    def remove(self, names: Sequence[str]) -> None:
        """Take documents out, everywhere; raises UnknownDocument, and IndexBusy while another process writes."""
        self._worker.remove(names)

    # --- answering ----------------------------------------------------------------------------------------------------

    def stream(self, question: str, history: Sequence[Turn], options: AskOptions) -> Iterator[AnswerEvent]:
        """Answer while it works, once models that are being loaded are there; raises DocentError."""
        if self._loading.is_alive():
            self._loading.join()
        problem = self._background.problem
        if self.answering.status is None and problem is not None:
            raise ModelUnavailable(problem.text)
        return self._asking.stream(question, history, self._without_leaving(options))

    def preview(self, question: str, options: AskOptions, draft: dict[str, str] | None = None) -> Sequence[BaseMessage]:
        """What the model would be sent, by the prompts as they are or with `draft` before them; raises DocentError."""
        return self._asking.preview(question, options, draft)

    def _without_leaving(self, options: AskOptions) -> AskOptions:
        """Searches nothing that is about to be removed; raises UnknownDocument when nothing else is left."""
        leaving = self.removals.waiting()
        if not leaving:
            return options
        wanted = options.documents or tuple(record.name for record in self.documents() if record.chunks)
        staying = tuple(name for name in wanted if name not in leaving)
        if wanted and not staying:
            raise UnknownDocument("All documents to search are about to be removed. Keep one, or add others.")
        return replace(options, documents=staying)

    def use_model(self, choice: ModelChoice) -> ModelStatus:
        """Answer with another model from now on, for everybody; on ModelUnavailable the old one goes on."""
        return self.answering.use(choice)

    def _load(self) -> None:
        def load() -> None:
            mismatch = self._engine.mismatch()
            self._background.problem = Problem(mismatch, is_mismatch=True) if mismatch else None
            self._engine.warm_up()
            if self.answering.status is None:
                _spare_the_collector()
            self.answering.load()

        self._background.attempt("load the models", load)


def _spare_the_collector() -> None:
    """What is loaded by now stays as long as the process: Python's collector need not look through it again and again.

    A chat model is loaded later, and is still collected when another takes its place.
    """
    gc.collect()
    gc.freeze()
