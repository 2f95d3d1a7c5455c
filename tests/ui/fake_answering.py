"""The models behind the fake workspace: real settings in a folder of their own, and servers and a hub that are told."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

from langchain_core.messages import BaseMessage

from app.fit import fit_prompt
from app.language import detect_language
from app.models.detect import FoundServer
from app.models.fetch import Fetch, FetchState
from app.models.memory import Memory
from app.own_prompts import OwnPrompts
from app.preferences import PreferenceStore
from app.settings import AppSettings
from app.types import AskOptions, ModelChoice, ModelStatus, Passage
from ingest.hub import DownloadProgress

HUB_MODEL = "org/large"  # the one that has to be downloaded
CACHE = Path("/home/reader/.cache/huggingface/hub")


@dataclass
class FakeFetch:
    """Stays where the test puts it."""

    use: Callable[[ModelChoice], ModelStatus]
    current: Fetch | None = None
    cancelled: int = 0

    def plan(self, choice: ModelChoice) -> DownloadProgress | None:
        if choice.llm_url or choice.llm != HUB_MODEL:
            return None
        return DownloadProgress(choice.llm, CACHE, 0, 1_500_000_000, 52_000_000_000)

    def start(self, choice: ModelChoice, plan: DownloadProgress) -> None:
        self.current = Fetch(plan, FetchState.DOWNLOADING)

    def cancel(self) -> None:
        assert self.current is not None
        self.cancelled += 1
        self.current = Fetch(self.current.progress, FetchState.CANCELLED)

    def forget(self) -> None:
        self.current = None


@dataclass
class FakeAnswering:
    """Settings and prompts are the real ones; what is found and fetched is what the test says."""

    use: Callable[[ModelChoice], ModelStatus]
    started: dict[str, object] = field(default_factory=dict)
    servers: list[FoundServer] = field(default_factory=list)
    memory_of_all: Memory = field(default_factory=lambda: Memory(640_000_000, 5_000_000_000, 8_400_000_000, False))
    preferences: PreferenceStore = field(init=False)
    prompts: OwnPrompts = field(init=False)
    fetch: FakeFetch = field(init=False)
    renewals: int = 0

    def __post_init__(self) -> None:
        folder = Path(mkdtemp(prefix="docent-fake-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.preferences = PreferenceStore(AppSettings.from_mapping({"data_dir": folder, **self.started}))
        self.prompts = OwnPrompts(folder / "prompts")
        self.fetch = FakeFetch(self.use)

    def renew(self) -> None:
        self.renewals += 1

    def preview(self, question: str, options: AskOptions, draft: dict[str, str] | None = None) -> Sequence[BaseMessage]:
        fitted = fit_prompt(
            self.prompts.load(draft).styled(options.style, options.instructions),
            detect_language(question),
            question=question,
            history=(),
            passages=[Passage("handbook.md", None, "Returns", 0, 15, "Thirty days.", 0.9)],
            context_tokens=None,
            answer_tokens=0,
            count_tokens=len,
        )
        return fitted.messages

    def memory(self) -> Memory:
        return self.memory_of_all

    def detect(self) -> list[FoundServer]:
        return self.servers
