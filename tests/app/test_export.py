"""Claims about a conversation that is taken along, and about a test set made of verdicts."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from dataclasses import replace

import docx
import pytest

from app.conversations.export import FORMATS, Told, answer_markdown
from app.conversations.kept import Asked, Correction, Evidence, Feedback, KeptExchange, Verdict, without
from app.conversations.restated import restated
from app.conversations.test_cases import FOLDER, question_row, write_evaluation_set
from app.types import Answer, Language, Passage, Sentence
from app.ui.texts import load_texts
from tests.app.test_conversations import BADGES, RETURNS, TEXTS, answer, stored

ENGLISH = load_texts(Language.ENGLISH)
CHINESE = load_texts(Language.CHINESE)
ASKED = Asked("Returns?\n*really*", "default", "built-in")
WHEN = "2026-11-22T20:15:00.000000+00:00"


def kept(**changes: object) -> KeptExchange:
    return replace(KeptExchange(7, ASKED, WHEN, answer("Returns?")), **changes)  # type: ignore[arg-type]


TOLD = Told("Returns # <b>", [kept(), kept(answer=None, problem="The model server does not answer.")])


def test_markdown_shows_question_answer_and_sources_letter_for_letter() -> None:
    written = FORMATS["md"][0](TOLD, ENGLISH).decode()
    assert written.startswith("# Returns # \\<b\\>\n")
    assert "## Returns? \\*really\\*" in written
    assert "2026-11-22 20:15 UTC, answered by built-in" in written
    assert f"{RETURNS}\\[1\\] {BADGES}\\[2\\]" in written
    assert "1. handbook.md · page 3 · Orders \\> Returns" in written
    assert f"   \\> {BADGES}" not in written
    assert f"   > {BADGES}" in written
    assert "The model server does not answer." in written


def test_document_markup_is_only_text_in_markdown() -> None:
    hostile = Answer(
        "q", "q", (Sentence("# not a heading ![x](http://192.0.2.1/x.png) <img>", ()),), (), (), 0.9, False, False
    )
    assert answer_markdown(hostile, ENGLISH) == "\\# not a heading !\\[x\\](http://192.0.2.1/x.png) \\<img\\>"


def test_word_document_holds_the_same() -> None:
    told = replace(TOLD, title="No \x00 control \ufffe characters")
    written = docx.Document(io.BytesIO(FORMATS["docx"][0](told, CHINESE)))
    texts = [paragraph.text for paragraph in written.paragraphs]
    assert f"{RETURNS}[1] {BADGES}[2]" in texts
    assert "[2] 员工手册.docx · 第 3 页 · Orders > Returns" in texts
    assert BADGES in texts
    assert "The model server does not answer." in texts


def test_json_holds_every_field() -> None:
    written = json.loads(FORMATS["json"][0](TOLD, ENGLISH))
    first, second = written["exchanges"]
    assert first["answer"]["text"] == f"{RETURNS}[1] {BADGES}[2]"
    assert first["answer"]["citations"][0]["quote"] == RETURNS
    assert (second["answer"], second["problem"]) == (None, "The model server does not answer.")


def test_what_went_with_a_document_is_said_in_words() -> None:
    left = restated(without(answer(), ["handbook.md"]), ENGLISH)
    assert left.text == f"[What was said here went with handbook.md.][1] {BADGES}[2]"
    assert left.citations[0].quote == "This passage went with its document."
    assert restated(answer(), ENGLISH) == answer()
    nothing = restated(without(answer(), list(TEXTS)), CHINESE)
    assert nothing.text == "［此处内容已随 handbook.md、员工手册.docx 一并移除。］[1][2]"


# --- a test set -------------------------------------------------------------------------------------------------------

RIGHT = Evidence(
    "handbook.md", TEXTS["handbook.md"].index(RETURNS), TEXTS["handbook.md"].index(RETURNS) + len(RETURNS), RETURNS
)


def row(feedback: Feedback | None, **changes: object) -> dict[str, object] | None:
    found = question_row(kept(feedback=feedback, **changes), stored(TEXTS))
    return None if found is None else dict(found)


def test_good_answer_becomes_a_question_with_its_citations_as_evidence() -> None:
    found = row(Feedback(Verdict.GOOD))
    assert found is not None
    assert (found["id"], found["question"], found["answerable"]) == ("feedback-7", "Returns?", True)
    assert found["answers"] == [f"{RETURNS} {BADGES}"]
    assert found["documents"] == ["handbook.md", "员工手册.docx"]


def test_bad_answer_becomes_one_when_the_right_passage_is_named() -> None:
    found = row(Feedback(Verdict.BAD, correction=Correction("30 days", RIGHT)))
    assert found is not None
    assert (found["answers"], found["answerable"]) == (["30 days"], True)
    assert found["evidence"] == [{"document": "handbook.md", "start": RIGHT.start, "end": RIGHT.end, "text": RETURNS}]


def test_bad_answer_becomes_unanswerable_when_the_documents_do_not_say() -> None:
    found = row(Feedback(Verdict.BAD, correction=Correction(absent=True)))
    assert found is not None
    assert (found["answers"], found["answerable"], found["evidence"]) == ([], False, [])


def test_good_refusal_becomes_unanswerable() -> None:
    nearest = (Passage("handbook.md", None, None, 0, 5, "# Han", 0.1),)
    refusal = Answer("Parking?", "Parking?", (Sentence("Not said.", ()),), (), nearest, 0.1, True, True)
    found = row(Feedback(Verdict.GOOD), answer=refusal)
    assert found is not None
    assert (found["answers"], found["answerable"]) == ([], False)


@pytest.mark.parametrize("feedback", [None, Feedback(Verdict.BAD), Feedback(Verdict.BAD, ("wrong",), "No.")])
def test_verdict_that_names_nothing_right_is_no_test_case(feedback: Feedback | None) -> None:
    assert row(feedback) is None


def test_archive_holds_both_files_in_the_format_of_an_evaluation_set() -> None:
    target = io.BytesIO()
    rated = [kept(feedback=Feedback(Verdict.GOOD)), kept(feedback=Feedback(Verdict.BAD))]
    assert write_evaluation_set(rated, list(TEXTS), stored(TEXTS), target) == 1
    with zipfile.ZipFile(target) as archive:
        documents, questions = (
            [json.loads(line) for line in gzip.decompress(archive.read(f"{FOLDER}/{name}.jsonl.gz")).splitlines()]
            for name in ("documents", "questions")
        )
    assert {document["document"]: document["text"] for document in documents} == TEXTS
    (question,) = questions
    assert set(question) == {"id", "question", "answers", "answerable", "documents", "evidence"}
    for evidence in question["evidence"]:
        assert TEXTS[evidence["document"]][evidence["start"] : evidence["end"]] == evidence["text"]
