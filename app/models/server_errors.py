"""Say in one line what an OpenAI-compatible server refused, and what to do next. Knows the wordings of the common ones.

vLLM, SGLang, llama.cpp, Ollama, LM Studio, TGI, DeepSeek and OpenAI each word an overflow and an unknown model in their
own way and with their own status; the patterns below are what they have in common.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import openai

from ingest.errors import ContextOverflow, ModelError, ModelUnavailable

ListModels = Callable[[], Sequence[str]]

_OVERFLOW = re.compile(
    r"context[ _-]?(length|size|window)|max(imum)? (model length|context)|longer than the (maximum )?model|"
    r"context the overflows|prompt (is )?too long|input length|max_new_tokens. must be|requested tokens",
    re.IGNORECASE,
)
_UNKNOWN_MODEL = re.compile(
    r"model\b.*\b(not found|not exist|no such|not available|unknown|invalid|not loaded)|"
    r"(unknown|no such|invalid|not found).*\bmodel\b|model_not_found",
    re.IGNORECASE | re.DOTALL,
)
_LOADING = re.compile(r"loading model|model is (still )?loading", re.IGNORECASE)
_LONGEST_QUOTE = 300  # characters of a server's message


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is asked."""

    url: str  # base URL, usually ending in /v1
    model: str


@contextmanager
def explained(endpoint: Endpoint, list_models: ListModels) -> Iterator[None]:
    """Raises what the openai client raises inside as a ModelError with a message for the user."""
    try:
        yield
    except openai.APIError as error:
        raise explain(error, endpoint, list_models) from error


def explain(error: openai.APIError, endpoint: Endpoint, list_models: ListModels) -> ModelError:
    """The error to show for `error`; `list_models` is asked only where the model is unknown."""
    url = endpoint.url
    if isinstance(error, openai.APITimeoutError):
        return ModelUnavailable(
            f"The server at {url} did not answer in time. It may be busy or still loading the model: ask again, or "
            "choose a smaller model."
        )
    if isinstance(error, openai.APIConnectionError):
        return ModelUnavailable(_connection(error, url))
    message = server_message(error)
    status = error.status_code if isinstance(error, openai.APIStatusError) else None
    if status in (401, 403):
        return ModelUnavailable(
            f"The server at {url} refused the key ({status}: {message}). Set DOCENT_LLM_KEY to a valid key."
        )
    if status == 429:
        return ModelUnavailable(
            f"The server at {url} takes no more requests for now (429: {message}). Wait a moment and ask again, or "
            "check your quota with the provider."
        )
    worded = f"{message} {error.code} {error.type}"
    if _OVERFLOW.search(worded):
        return ContextOverflow(
            f"The prompt does not fit the context of {endpoint.model} on {url}: {message}. Set DOCENT_LLM_CONTEXT to "
            "the server's real context length, show fewer passages, or start the server with a longer context."
        )
    if _UNKNOWN_MODEL.search(worded):
        return ModelUnavailable(_unknown_model(endpoint, message, list_models))
    if status in (404, 405):
        return ModelUnavailable(
            f"There is no chat/completions under {url} ({status}: {message}). Check DOCENT_LLM_URL: it "
            "usually ends in /v1."
        )
    if _LOADING.search(message):
        return ModelUnavailable(f"The server at {url} is still loading the model. Ask again in a moment.")
    answered = f"answered {status}" if status else "broke off"
    return ModelUnavailable(f"The server at {url} {answered}: {message}. Look into the server's log, or ask again.")


def _connection(error: openai.APIConnectionError, url: str) -> str:
    # httpx and httpx2 both serve the openai client, so the transport's error is told by its name; LangChain's and
    # openai's own wrap it.
    causes = list(_causes(error))
    names = {type(cause).__name__ for cause in causes}
    if names & {"RemoteProtocolError", "ReadError", "CloseError"}:
        return (
            f"The server at {url} closed the connection in the middle of the answer. Look into its log, or ask again."
        )
    if names & {"UnsupportedProtocol", "InvalidURL", "LocalProtocolError"}:
        return f"{url} is not a web address. Set DOCENT_LLM_URL to one like http://127.0.0.1:11434/v1."
    reason = one_line(str(causes[-1]))
    return f"No server can be reached at {url} ({reason}). Is it running? Start it, or correct DOCENT_LLM_URL."


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _unknown_model(endpoint: Endpoint, message: str, list_models: ListModels) -> str:
    models = list_models()
    offer = f"It has: {', '.join(models[:20])}." if models else "It lists no models."
    return (
        f"The server at {endpoint.url} does not have the model {endpoint.model!r} ({message}). {offer} "
        "Set DOCENT_LLM to one that it has, or load the model there."
    )


def server_message(error: openai.APIError) -> str:
    """What the server itself said, in one line."""
    body: object = error.body
    for key in ("error", "message", "detail"):
        if isinstance(body, dict) and body.get(key):
            body = body[key]
    return one_line(body if isinstance(body, str) and body.strip() else error.message)


def one_line(text: str) -> str:
    """`text` on one line, cut where it becomes too long to show, without its full stop."""
    line = " ".join(text.split()).rstrip(".。")
    return line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 1] + "…"
