"""What the application can be told beyond ingest. Knows values and their limits; reads no environment and no file."""

from __future__ import annotations

from pydantic import Field, SecretStr

from app.types import THRESHOLD, AnswerStyle, Rewriting, SearchOptions
from ingest.settings import BUILT_IN, IngestSettings, Settings


class AnswerSettings(Settings):
    """How questions are answered: what can also be chosen in the page and kept for the next start.

    Which model answers: with `llm_url` an OpenAI-compatible server, asked for the model named `llm`; else the
    built-in reader when `llm` is "built-in"; else the transformers model in folder `llm` or of that hub name.
    """

    llm: str = Field(BUILT_IN, min_length=1)
    llm_url: str | None = None  # base URL of an OpenAI-compatible server, usually ending in /v1
    llm_key: SecretStr | None = None
    llm_context: int | None = Field(None, ge=512)  # tokens; None asks the model
    llm_bits: int | None = Field(None, description="4 or 8: quantise with bitsandbytes (CUDA only)")
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    sampling_top_k: int | None = Field(None, ge=1)
    max_tokens: int = Field(512, ge=1)
    top_k: int = Field(6, ge=1, le=50)  # passages shown to the model
    # Answer when at least this sure. A wrong refusal costs the answer, a doubtful quotation a glance at its confidence,
    # which is shown; and questions in words of one's own score low with today's encoder, though they are answered.
    threshold: float = Field(THRESHOLD, ge=0, le=1)
    rewriting: Rewriting = Rewriting.NONE  # the next four: see app.types.SearchOptions
    diversity: float = Field(0.0, ge=0, le=1)
    merge_neighbours: bool = False
    whole_sections: bool = False
    style: AnswerStyle = AnswerStyle.CONCISE
    instructions: str = Field("", max_length=4000)  # how to answer, with style "custom"; in the user's own words

    @property
    def search(self) -> SearchOptions:
        """How passages are chosen and cut."""
        return SearchOptions(self.rewriting, self.diversity, self.merge_neighbours, self.whole_sections)


class AppSettings(AnswerSettings, IngestSettings):
    """Everything Docent can be started with. Each field is the environment variable DOCENT_<FIELD NAME>."""

    host: str = "127.0.0.1"
    port: int = Field(7860, ge=0, le=65535)
    share_conversations: bool = False  # show every browser the conversations of all; else each sees its own
