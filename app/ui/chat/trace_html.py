"""Why this answer: the panel that opens an answer up to its question, candidates, prompt, tokens and times. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from app.types import Answer, Candidate, Fate, Language, Passage, PromptMessage, Scores, Trace
from app.ui.chat.conversation import place_of
from app.ui.markup import Markup, element, join
from app.ui.texts import Texts, load_texts
from app.ui.viewer.places import place_words

MOST_ROWS = 20  # candidates shown: those below say nothing that these do not
_COLUMNS = ("keyword", "vector", "reader")  # of Scores, in the order of the table


def why_html(answer: Answer, index: int, texts: Texts) -> Markup:
    """The panel under answer number `index`, closed; nothing for an answer whose trace was not kept."""
    return _drawn(_Same(answer), index, texts.language)


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """An answer that equals itself alone: to compare all it holds would take as long as to draw it."""

    answer: Answer

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.answer is self.answer

    def __hash__(self) -> int:
        return id(self.answer)


@lru_cache(maxsize=256)  # with each question all answers before it are drawn again
def _drawn(same: _Same, index: int, language: Language) -> Markup:
    answer, texts = same.answer, load_texts(language)
    trace = answer.trace
    if trace is None:
        return Markup()
    body = join(_facts(answer, trace, texts), _candidates(answer, trace, index, texts), _prompt(trace, texts))
    return element("details", element("summary", texts("why.title")), element("div", body), class_="why")


def percent_words(value: float) -> str:
    """A probability in per cent, without the sign: below one it is not rounded to none."""
    return "<1" if 0 < value < 0.01 else f"{100 * value:.0f}"


def _facts(answer: Answer, trace: Trace, texts: Texts) -> Markup:
    model = texts("status.model_built_in") if answer.quoted else trace.model
    facts = [("why.question", join(answer.standalone_question))]
    if trace.queries:
        facts.append(("why.queries", join(*(element("p", query) for query in trace.queries))))
    if trace.wordings:
        facts.append(("why.wordings", _wordings(trace, texts)))
    facts.append(("why.model", join(model)))
    if trace.prompt_tokens is not None:
        facts.append(("why.tokens", join(_tokens(trace, texts))))
    if answer.seconds:
        facts.append(("why.times", _times(answer, texts)))
    rows = (join(element("dt", texts(key)), element("dd", value)) for key, value in facts)
    return element("dl", *rows, class_="facts")


def _wordings(trace: Trace, texts: Texts) -> Markup:
    """What else the follow-up question was searched as, and how well each wording found its passage."""
    lines = (
        texts("why.wording", question=wording.question, percent=percent_words(wording.score))
        for wording in trace.wordings[1:]
    )
    return element("ul", *(element("li", line) for line in lines), class_="wordings")


def _tokens(trace: Trace, texts: Texts) -> str:
    values = {"prompt": f"{trace.prompt_tokens:,}", "answer": f"{trace.answer_tokens:,}"}
    if trace.context_tokens is None:
        return texts("why.token_counts", **values)
    return texts("why.token_counts_of", context=f"{trace.context_tokens:,}", **values)


def _times(answer: Answer, texts: Texts) -> Markup:
    """Milliseconds of each stage, and a bar in their proportions."""
    named = [(texts(f"why.stage.{stage}"), seconds) for stage, seconds in answer.seconds.items()]
    words = " · ".join(f"{name} {_milliseconds(seconds)}" for name, seconds in named)
    parts = (
        element("span", style=f"flex-grow:{max(seconds, 1e-4):.4f}", title=f"{name} {_milliseconds(seconds)}")
        for name, seconds in named
    )
    return join(words, element("span", *parts, class_="times", aria_hidden="true"))


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds >= 0.001 or not seconds else "<1 ms"


def _candidates(answer: Answer, trace: Trace, index: int, texts: Texts) -> Markup:
    title = element("h4", texts("why.candidates"))
    if not trace.candidates:
        return join(title, element("p", texts("why.no_candidates"), class_="aside"))
    columns = [c for c in _COLUMNS if any(_score(one.scores, c) is not None for one in trace.candidates)]
    heads = ("rank", "passage", *columns, "score", "fate")
    head = (element("th", texts(f"why.{name}"), scope="col", title=_hint(name, texts)) for name in heads)
    rows = (_row(answer, one, rank, index, columns, texts) for rank, one in enumerate(trace.candidates[:MOST_ROWS]))
    table = element("table", element("thead", element("tr", *head)), element("tbody", *rows))
    more = len(trace.candidates) - MOST_ROWS
    left = element("p", texts("why.more", count=more), class_="aside") if more > 0 else Markup()
    return join(title, element("div", table, class_="table", tabindex="0"), left)


def _hint(column: str, texts: Texts) -> str | None:
    return texts(f"why.{column}_hint") if column in (*_COLUMNS, "score") else None


def _score(scores: Scores, column: str) -> float | None:
    value: float | None = getattr(scores, column)
    return value


def _row(answer: Answer, candidate: Candidate, rank: int, index: int, columns: list[str], texts: Texts) -> Markup:
    passage = candidate.passage
    values = (_score(candidate.scores, column) for column in columns)
    opener = element(
        "button",
        element("span", passage.document, class_="document-name"),
        element("span", place_words(place_of(passage), texts), class_="place"),
        type="button",
        class_="candidate",
        title=texts("answer.open", document=passage.document),
        data_event="passage",
        data_exchange=index,
        data_kind="candidate",
        data_number=rank,
    )
    cells = (element("td", "–" if value is None else f"{value:.2f}", class_="number") for value in values)
    score = element("td", f"{percent_words(passage.score)}%", class_="number")
    fate = element("td", _fate(answer, candidate, texts))
    kept = "kept" if candidate.fate is Fate.KEPT else "dropped"
    return element(
        "tr", element("td", str(rank + 1), class_="number"), element("td", opener), *cells, score, fate, class_=kept
    )


def _fate(answer: Answer, candidate: Candidate, texts: Texts) -> str:
    trace = answer.trace
    if trace is None:
        return ""
    numbers = "".join(f"[{number}]" for number in _citing(answer, candidate.passage))
    if candidate.fate is Fate.KEPT and numbers:
        return texts("why.cited", numbers=numbers)
    limits = {"count": trace.top_k, "percent": percent_words(trace.threshold)}
    return texts(f"why.fate.{candidate.fate.value}", **limits)


def _citing(answer: Answer, passage: Passage) -> Iterator[int]:
    """The numbers of the citations that stand in a passage."""
    for citation in answer.citations:
        if citation.document == passage.document and passage.start <= citation.start < passage.end:
            yield citation.number


def _prompt(trace: Trace, texts: Texts) -> Markup:
    title = element("h4", texts("why.prompt"))
    if not trace.messages:
        return join(title, element("p", texts("why.no_prompt"), class_="aside"))
    return join(title, *(_message(message, texts) for message in trace.messages))


def _message(message: PromptMessage, texts: Texts) -> Markup:
    summary = element("summary", texts("why.message", role=message.role, count=f"{len(message.text):,}"))
    return element("details", summary, element("pre", message.text, tabindex="0"), class_="message")
