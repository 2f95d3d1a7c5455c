"""The values that flow from a question to its answer. Knows no library and does no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Language(StrEnum):
    """The languages Docent speaks."""

    CHINESE = "zh"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier question of a conversation and the answer it got."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved chunk: `text` stands in the document's stored text at [start, end)."""

    document: str
    page: int | None  # 1-based
    heading: str | None  # heading path, outermost first, joined by " > "
    start: int  # characters
    end: int  # exclusive
    text: str
    score: float  # calibrated probability in [0, 1] that this passage answers the question; higher is better


@dataclass(frozen=True, slots=True)
class Citation:
    """A place a sentence points at: `quote` stands in the document's stored text at [start, end), letter for letter."""

    number: int  # 1-based, unique in the answer, in order of first mention
    document: str
    page: int | None
    heading: str | None
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer and the citations it points at."""

    text: str  # without [n] markers
    citations: tuple[int, ...]  # numbers of Answer.citations; empty when nothing is cited
    supported: bool = True  # False when a check against the cited passages failed
    separator: str = ""  # white space that stood before it in the model's text


@dataclass(frozen=True, slots=True)
class Answer:
    """What the assistant says, with everything needed to check it."""

    question: str  # as asked
    standalone_question: str  # as searched
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]  # best first; on a refusal the nearest ones
    confidence: float  # in [0, 1]: probability that the passages answer the question
    refused: bool
    quoted: bool  # True when the built-in reader quotes; False when a language model composed
    seconds: Mapping[str, float] = field(default_factory=dict)  # stage -> wall-clock seconds
    notices: tuple[str, ...] = ()  # what the user should know: passages left out, a setting not supported

    @property
    def text(self) -> str:
        """The answer as one string, each sentence followed by its [n] markers."""
        return "".join(s.separator + s.text + "".join(f"[{n}]" for n in s.citations) for s in self.sentences)


@dataclass(frozen=True, slots=True)
class AskOptions:
    """What one question may be asked with; belongs to one conversation, never to the application."""

    top_k: int = 6  # passages shown to the model
    threshold: float = 0.1  # answer when at least this sure; in [0, 1]
    documents: tuple[str, ...] = ()  # scope: search only these; empty means all
    temperature: float | None = None  # None leaves the model's own default
    top_p: float | None = None
    sampling_top_k: int | None = None
    max_tokens: int | None = None


class Stage(StrEnum):
    """The steps of answering, in order; the keys of Answer.seconds."""

    CONDENSE = "condense"
    RETRIEVE = "retrieve"
    PROMPT = "prompt"
    GENERATE = "generate"
    CITE = "cite"


@dataclass(frozen=True, slots=True)
class StageStarted:
    """Emitted while answering: this stage begins."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class TextDelta:
    """Emitted while answering: the model said this next. Markers in it are not yet checked."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerReady:
    """Emitted last: the checked answer, which replaces the streamed text."""

    answer: Answer


AnswerEvent = StageStarted | TextDelta | AnswerReady


class ModelKind(StrEnum):
    """The three kinds of chat model."""

    BUILT_IN = "built-in"  # the extractive reader
    TRANSFORMERS = "transformers"
    SERVER = "server"  # OpenAI-compatible


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """Which model answers, and what it can be told."""

    kind: ModelKind
    name: str
    device: str  # cpu, cuda:0, mps, or the server's base URL
    context_tokens: int | None  # prompt and answer together; None for the built-in reader, which has no limit
    supports: frozenset[str] = frozenset()  # of temperature, top_p, sampling_top_k, max_tokens
    notices: tuple[str, ...] = ()  # warnings the user should see, such as a settings value that has no effect


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A request to answer with another model; the fields are those of AppSettings."""

    llm: str
    llm_url: str | None = None
    llm_key: str | None = field(default=None, repr=False)
    llm_context: int | None = None
    llm_bits: int | None = None


@dataclass(frozen=True, slots=True)
class WorkspaceStatus:
    """Whether questions can be answered yet."""

    ready: bool  # encoder and chat model are loaded
    encoder: str  # name
    device: str  # the encoder's device; "" until loaded
    model: ModelStatus | None  # None until loaded
    problem: str | None = None  # why it will not become ready, and what to do; or a mismatch of index and settings
