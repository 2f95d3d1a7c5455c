"""The values that flow from a question to its answer. Knows no library and does no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# Answer when at least this sure. Of the questions of training.fit_reader .028 of those with a right passage
# miss it, and .037 of those about other things reach it; at .1 these are .023 and .062, at .15 .038 and .033.
THRESHOLD = 0.12


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


class Fate(StrEnum):
    """What became of a candidate."""

    KEPT = "kept"  # the answer was made from it
    RANK = "rank"  # others ranked higher
    UNSURE = "unsure"  # not even the best candidate reached the threshold
    SPACE = "space"  # it did not fit into the model's context


@dataclass(frozen=True, slots=True)
class Scores:
    """What each search says of a candidate, higher being better; None where a retriever does not tell."""

    keyword: float | None = None  # in [0, 1): BM25 over the highest value that any passage could reach
    coverage: float | None = None  # in [0, 1]: share of the question's weight in words that occur in it
    vector: float | None = None  # in [-1, 1]: cosine similarity
    reader: float | None = None  # in [0, 1]: how sure a trained reader is that the answer stands in it


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that was considered; its own score is the one that ranks it."""

    passage: Passage
    scores: Scores
    fate: Fate


@dataclass(frozen=True, slots=True)
class Wording:
    """One way a follow-up question was searched."""

    question: str
    score: float  # in [0, 1]: that of the best passage it found; 0 where it found none


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of a prompt as it was sent."""

    role: str  # system, user, assistant
    text: str


@dataclass(frozen=True, slots=True)
class Trace:
    """How an answer came about."""

    candidates: tuple[Candidate, ...]  # best first
    threshold: float  # in [0, 1]: what the best candidate had to reach
    top_k: int  # how many were to be kept
    model: str  # name
    messages: tuple[PromptMessage, ...] = ()  # empty where no language model was asked
    prompt_tokens: int | None = None  # with the messages; an upper estimate where the tokenizer is unknown
    answer_tokens: int | None = None
    context_tokens: int | None = None
    queries: tuple[str, ...] = ()  # what was searched for beside the standalone question
    wordings: tuple[Wording, ...] = ()  # of a follow-up question, the one that was taken first; empty for one way


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
    trace: Trace | None = None  # how it came about; None where that was not kept
    exact: str | None = None  # the span of the quoted text that the reader marks; None when it marks none
    small_talk: bool = False  # a greeting and the like, for which nothing was searched; counts as refused

    @property
    def text(self) -> str:
        """The answer as one string, each sentence followed by its [n] markers."""
        return "".join(s.separator + s.text + "".join(f"[{n}]" for n in s.citations) for s in self.sentences)


class AnswerStyle(StrEnum):
    """How a language model is asked to write; the built-in reader quotes, whatever the style."""

    CONCISE = "concise"
    DETAILED = "detailed"
    CUSTOM = "custom"  # as AskOptions.instructions say


class Rewriting(StrEnum):
    """What else is searched for beside the question; all but NONE ask the language model first."""

    NONE = "none"
    MULTI_QUERY = "multi-query"  # the question in other words
    HYDE = "hyde"  # a passage as it might answer (Gao et al., 2022)
    STEP_BACK = "step-back"  # a more general question (Zheng et al., 2023)


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How passages are chosen and cut, beyond their rank."""

    rewriting: Rewriting = Rewriting.NONE
    diversity: float = 0.0  # in [0, 1]: weight of saying other things than the passages before
    merge_neighbours: bool = False  # passages of a section that touch become one
    whole_sections: bool = False  # a passage is shown with its neighbours of the same section


@dataclass(frozen=True, slots=True)
class AskOptions:
    """What one question may be asked with; belongs to one conversation, never to the application."""

    top_k: int = 6  # passages shown to the model
    threshold: float = THRESHOLD  # answer when at least this sure; in [0, 1]
    documents: tuple[str, ...] = ()  # scope: search only these; empty means all
    temperature: float | None = None  # None leaves the model's own default
    top_p: float | None = None
    sampling_top_k: int | None = None
    max_tokens: int | None = None
    style: AnswerStyle = AnswerStyle.CONCISE
    instructions: str = ""  # with AnswerStyle.CUSTOM
    search: SearchOptions = SearchOptions()


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
    memory_bytes: int | None = None  # taken by the loaded weights, where known


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A request to answer with another model; the fields are those of AppSettings."""

    llm: str
    llm_url: str | None = None
    llm_key: str | None = field(default=None, repr=False)
    llm_context: int | None = None
    llm_bits: int | None = None
    remember_key: bool = False  # keep the key on disk as well, for the next start


@dataclass(frozen=True, slots=True)
class WorkspaceStatus:
    """Whether questions can be answered yet."""

    ready: bool  # encoder and chat model are loaded
    encoder: str  # name
    device: str  # the encoder's device; "" until loaded
    model: ModelStatus | None  # None until loaded
    problem: str | None = None  # why it will not become ready, and what to do; or a mismatch of index and settings
    reembedding_helps: bool = False  # the problem is an index made by another encoder than the settings name
