"""Read prompts/*.md and render what goes into them. Knows the wording's variables; knows no model and no tokens.

A prompt file is a list of messages. A line `## system`, `## human` or `## ai` starts one; `## history` marks where the
earlier turns of the conversation go. `{name}` is a variable; a literal brace is doubled. A file `refusal.<language>.md`
holds nothing but the sentence with which Docent says that the documents do not answer, and a file
`style.<style>.<language>.md` the rule that tells the model how to write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from importlib.resources.abc import Traversable

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder

from app.types import AnswerStyle, Language, Passage, Rewriting, Turn
from ingest.errors import SettingsError
from ingest.types import DerivedKind

_HISTORY = "history"
_VARIABLES: Mapping[str, frozenset[str]] = {
    "answer": frozenset({"refusal", "style", "sources", "question", _HISTORY}),
    "condense": frozenset({"conversation", "question"}),
    **{way.value: frozenset({"question"}) for way in Rewriting if way is not Rewriting.NONE},
    **{kind.value: frozenset({"passage"}) for kind in DerivedKind},
    "judge": frozenset({"sources", "question", "answer"}),
    "judge_pair": frozenset({"sources", "question", "first", "second"}),
}
_SECTION = re.compile(r"^## (system|human|ai|history)[ \t]*$", re.MULTILINE)
_SOURCE_TAG = re.compile(r"<(\s*/?\s*source)\b", re.IGNORECASE)
_QUESTION_AND_ANSWER = {Language.CHINESE: ("问题：", "回答："), Language.ENGLISH: ("Question: ", "Answer: ")}


@dataclass(frozen=True, slots=True)
class Prompts:
    """Every prompt in every language.

    `answer` takes `sources` (of `render_sources`), `question` and `history` (of `history_messages`);
    `condense` takes `conversation` (of `render_conversation`) and `question`. `judge` and `judge_pair`, which only
    `docent eval` uses, take `sources`, `question` and what is judged.
    """

    answer: Mapping[Language, ChatPromptTemplate]
    condense: Mapping[Language, ChatPromptTemplate]
    refusal: Mapping[Language, str]  # one sentence, the same that the answer prompt asks for
    judge: Mapping[Language, ChatPromptTemplate]
    judge_pair: Mapping[Language, ChatPromptTemplate]
    rewriting: Mapping[tuple[Rewriting, Language], ChatPromptTemplate]  # takes `question`; none for Rewriting.NONE
    describing: Mapping[tuple[DerivedKind, Language], ChatPromptTemplate]  # takes `passage`
    styles: Mapping[tuple[AnswerStyle, Language], str]  # of the styles that have a file

    def styled(self, style: AnswerStyle, instructions: str = "") -> Prompts:
        """The same prompts, asking to write in this style, or as `instructions` say where the style is custom."""
        own = instructions.strip() if style is AnswerStyle.CUSTOM else ""
        file = AnswerStyle.CONCISE if style is AnswerStyle.CUSTOM else style  # custom, and nothing said
        return replace(
            self,
            answer={
                language: template.partial(style=own or self.styles[file, language])
                for language, template in self.answer.items()
            },
        )


def load_prompts(folder: Traversable | None = None, own: Mapping[str, str] | None = None) -> Prompts:
    """The prompts in `folder`, by default the ones shipped; `own` holds texts to be used instead, by file name.

    Raises SettingsError that names the file and the variable when a file is missing or empty, or its variables are
    not exactly the expected ones.
    """
    folder = files("prompts") if folder is None else folder

    def read(name: str) -> str:
        return _read(folder, name, own or {})

    refusal = {language: read(f"refusal.{language}.md") for language in Language}
    styles = {
        (style, language): read(f"style.{style}.{language}.md")
        for style in (AnswerStyle.CONCISE, AnswerStyle.DETAILED)
        for language in Language
    }
    answer = {language: _template("answer", language, read).partial(refusal=refusal[language]) for language in Language}
    condense, judge, judge_pair = (
        {language: _template(prompt, language, read) for language in Language}
        for prompt in ("condense", "judge", "judge_pair")
    )
    rewriting: dict[tuple[Rewriting, Language], ChatPromptTemplate] = {
        (way, language): _template(way.value, language, read)
        for way in Rewriting
        if way is not Rewriting.NONE
        for language in Language
    }
    describing = {(kind, language): _template(kind, language, read) for kind in DerivedKind for language in Language}
    prompts = Prompts(answer, condense, refusal, judge, judge_pair, rewriting, describing, styles)
    return prompts.styled(AnswerStyle.CONCISE)


def prompt_text(name: str) -> str:
    """The shipped prompt file of this name, as it stands."""
    return _read(files("prompts"), name, {})


def _read(folder: Traversable, name: str, own: Mapping[str, str]) -> str:
    try:
        text = (own[name] if name in own else (folder / name).read_text(encoding="utf-8")).strip()
    except OSError as error:
        raise SettingsError(f"The prompt file {name} cannot be read from {folder}: {error}. Put it back.") from error
    if not text:
        raise SettingsError(f"The prompt file {name} in {folder} is empty. Write the prompt or put the file back.")
    return text


def _template(prompt: str, language: Language, read: Callable[[str], str]) -> ChatPromptTemplate:
    name = f"{prompt}.{language}.md"
    try:
        template = ChatPromptTemplate.from_messages(_messages(read(name), name))
    except ValueError as error:
        raise SettingsError(
            f"The prompt file {name} has a malformed variable: {error}. Write a variable as {{name}} and double "
            "every brace that is meant as such."
        ) from error
    found = frozenset(template.input_variables)
    if missing := _VARIABLES[prompt] - found:
        raise SettingsError(f"The prompt file {name} lacks {_named(missing)}. Add it where its text should stand.")
    if unknown := found - _VARIABLES[prompt]:
        raise SettingsError(
            f"The prompt file {name} uses {_named(unknown)}, which nothing fills in. It may use "
            f"{_named(_VARIABLES[prompt])}; double every brace that is meant as such."
        )
    return template


def _named(variables: frozenset[str]) -> str:
    return ", ".join("the section ## history" if v == _HISTORY else f"{{{v}}}" for v in sorted(variables))


def _messages(text: str, name: str) -> list[tuple[str, str] | MessagesPlaceholder]:
    before, *parts = _SECTION.split(text)
    if before.strip() or not parts:
        raise SettingsError(f"The prompt file {name} must begin with a line such as '## system'; it begins otherwise.")
    messages: list[tuple[str, str] | MessagesPlaceholder] = []
    for role, body in zip(parts[::2], parts[1::2], strict=True):
        if role == _HISTORY:
            messages.append(MessagesPlaceholder(_HISTORY))
        elif body.strip():
            messages.append((role, body.strip()))
        else:
            raise SettingsError(f"The section '## {role}' in the prompt file {name} is empty. Fill it or remove it.")
    return messages


def render_source(number: int, passage: Passage) -> str:
    """One passage as the model reads it, delimited so that its text cannot pass for anything but a source."""
    attributes = {"id": str(number), "document": passage.document}
    if passage.page is not None:
        attributes["page"] = str(passage.page)
    if passage.heading:
        attributes["heading"] = passage.heading
    head = " ".join(f'{name}="{_attribute(value)}"' for name, value in attributes.items())
    text = _SOURCE_TAG.sub(r"‹\1", passage.text)
    return f"<source {head}>\n{text}\n</source>"


def _attribute(value: str) -> str:
    return " ".join(value.split()).replace('"', "'").replace("<", "‹").replace(">", "›")


def render_sources(passages: Sequence[Passage]) -> str:
    """The passages numbered from 1 in the order given."""
    return "\n".join(render_source(number, passage) for number, passage in enumerate(passages, start=1))


def history_messages(turns: Sequence[Turn]) -> list[BaseMessage]:
    """Earlier turns, oldest first, as the messages they were."""
    return [m for turn in turns for m in (HumanMessage(turn.question), AIMessage(turn.answer))]


def render_conversation(turns: Sequence[Turn], language: Language) -> str:
    """Earlier turns, oldest first, as the text that the condense prompt shows."""
    question, answer = _QUESTION_AND_ANSWER[language]
    return "\n".join(f"{question}{turn.question}\n{answer}{turn.answer}" for turn in turns)
