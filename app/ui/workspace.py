"""What the page needs of the application behind it. Knows the questions to put to it, not how they are answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from app.conversations import Conversations
from app.follow_ups import FollowUpSource
from app.models.detect import FoundServer
from app.models.fetch import Fetch
from app.models.memory import Memory
from app.own_prompts import OwnPrompts
from app.preferences import PreferenceStore
from app.preview import PagePicture
from app.settings import AppSettings
from app.types import AnswerEvent, AskOptions, Language, ModelChoice, ModelStatus, Turn, WorkspaceStatus
from app.workspace.contents import PassagePage
from app.workspace.pace import Pace
from app.workspace.removals import Removals
from app.workspace.upkeep import Upkeep
from ingest.collections import CollectionRecord
from ingest.hub import DownloadProgress
from ingest.types import DocumentRecord, ParsedDocument, Progress

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


class ModelFetch(Protocol):
    """Brings hub models here, one at a time."""

    @property
    def current(self) -> Fetch | None:
        """The download under way, or the last one until it is forgotten. Cheap: polled."""

    def plan(self, choice: ModelChoice) -> DownloadProgress | None:
        """What taking this model into use would download; None for nothing."""

    def start(self, choice: ModelChoice, plan: DownloadProgress) -> None:
        """Downloads the model, then answers with it, in the background."""

    def cancel(self) -> None: ...

    def forget(self) -> None: ...


class Answering(Protocol):
    """Who answers, in whose words, and what was chosen of both."""

    @property
    def preferences(self) -> PreferenceStore: ...

    @property
    def prompts(self) -> OwnPrompts: ...

    @property
    def fetch(self) -> ModelFetch: ...

    def renew(self) -> None:
        """Takes up prompts that were edited."""

    def memory(self) -> Memory:
        """Memory where the model runs. Cheap: polled."""

    def detect(self) -> list[FoundServer]:
        """The model servers on this machine. May take seconds."""


class Previews(Protocol):
    """What a reader can look at: any document of the collection, by its name, and nothing else."""

    def document(self, name: str) -> ParsedDocument:
        """Its stored text and layout; raises UnknownDocument."""

    def has_pages(self, name: str) -> bool:
        """Whether its pages can be drawn."""

    def is_drawn(self, name: str, number: int) -> bool:
        """Whether `page` answers at once."""

    def page(self, name: str, number: int) -> PagePicture:
        """One page, 1-based. May take seconds; raises BrokenDocument where it cannot be drawn."""


class Tags(Protocol):
    """The users' own words for documents."""

    def all(self) -> Mapping[str, tuple[str, ...]]:
        """Every tagged document's tags, by name. Cheap: polled."""

    def add(self, names: Sequence[str], tag: str) -> None: ...

    def drop(self, names: Sequence[str], tag: str) -> None: ...


class Contents(Protocol):
    """What is stored of a document."""

    def text(self, name: str) -> str:
        """Raises UnknownDocument."""

    def passages(self, name: str, *, first: int, count: int) -> PassagePage:
        """`count` passages from the 0-based `first` on."""


class Workspace(Protocol):
    """A collection of documents and the assistant that answers from it. All methods are safe to call from any thread.

    Every failure that the user can do something about is an ingest.errors.DocentError.
    """

    @property
    def here(self) -> Workspace:
        """This collection, whichever one the page opens next."""

    @property
    def collection(self) -> str:
        """Its name."""

    @property
    def settings(self) -> AppSettings: ...

    @property
    def conversations(self) -> Conversations:
        """What was asked and answered, on disk, each conversation for the browser that began it."""

    @property
    def answering(self) -> Answering: ...

    @property
    def follow_ups(self) -> FollowUpSource:
        """Questions to go on with."""

    @property
    def previews(self) -> Previews: ...

    @property
    def tags(self) -> Tags: ...

    @property
    def contents(self) -> Contents: ...

    @property
    def removals(self) -> Removals:
        """Removes documents in a few seconds, unless that is taken back."""

    @property
    def upkeep(self) -> Upkeep:
        """Builds all of the index anew, checks it, and knows what it takes on disk."""

    def status(self) -> WorkspaceStatus:
        """Whether questions can be answered yet. Cheap: polled."""

    def documents(self) -> list[DocumentRecord]:
        """Every document, whatever its state. Cheap: polled."""

    def progress(self) -> Mapping[str, Progress]:
        """The documents under way, by name. Cheap: polled."""

    def pace(self) -> Pace | None:
        """How fast they come in; None when none is under way. Cheap: polled."""

    def upload(self, paths: Sequence[Path], *, names: Sequence[str] = ()) -> list[str]:
        """Copies the files into the documents folder and queues them; returns the names they got.

        `names` are their places in a folder, with forward slashes; else each keeps its file name.
        """

    def add_page(self, url: str) -> list[str]:
        """Fetches a web page, which may take a minute, and uploads it; returns the name it got."""

    def retry(self, name: str) -> None:
        """Queues a failed document again."""

    def read_again(self, names: Sequence[str]) -> None:
        """Queues documents again, also those whose files have not changed."""

    def cancel(self, names: Sequence[str]) -> None:
        """Stops bringing these documents in; passes over those that are not under way."""

    def add_samples(self) -> None:
        """Queues the sample handbook."""

    def stored_text(self, name: str) -> str:
        """The text that Citation.start and end point into."""

    def suggestions(self, language: Language) -> list[str]:
        """Questions to begin with; empty when there is nothing to suggest. Cheap: polled."""

    def stream(self, question: str, history: Sequence[Turn], options: AskOptions) -> Iterator[AnswerEvent]:
        """Answers while it works; closing the iterator stops the work."""

    def preview(self, question: str, options: AskOptions, draft: dict[str, str] | None = None) -> Sequence[BaseMessage]:
        """What the model would be sent, by the prompts as they are or with `draft` before them."""

    def use_model(self, choice: ModelChoice) -> ModelStatus:
        """Answers with another model from now on, for everyone. May take minutes."""


class Library(Protocol):
    """All collections. Those that are not there, or cannot be opened, raise DocentError."""

    @property
    def home_id(self) -> str:
        """The collection that is always open."""

    def collections(self) -> list[CollectionRecord]:
        """All there are. Cheap: polled."""

    def workspace(self, id_: str) -> Workspace:
        """One of them, opened where it is not yet. Cheap: polled."""

    def create(self, typed: str) -> str:
        """Makes a collection of this name; returns its id."""

    def rename(self, id_: str, typed: str) -> None: ...

    def can_be_removed(self, id_: str) -> bool: ...

    def remove(self, id_: str) -> None:
        """Deletes it with its documents in a few seconds, unless that is taken back."""

    @property
    def removals(self) -> Removals:
        """What is about to be removed, by id."""

    def leaving(self) -> Mapping[str, float]:
        """Seconds until each collection is removed, by name. Cheap: polled."""

    @property
    def problem(self) -> str | None:
        """Why a collection could not be removed. Cheap: polled."""

    def dismiss(self) -> None:
        """Forgets the problem."""
