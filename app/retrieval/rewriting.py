"""Search for more than the question: ask the language model for other wordings of it, or for what might answer it."""

from __future__ import annotations

from langchain_core.prompts import ChatPromptTemplate

from app.models import LoadedModel, Notice, short_reply
from app.types import AskOptions, ModelKind, Rewriting

_MOST_QUERIES = 3
_MOST_TOKENS = 200  # of the reply
_MOST_CHARACTERS = 1_000  # of a query: a model that goes on and on has not followed the prompt

NEEDS_A_LANGUAGE_MODEL = Notice(
    "Rewriting questions needs a language model; the built-in reader searched for the question as it is.",
    "改写问题需要语言模型；内置阅读器按原问题进行了检索。",
)


def further_queries(question: str, prompt: ChatPromptTemplate, model: LoadedModel, options: AskOptions) -> list[str]:
    """What to search for beside the question, by `options.search.rewriting`; nothing where no model can be asked.

    `prompt` takes `question`. Of several lines each is a query, but for HYDE, whose lines are one passage.
    """
    way = options.search.rewriting
    if way is Rewriting.NONE or model.status.kind is ModelKind.BUILT_IN:
        return []
    reply = short_reply(model, prompt.invoke({"question": question}), options, max_tokens=_MOST_TOKENS)
    lines = [line for line in (" ".join(line.split()) for line in reply.splitlines()) if line]
    found = [" ".join(lines)] if way is Rewriting.HYDE else lines[:_MOST_QUERIES]
    return [query for query in found if query and query != question and len(query) <= _MOST_CHARACTERS]
