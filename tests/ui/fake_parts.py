"""Parts of the workspace in memory: previews, tags, contents, follow-up questions, upkeep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.preview import PagePicture
from app.preview.draw import draw
from app.types import (
    Answer,
)
from app.workspace.contents import PassagePage, StoredPassage
from app.workspace.upkeep import Outcome, StorageUse, Task, UpkeepState
from ingest.types import Chunk, ParsedDocument

if TYPE_CHECKING:
    from tests.ui.fake import FakeWorkspace


@dataclass
class FakePreviews:
    """Texts without layout, and the pages of files that lie anywhere."""

    workspace: FakeWorkspace
    layouts: dict[str, ParsedDocument] = field(default_factory=dict)
    originals: dict[str, Path] = field(default_factory=dict)
    drawn: list[tuple[str, int]] = field(default_factory=list)

    def document(self, name: str) -> ParsedDocument:
        return self.layouts.get(name) or ParsedDocument(self.workspace.stored_text(name), ())

    def has_pages(self, name: str) -> bool:
        return name in self.originals

    def is_drawn(self, name: str, number: int) -> bool:
        return (name, number) in self.drawn

    def page(self, name: str, number: int) -> PagePicture:
        picture = draw(self.originals[name], number)
        self.drawn.append((name, number))
        return picture


@dataclass
class FakeTags:
    """Tags in memory."""

    tagged: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def all(self) -> Mapping[str, tuple[str, ...]]:
        return dict(self.tagged)

    def add(self, names: Sequence[str], tag: str) -> None:
        self.tagged.update({n: tuple(sorted({*self.tagged.get(n, ()), tag})) for n in names})

    def drop(self, names: Sequence[str], tag: str) -> None:
        self.tagged.update({n: tuple(kept for kept in self.tagged.get(n, ()) if kept != tag) for n in names})


@dataclass
class FakeContents:
    """Each paragraph is a passage, and each word a token."""

    workspace: FakeWorkspace

    def text(self, name: str) -> str:
        return self.workspace.stored_text(name)

    def passages(self, name: str, *, first: int, count: int) -> PassagePage:
        texts = self.text(name).split("\n\n")
        chunks = [Chunk(i, text, 100 * i, 100 * i + len(text), i + 1, ("Handbook",)) for i, text in enumerate(texts)]
        shown = chunks[first : first + count]
        return PassagePage(len(chunks), tuple(StoredPassage(chunk, len(chunk.text.split())) for chunk in shown))


@dataclass
class FakeFollowUps:
    """Suggests the same questions after every answer."""

    questions: tuple[str, ...] = ()

    def suggest(
        self, answer: Answer, asked: Sequence[str], documents: Sequence[str], threshold: float
    ) -> tuple[str, ...]:
        return tuple(question for question in self.questions if question not in asked)


@dataclass
class FakeUpkeep:
    """Tasks go on until the test says how they ended."""

    started: list[Task] = field(default_factory=list)
    outcome: Outcome | None = None

    def start(self, task: Task) -> None:
        self.started.append(task)
        self.outcome = None

    def state(self) -> UpkeepState:
        return UpkeepState(self.started[-1] if self.started and self.outcome is None else None, self.outcome)

    def storage(self) -> StorageUse:
        return StorageUse(1_200_000, 300_000, 5_000_000_000)
