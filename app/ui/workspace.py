"""What the page needs of the application behind it. Knows the questions to put to it, not how they are answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from app.settings import AppSettings
from app.types import AnswerEvent, AskOptions, Language, ModelChoice, ModelStatus, Turn, WorkspaceStatus
from ingest.types import DocumentRecord, Progress


class Workspace(Protocol):
    """A collection of documents and the assistant that answers from it. All methods are safe to call from any thread.

    Every failure that the user can do something about is an ingest.errors.DocentError.
    """

    @property
    def settings(self) -> AppSettings: ...

    def status(self) -> WorkspaceStatus:
        """Whether questions can be answered yet. Cheap: polled."""

    def documents(self) -> list[DocumentRecord]:
        """Every document, whatever its state. Cheap: polled."""

    def progress(self) -> Mapping[str, Progress]:
        """The documents under way, by name. Cheap: polled."""

    def upload(self, paths: Sequence[Path]) -> list[str]:
        """Copies the files into the documents folder and queues them; returns the names they got."""

    def add_page(self, url: str) -> list[str]:
        """Fetches a web page, which may take a minute, and uploads it; returns the name it got."""

    def remove(self, names: Sequence[str]) -> None: ...

    def retry(self, name: str) -> None:
        """Queues a failed document again."""

    def cancel(self, names: Sequence[str]) -> None:
        """Stops bringing these documents in; passes over those that are not under way."""

    def reembed(self) -> None:
        """Queues embedding all stored text anew with the settings' encoder; answering goes on meanwhile."""

    def add_samples(self) -> None:
        """Queues the sample handbook."""

    def stored_text(self, name: str) -> str:
        """The text that Citation.start and end point into."""

    def suggestions(self, language: Language) -> list[str]:
        """Questions to begin with; empty when there is nothing to suggest. Cheap: polled."""

    def stream(self, question: str, history: Sequence[Turn], options: AskOptions) -> Iterator[AnswerEvent]:
        """Answers while it works; closing the iterator stops the work."""

    def use_model(self, choice: ModelChoice) -> ModelStatus:
        """Answers with another model from now on, for everyone. May take minutes."""
