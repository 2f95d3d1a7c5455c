"""Claims about what is kept of conversations, for whom, and what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.conversations import Conversations
from app.conversations.kept import Asked, Correction, Evidence, Feedback, Verdict, is_gone
from app.types import Answer, Candidate, Citation, Fate, Passage, Scores, Sentence, Trace
from ingest.errors import DocentError, UnknownDocument

ME, OTHER = "me", "another browser"
RETURNS = "Returns are taken within 30 days."
BADGES = "Staff wear badges."
TEXTS = {"handbook.md": f"# Handbook\n\n{RETURNS}\n", "员工手册.docx": f"员工手册\n{BADGES}"}


def stored(texts: dict[str, str]) -> Callable[[str], str]:
    def text(name: str) -> str:
        if name not in texts:
            raise UnknownDocument(f"There is no document named {name!r}.")
        return texts[name]

    return text


def cited(number: int, document: str, quote: str) -> Citation:
    start = TEXTS[document].index(quote)
    return Citation(number, document, 3, "Orders > Returns", start, start + len(quote), quote)


def answer(question: str = "Returns?", *, quoted: bool = True) -> Answer:
    """Quotes both documents."""
    citations = (cited(1, "handbook.md", RETURNS), cited(2, "员工手册.docx", BADGES))
    passages = tuple(Passage(c.document, c.page, c.heading, c.start, c.end, c.quote, 0.9) for c in citations)
    sentences = tuple(Sentence(c.quote, (c.number,), separator=" " if c.number > 1 else "") for c in citations)
    return Answer(question, question, sentences, citations, passages, 0.9, False, quoted, {"retrieve": 0.1})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.sqlite3"


@pytest.fixture
def conversations(path: Path) -> Iterator[Conversations]:
    kept = Conversations(path)
    yield kept
    kept.close()


def ask(
    conversations: Conversations,
    question: str,
    *,
    owner: str = ME,
    after: str | None = None,
    said: Answer | None = None,
) -> tuple[str, int]:
    conversation, exchange = conversations.begin(owner, after, Asked(question, "default", "built-in", ("handbook.md",)))
    conversations.finish(exchange, answer=said or answer(question))
    return conversation, exchange


def bytes_on_disk(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))


def test_answer_comes_back_as_it_was(conversations: Conversations, path: Path) -> None:
    conversation, exchange = ask(conversations, "Returns?")
    conversations.close()
    (kept,) = Conversations(path).exchanges(ME, conversation)
    assert (kept.id, kept.asked.scope, kept.asked.model) == (exchange, ("handbook.md",), "built-in")
    assert kept.answer == answer("Returns?")


def test_question_is_kept_before_it_is_answered(conversations: Conversations) -> None:
    conversation, _ = conversations.begin(ME, None, Asked("Is  there\nparking?", "default", "built-in"))
    assert [record.title for record in conversations.listed(ME)] == ["Is there parking?"]
    (kept,) = conversations.exchanges(ME, conversation)
    assert (kept.answer, kept.problem) == (None, None)


def test_newest_conversation_stands_first_and_the_title_is_the_first_question(conversations: Conversations) -> None:
    first, _ = ask(conversations, "Returns?")
    ask(conversations, "Badges?")
    ask(conversations, "And then?", after=first)
    assert [record.title for record in conversations.listed(ME)] == ["Returns?", "Badges?"]
    assert len(conversations.exchanges(ME, first)) == 2


@pytest.mark.parametrize("query", ["年假", "能休几", "BOOKSHOP 年假", "30 days", "100%"])
def test_search_finds_titles_questions_and_answers_in_both_languages(conversations: Conversations, query: str) -> None:
    first, _ = ask(conversations, "Bookshop")
    ask(conversations, "在书店干满一年，能休几天年假？ 100% sure", after=first)
    conversations.begin(ME, None, Asked("1000 parking places_", "default", "built-in"))
    assert [record.id for record in conversations.listed(ME, query)] == [first]


def test_what_is_not_there_is_not_found(conversations: Conversations) -> None:
    ask(conversations, "Returns?")
    assert conversations.listed(ME, "_eturns nothing") == []
    assert conversations.listed(ME, "%") == []


def test_another_browser_sees_nothing_and_changes_nothing(conversations: Conversations) -> None:
    conversation, exchange = ask(conversations, "Returns?")
    assert conversations.listed(OTHER) == []
    with pytest.raises(DocentError, match="not here any more"):
        conversations.exchanges(OTHER, conversation)
    with pytest.raises(DocentError, match="not here any more"):
        conversations.rate(OTHER, exchange, Feedback(Verdict.BAD))
    conversations.rename(OTHER, conversation, "Mine")
    conversations.delete(OTHER, conversation)
    assert ask(conversations, "Mine?", owner=OTHER, after=conversation)[0] != conversation
    (record,) = conversations.listed(ME)
    assert record.title == "Returns?"
    assert len(conversations.exchanges(ME, conversation)) == 1
    assert conversations.rated(OTHER) == []


def test_shared_conversations_are_everybodys(path: Path) -> None:
    conversations = Conversations(path, shared=True)
    conversation, _ = ask(conversations, "Returns?")
    assert [record.id for record in conversations.listed(OTHER)] == [conversation]
    assert ask(conversations, "And then?", owner=OTHER, after=conversation)[0] == conversation
    conversations.close()


def test_replaced_exchange_is_gone_once_its_successor_is_answered(conversations: Conversations) -> None:
    conversation, old = ask(conversations, "Returns?")
    _, new = conversations.begin(ME, conversation, Asked("Badges?", "default", "built-in"))
    assert [kept.id for kept in conversations.exchanges(ME, conversation)] == [old, new]
    conversations.finish(new, answer=answer("Badges?"), instead_of=old)
    assert [kept.id for kept in conversations.exchanges(ME, conversation)] == [new]


def test_deleted_conversation_leaves_no_byte_on_disk(conversations: Conversations, path: Path) -> None:
    conversation, _ = ask(conversations, "Zebra?")
    assert b"Zebra" in bytes_on_disk(path)
    assert RETURNS.encode() in bytes_on_disk(path)
    conversations.delete(ME, conversation)
    assert conversations.listed(ME) == []
    assert b"Zebra" not in bytes_on_disk(path)
    assert RETURNS.encode() not in bytes_on_disk(path)


def test_conversation_deleted_while_it_is_answered_stays_deleted(conversations: Conversations, path: Path) -> None:
    conversation, exchange = conversations.begin(ME, None, Asked("Returns?", "default", "built-in"))
    conversations.delete(ME, conversation)
    conversations.finish(exchange, answer=answer())
    assert conversations.listed(ME) == []
    assert RETURNS.encode() not in bytes_on_disk(path)


def test_verdict_is_kept_listed_and_taken_back(conversations: Conversations) -> None:
    conversation, exchange = ask(conversations, "Returns?")
    feedback = Feedback(Verdict.BAD, ("incomplete",), "No word of badges.", Correction(absent=True))
    conversations.rate(ME, exchange, feedback)
    (rated,) = conversations.rated(ME, Verdict.BAD)
    assert (rated.conversation, rated.exchange.feedback) == (conversation, feedback)
    assert conversations.rated(ME, Verdict.GOOD) == []
    conversations.rate(ME, exchange, None)
    assert conversations.rated(ME) == []


# --- documents that go ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("now", [{}, {"handbook.md": f"A new version. {RETURNS}"}], ids=["removed", "replaced"])
def test_no_text_of_a_document_that_is_gone_is_kept(
    conversations: Conversations, path: Path, now: dict[str, str]
) -> None:
    conversation, exchange = ask(conversations, "May I?")
    right = Evidence("handbook.md", 12, 12 + len(RETURNS), RETURNS)
    conversations.rate(ME, exchange, Feedback(Verdict.BAD, correction=Correction(evidence=right)))
    conversations.forget_gone("default", stored({**now, "员工手册.docx": TEXTS["员工手册.docx"]}))
    (kept,) = conversations.exchanges(ME, conversation)
    assert kept.answer is not None
    first, second = kept.answer.citations
    assert (first.document, first.page, is_gone(first)) == ("handbook.md", 3, True)
    assert (second.quote, is_gone(second)) == (BADGES, False)
    assert [sentence.text for sentence in kept.answer.sentences] == ["", BADGES]
    assert kept.feedback == Feedback(Verdict.BAD)
    assert RETURNS.encode() not in bytes_on_disk(path)
    assert b"Orders > Returns" in bytes_on_disk(path), "the other document's heading is its own"
    assert conversations.listed(ME, "30 days") == []


def test_documents_that_change_places_are_each_followed_with_all_that_is_kept_of_them(
    conversations: Conversations,
) -> None:
    conversation, exchange = ask(conversations, "May I?")
    right = Evidence("handbook.md", 12, 12 + len(RETURNS), RETURNS)
    conversations.rate(ME, exchange, Feedback(Verdict.BAD, correction=Correction(evidence=right)))
    names = {"handbook.md": "员工手册.docx", "员工手册.docx": "handbook.md"}
    conversations.rename_documents("another collection", names)
    assert conversations.exchanges(ME, conversation)[0].answer == answer("May I?")
    conversations.rename_documents("default", names)
    (kept,) = conversations.exchanges(ME, conversation)
    assert kept.answer is not None
    assert [(c.document, c.quote) for c in kept.answer.citations] == [
        ("员工手册.docx", RETURNS),
        ("handbook.md", BADGES),
    ]
    assert kept.asked.scope == ("员工手册.docx",)
    assert kept.feedback == Feedback(
        Verdict.BAD, correction=Correction(evidence=replace(right, document="员工手册.docx"))
    )
    conversations.forget_gone("default", stored({names[name]: text for name, text in TEXTS.items()}))
    assert conversations.exchanges(ME, conversation) == [kept]


def test_text_of_documents_that_are_still_there_stays(conversations: Conversations) -> None:
    conversation, _ = ask(conversations, "May I?")
    conversations.forget_gone("default", stored(TEXTS))
    conversations.forget_gone("another collection", stored({}))
    conversations.forget_gone("default", stored({}), ["unrelated.md"])
    assert conversations.exchanges(ME, conversation)[0].answer == answer("May I?")


def test_composed_sentence_without_a_source_goes_with_what_the_model_read(conversations: Conversations) -> None:
    said = answer(quoted=False)
    composed = Answer(
        said.question,
        "",
        (*said.sentences, Sentence("So 30 days.", ())),
        said.citations,
        said.passages,
        0.9,
        False,
        False,
    )
    conversation, _ = ask(conversations, "May I?", said=composed)
    conversations.forget_gone("default", stored({"员工手册.docx": TEXTS["员工手册.docx"]}))
    (kept,) = conversations.exchanges(ME, conversation)
    assert kept.answer is not None
    assert [sentence.text for sentence in kept.answer.sentences] == ["", BADGES, ""]


def test_question_rewritten_from_an_answer_that_is_gone_goes_too(conversations: Conversations, path: Path) -> None:
    conversation, _ = ask(conversations, "May I?")
    later = Answer("And then?", f"{RETURNS} And then?", (Sentence("No.", ()),), (), (), 0.1, True, True)
    ask(conversations, "And then?", after=conversation, said=later)
    conversations.forget_gone("default", stored({}))
    assert conversations.exchanges(ME, conversation)[1].answer == Answer(
        "And then?", "And then?", (Sentence("No.", ()),), (), (), 0.1, True, True
    )
    assert RETURNS.encode() not in bytes_on_disk(path)


def test_trace_goes_with_a_document_that_was_only_considered(conversations: Conversations, path: Path) -> None:
    start = TEXTS["handbook.md"].index(RETURNS)
    considered = Passage("handbook.md", 3, None, start, start + len(RETURNS), RETURNS, 0.01)
    trace = Trace((Candidate(considered, Scores(), Fate.RANK),), 0.1, 6, "built-in")
    refusal = Answer("Parking?", "Parking?", (Sentence("No.", ()),), (), (), 0.1, True, True, trace=trace)
    conversation, _ = ask(conversations, "Parking?", said=refusal)
    assert conversations.exchanges(ME, conversation)[0].answer == refusal
    conversations.forget_gone("default", stored({}))
    assert conversations.exchanges(ME, conversation)[0].answer == replace(refusal, trace=None)
    assert RETURNS.encode() not in bytes_on_disk(path)


def test_answer_kept_after_its_document_went_is_looked_at_alone(conversations: Conversations, path: Path) -> None:
    _, exchange = ask(conversations, "May I?")
    conversations.forget_gone("default", stored({}), exchange=exchange)
    assert RETURNS.encode() not in bytes_on_disk(path)


def test_nothing_is_written_where_nothing_was_asked(conversations: Conversations, path: Path) -> None:
    conversations.forget_gone("default", stored({}))
    assert not path.exists()


def test_unreadable_file_is_named_with_the_way_out(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(DocentError, match="Move the file away"):
        Conversations(path).listed(ME)
