"""Ask a collection its questions: what was found, what was answered, what was cited. Knows the assistant's answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.assistant import Assistant
from app.evaluate.collection import Collection
from app.evaluate.dataset import Question, Span
from app.evaluate.judge import Judge, Marks
from app.evaluate.spans import Coverage, coverage
from app.evaluate.wording import contains
from app.types import Answer, AskOptions
from ingest.commands import say
from ingest.errors import DocentError

DEPTH = 100  # passages looked at when ranking; the answer is made of the first few


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, asked."""

    question: Question
    is_foreign: bool  # belongs to another set, so that nothing here answers it
    found: tuple[Span, ...]  # places of up to DEPTH passages, best first
    coverage: Coverage | None  # of the evidence; None where there is none
    answer: Answer  # its documents named as in the set
    passages_answer: bool  # one of the shown passages holds the answer
    cited_verbatim: int  # citations that stand in their document, letter for letter
    cited_right: int  # citations whose passage holds the answer
    marks: Marks | None = None  # a judge's; None where there is none, or none that could be read

    @property
    def is_answerable(self) -> bool:
        return self.question.answerable and not self.is_foreign

    @property
    def said(self) -> str:
        """The words of the answer, without markers; empty where it was refused."""
        return "" if self.answer.refused else "".join(s.separator + s.text for s in self.answer.sentences)

    @property
    def marked(self) -> str:
        """The exact answer where the reader marks one, or else all that was said."""
        return "" if self.answer.refused else self.answer.exact or self.said


def ask_all(
    collection: Collection,
    assistant: Assistant,
    options: AskOptions,
    own: Sequence[Question],
    foreign: Sequence[Question] = (),
    judge: Judge | None = None,
) -> list[Asked]:
    """Every question, the set's own first. Raises DocentError, naming the question that could not be asked."""
    questions = [(question, False) for question in own] + [(question, True) for question in foreign]
    collection.engine.retriever.find(questions[0][0].text, top_k=1)  # loads what the others shall not wait for
    return list(_asked(collection, assistant, options, questions, judge))


def _asked(
    collection: Collection,
    assistant: Assistant,
    options: AskOptions,
    questions: Sequence[tuple[Question, bool]],
    judge: Judge | None,
) -> Iterator[Asked]:
    for done, (question, is_foreign) in enumerate(questions, start=1):
        try:
            answer = assistant.ask(question.text, (), options)
            queries = answer.trace.queries if answer.trace else ()
            passages = collection.engine.retriever.find(question.text, top_k=DEPTH, queries=queries)
            marks = judge.marks(question.text, answer) if judge else None
        except DocentError as error:
            raise type(error)(f"Question {question.id!r} of {collection.dataset.name}: {error}") from error
        found = [collection.place(passage.document, passage.start, passage.end) for passage in passages]
        yield _looked_at(collection, question, is_foreign, found, answer, marks)
        if done % max(len(questions) // 10, 1) == 0:
            say(f"{collection.dataset.name}: {done} of {len(questions)} questions")


def _looked_at(
    collection: Collection,
    question: Question,
    is_foreign: bool,
    found: Sequence[Span],
    answer: Answer,
    marks: Marks | None,
) -> Asked:
    is_answerable = question.answerable and not is_foreign
    shown = [collection.place(passage.document, passage.start, passage.end) for passage in answer.passages]
    right = [is_answerable and holds_answer(question, span, collection.text(span)) for span in shown]
    quoted = [collection.place(citation.document, citation.start, citation.end) for citation in answer.citations]
    named = replace(
        answer,
        passages=tuple(replace(p, document=span.document) for p, span in zip(answer.passages, shown, strict=True)),
        citations=tuple(replace(c, document=span.document) for c, span in zip(answer.citations, quoted, strict=True)),
    )
    return Asked(
        question=question,
        is_foreign=is_foreign,
        found=tuple(found),
        coverage=coverage(question.evidence, found, collection.text) if is_answerable and question.evidence else None,
        answer=named,
        passages_answer=any(right),
        cited_verbatim=sum(
            collection.text(place) == citation.quote for place, citation in zip(quoted, answer.citations, strict=True)
        ),
        cited_right=sum(
            any(is_right and span.holds(place) for span, is_right in zip(shown, right, strict=True)) for place in quoted
        ),
        marks=marks,
    )


def holds_answer(question: Question, passage: Span, text: str) -> bool:
    """Whether a passage answers: by the places of the answer; or else of the evidence; or else by its words.

    Of a question that has none of these only its documents are known.
    """
    if question.answers:
        return any(passage.holds(answer) for answer in question.answers)
    if question.evidence:
        return question.is_answered_by(passage)
    if passage.document not in question.documents:
        return False
    return not question.wordings or bool(contains(text, question.wordings))
