"""A workspace in memory whose every answer can be foretold: what the page's tests stand on."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from secrets import token_hex
from tempfile import gettempdir
from threading import Event

from langchain_core.messages import BaseMessage

from app.conversations import FILE, Conversations
from app.settings import AppSettings
from app.types import (
    Answer,
    AnswerEvent,
    AnswerReady,
    AskOptions,
    Candidate,
    Citation,
    Fate,
    Language,
    ModelChoice,
    ModelKind,
    ModelStatus,
    Passage,
    PromptMessage,
    Scores,
    Sentence,
    Stage,
    StageStarted,
    TextDelta,
    Trace,
    Turn,
    WorkspaceStatus,
)
from app.workspace.background import Background
from app.workspace.pace import Pace
from app.workspace.removals import Removals
from ingest.errors import BrokenDocument, DocumentError, ModelUnavailable, UnknownDocument
from ingest.types import DocumentRecord, DocumentState, Progress
from tests.ui.fake_answering import FakeAnswering
from tests.ui.fake_parts import FakeContents, FakeFollowUps, FakePreviews, FakeTags, FakeUpkeep

HOSTILE = "<img src=x onerror=alert(1)>"
RETURNS = "You can return any item within 30 days. "
SHIPPING = "Shipping within the country costs 4.50. "
CHINESE_RETURNS = "顾客可在收货后三十天内退货。"
HANDBOOK = (
    "# Handbook\n\n" + "Opening hours are on the door.\n\n" * 40 + RETURNS + SHIPPING + "Staff wear badges.\n" * 60
)
MANUAL = "# 员工手册\n\n" + "门店每天上午十点开门。\n" * 30 + CHINESE_RETURNS + "退款在五个工作日内到账。\n" * 30
GUIDE_QUOTE = "It has 36 spaces; the first hour is free with any purchase, and every further hour costs 5 yuan."
BUILT_IN_MODEL = ModelStatus(ModelKind.BUILT_IN, "built-in", "cpu", None)
SAMPLING = frozenset({"temperature", "top_p", "sampling_top_k", "max_tokens"})


def record(name: str, state: DocumentState = DocumentState.READY, **changes: object) -> DocumentRecord:
    """A catalog row with everything else in order."""
    ready = state is DocumentState.READY
    row = DocumentRecord(name, state, None, 48_213, 12 if ready else None, 34 if ready else 0, "2026-01-01T00:00:00Z")
    return replace(row, **changes)  # type: ignore[arg-type]


def cited(text: str, quote: str, number: int, document: str) -> Citation:
    """The citation of a quote that stands in `text`."""
    start = text.index(quote)
    return Citation(number, document, 3, "Orders > Returns", start, start + len(quote), quote)


@dataclass
class FakeWorkspace:
    """Answers by the question: returns, 退货, guide, slow, hostile, doubtful, broken, crash; else it refuses."""

    # For what is kept of conversations; made when there is something to keep.
    folder: Path = field(default_factory=lambda: Path(gettempdir(), f"docent-fake-{token_hex(8)}"))
    settings: AppSettings = field(default_factory=AppSettings)
    collection: str = "default"
    texts: dict[str, str] = field(default_factory=dict)
    rows: dict[str, DocumentRecord] = field(default_factory=dict)
    under_way: dict[str, Progress] = field(default_factory=dict)
    model: ModelStatus | None = BUILT_IN_MODEL
    problem: str | None = None
    asked: list[tuple[str, tuple[Turn, ...], AskOptions]] = field(default_factory=list)
    mismatched: bool = False
    rate: Pace | None = None
    read_anew: list[str] = field(default_factory=list)
    closed: Event = field(default_factory=Event)  # set once a stream ends, whichever way
    previews: FakePreviews = field(init=False)
    tags: FakeTags = field(default_factory=FakeTags)
    upkeep: FakeUpkeep = field(default_factory=FakeUpkeep)
    contents: FakeContents = field(init=False)
    removals: Removals = field(init=False)
    follow_ups: FakeFollowUps = field(default_factory=FakeFollowUps)
    conversations: Conversations = field(init=False)
    answering: FakeAnswering = field(init=False)

    def __post_init__(self) -> None:
        self.answering = FakeAnswering(self.use_model)
        self.conversations = Conversations(self.folder / f"{token_hex(8)}-{FILE}")
        self.previews = FakePreviews(self)
        self.contents = FakeContents(self)
        self.removals = Removals(self.remove, Background(), seconds=60)  # or until a test closes it

    def reset(self) -> None:
        """As new: what one test did is not there for the next."""
        self.conversations.close()
        fresh = FakeWorkspace(self.folder)
        for name in (entry.name for entry in fields(self)):
            setattr(self, name, getattr(fresh, name))
        self.__post_init__()

    @property
    def here(self) -> FakeWorkspace:
        return self

    def add(self, name: str, text: str) -> None:
        self.texts[name] = text
        self.rows[name] = record(name)

    def status(self) -> WorkspaceStatus:
        ready = self.model is not None
        return WorkspaceStatus(ready, "MiniLM", "cpu" if ready else "", self.model, self.problem, self.mismatched)

    def documents(self) -> list[DocumentRecord]:
        return list(self.rows.values())

    def progress(self) -> Mapping[str, Progress]:
        return dict(self.under_way)

    def pace(self) -> Pace | None:
        return self.rate

    def upload(self, paths: Sequence[Path], *, names: Sequence[str] = ()) -> list[str]:
        for path, name in zip(paths, names, strict=True):
            if path.stat().st_size == 0:
                raise BrokenDocument(f"{path.name} is empty. Upload a file with text in it.")
            self.add(name, path.read_text(encoding="utf-8"))
        return list(names)

    def add_page(self, url: str) -> list[str]:
        if "private" in url:
            raise DocumentError(f"{url} cannot be fetched: its address is private.\nSave the page and add the file.")
        name = url.removeprefix("https://").replace("/", " ") + ".html"
        self.add(name, "Some text.")
        return [name]

    def remove(self, names: Sequence[str]) -> None:
        for name in names:
            del self.rows[name], self.texts[name]

    def retry(self, name: str) -> None:
        self.rows[name] = record(name)

    def read_again(self, names: Sequence[str]) -> None:
        self.read_anew.extend(names)

    def cancel(self, names: Sequence[str]) -> None:
        for name in names:
            del self.under_way[name]
            self.rows[name] = record(name, DocumentState.FAILED, reason="Cancelled. Retry to bring it in.")

    def add_samples(self) -> None:
        self.add("handbook.md", HANDBOOK)
        self.add("员工手册.docx", MANUAL)

    def stored_text(self, name: str) -> str:
        if name not in self.texts:
            raise UnknownDocument(f"There is no document named {name!r} any more.")
        return self.texts[name]

    def suggestions(self, language: Language) -> list[str]:
        if not self.rows:
            return []
        if language is Language.CHINESE:
            return ["收到的商品可以退货吗？", "员工需要佩戴胸牌吗？", "运费是多少？", "门店几点开门？"]
        return ["What about returns?", "Do staff wear badges?", "What does shipping cost?", "When does the shop open?"]

    def stream(self, question: str, history: Sequence[Turn], options: AskOptions) -> Iterator[AnswerEvent]:
        self.asked.append((question, tuple(history), options))
        try:
            yield StageStarted(Stage.RETRIEVE)
            if "broken" in question:
                raise ModelUnavailable(
                    "The model server at http://127.0.0.1:9 does not answer. Start it and ask again."
                )
            if "crash" in question:
                raise ZeroDivisionError
            answer = self._answer(question)
            yield StageStarted(Stage.GENERATE)
            yield from _words(answer.text, 0.05 if "slow" in question else 0.0)
            yield AnswerReady(answer)
        finally:
            self.closed.set()

    def preview(self, question: str, options: AskOptions, draft: dict[str, str] | None = None) -> Sequence[BaseMessage]:
        return self.answering.preview(question, options, draft)

    def use_model(self, choice: ModelChoice) -> ModelStatus:
        time.sleep(0.5)
        if choice.llm == "missing":
            raise ModelUnavailable("There is no model 'missing' here. Name a folder or a hub model.")
        if choice.llm == "built-in":
            self.model = BUILT_IN_MODEL
        else:
            self.model = ModelStatus(ModelKind.SERVER, choice.llm, choice.llm_url or "cpu", 4096, SAMPLING)
        return self.model

    def _answer(self, question: str) -> Answer:
        if "退货" in question:
            return _quoting(question, [(MANUAL, CHINESE_RETURNS, "员工手册.docx")], 0.91)
        if "returns" in question:
            parts = [(HANDBOOK, RETURNS.strip(), "handbook.md"), (HANDBOOK, SHIPPING.strip(), "handbook.md")]
            return _quoting(question, parts, 0.93)
        if "guide" in question:
            name = next(iter(self.previews.originals))
            return _quoting(question, [(self.texts[name], GUIDE_QUOTE, name)], 0.9)
        if "slow" in question:
            return Answer(question, question, (Sentence("word " * 2_000, ()),), (), (), 0.6, False, False)
        if "hostile" in question:
            name = next(name for name in self.texts if "<" in name)
            return _quoting(question, [(self.texts[name], self.texts[name], name)], 0.9)
        if "doubtful" in question:
            sentences = (Sentence("The moon is made of cheese.", (), supported=False),)
            notices = ("One passage left out.",)
            return Answer(question, question, sentences, (), (), 0.4, False, False, notices=notices, trace=_trace())
        return _refusal(question)


def _quoting(question: str, parts: Sequence[tuple[str, str, str]], confidence: float) -> Answer:
    citations = tuple(cited(text, quote, number, name) for number, (text, quote, name) in enumerate(parts, start=1))
    sentences = tuple(Sentence(c.quote, (c.number,), separator=" " if c.number > 1 else "") for c in citations)
    return Answer(question, question, sentences, citations, (), confidence, False, True, {"retrieve": 0.12})


def _refusal(question: str) -> Answer:
    start = HANDBOOK.index(SHIPPING)
    passage = Passage("handbook.md", None, "Orders", start, start + len(SHIPPING), SHIPPING, 0.21)
    sentence = Sentence("Your documents do not say.", ())
    return Answer(question, question, (sentence,), (), (passage,), 0.12, True, True)


def _trace() -> Trace:
    """How a language model came to an answer from one of two passages."""
    first, second = (Passage("handbook.md", None, "Orders", 0, 10, "# Handbook", score) for score in (0.4, 0.2))
    candidates = (Candidate(first, Scores(0.5, 1.0, 0.6), Fate.KEPT), Candidate(second, Scores(0.1), Fate.RANK))
    return Trace(candidates, 0.1, 1, "qwen3", (PromptMessage("user", "What is the moon?"),), 12, 7, 4096)


def _words(text: str, pause: float) -> Iterator[TextDelta]:
    for word in text.split(" "):
        time.sleep(pause)
        yield TextDelta(word + " ")
