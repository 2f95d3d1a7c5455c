"""Questions that are made for the built-in reader to learn from: of statements, and altered ones."""

import json
import lzma
import random
from pathlib import Path

import pytest

from ingest.lexical import script_of
from training.altered import Alterations
from training.cloze import clozes
from training.reader_data import SENTENCES, of_sentences
from training.translated import told

ENGLISH = (
    "The library was built by Joan Ashdown in the old harbour district. The reading room holds 450 seats for visitors. "
    "It was opened again in 1987, after Joan Ashdown had left the town for good."
)
CHINESE = "图书馆于1987年5月在旧港区重新开放。阅览室有450个座位，每天接待许多读者。馆长后来写了《旧港往事》一书。"


@pytest.mark.parametrize("passage", [ENGLISH, CHINESE])
def test_a_cloze_asks_for_a_span_of_its_passage(passage: str) -> None:
    for seed in range(30):
        found = clozes(passage, 3, random.Random(seed))
        assert found
        for cloze in found:
            answer = cloze.passage[cloze.start : cloze.end]
            assert answer
            assert answer == answer.strip()
            assert answer in passage
            assert cloze.question.endswith(("?", "？"))


@pytest.mark.parametrize(
    ("passage", "answer", "asked"),
    [
        (ENGLISH, "450", "how many"),
        (ENGLISH, "1987", ("when", "what year")),
        (CHINESE, "450", ("多少", "几")),
        (CHINESE, "1987年5月", ("什么时候", "何时", "哪一年", "哪年")),
        (CHINESE, "《旧港往事》", ("什么", "哪本书", "哪部作品", "什么作品")),
    ],
)
def test_the_question_word_suits_the_span(passage: str, answer: str, asked: str | tuple[str, ...]) -> None:
    words = (asked,) if isinstance(asked, str) else asked
    made = [c for seed in range(60) for c in clozes(passage, 3, random.Random(seed))]
    questions = [c.question for c in made if c.passage[c.start : c.end] == answer]
    assert questions
    assert all(any(word in question for word in words) for question in questions)


def test_the_statement_is_cut_where_its_span_stands_elsewhere() -> None:
    made = [c for seed in range(60) for c in clozes(ENGLISH, 3, random.Random(seed))]
    named = [c for c in made if c.passage[c.start : c.end] == "Joan Ashdown"]
    assert any(len(c.passage) < len(ENGLISH) for c in named)


@pytest.mark.parametrize(
    ("question", "passage", "changed"),
    [
        ("How many seats did the room have in 1987?", "In 1987 the room had 450 seats.", "1987"),
        ("When did Joan Ashdown leave?", "Joan Ashdown left in 1990.", "Joan Ashdown"),
        ("Which is the largest room?", "The largest room is the hall.", "largest"),
        ("最大的房间在哪里？", "最大的房间有450个座位。", "最大"),
    ],
)
def test_one_word_of_an_altered_question_is_another(question: str, passage: str, changed: str) -> None:
    others = ["What did Peter Vale write?", "旧港区博物馆在哪里？"]
    for seed in range(20):
        altered = Alterations([question, *others], random.Random(seed)).altered(question, passage, "450")
        assert altered is not None
        assert altered.count(changed) < question.count(changed)


def test_a_question_that_shares_nothing_with_its_passage_cannot_be_altered() -> None:
    alterations = Alterations(["What did Peter Vale write?"], random.Random(1))
    assert alterations.altered("Why so?", "The hall is closed.", "closed") is None


def test_questions_of_which_the_sentence_is_known_get_the_span_that_the_reader_is_sure_of(tmp_path: Path) -> None:
    sentences = {
        "when was the library opened again?": "the library was opened again in 1987, after joan ashdown had left.",
        "how many seats does the reading room hold?": "the reading room of the library holds 450 seats for visitors.",
        "why is it so?": "a sentence that was held out: the hall is closed on mondays.",
        "who built the tower?": "the tower of the library was built by joan ashdown in the harbour.",
    }
    with lzma.open(tmp_path / "pairs_en.jsonl.xz", "wt", encoding="utf-8") as file:
        for question, sentence in sentences.items():
            file.write(json.dumps({"q": question, "p": sentence, "src": SENTENCES, "licence": "sharealike"}) + "\n")
    held_out = "A sentence that was held out: the hall is closed on Mondays. It has a roof."
    made = of_sentences(tmp_path, [held_out], random.Random(4))
    assert [item.question for item in made] == [question for question in sentences if question != "why is it so?"]
    for item in made:
        assert sentences[item.question] in item.passage
        assert "held out" not in item.passage
        assert item.answered
        assert item.start < 0 or item.passage[item.start : item.end] in sentences[item.question]
    assert {item.passage[item.start : item.end] for item in made if item.start >= 0} & {"1987", "450", "joan ashdown"}


def test_a_translated_sentence_is_asked_about_in_the_other_language(tmp_path: Path) -> None:
    translated = [
        ("The library was opened again in 1987.", "图书馆于1987年5月重新开放。"),
        ("The reading room holds 450 seats for visitors.", "阅览室有450个座位，每天接待许多读者。"),
        ("It was written by Joan Ashdown in the harbour.", "它由约翰·阿什当在港口写成。"),
    ]
    with lzma.open(tmp_path / "parallel.jsonl.xz", "wt", encoding="utf-8") as file:
        for english, chinese in translated:
            file.write(json.dumps({"en": english, "zh": chinese, "src": "news", "licence": "open"}) + "\n")
    found = [item for seed in range(20) for item in told(tmp_path, {"news": 5}, random.Random(seed))]
    assert len(found) == 20
    passages = {" ".join(e for e, _ in translated), "".join(z for _, z in translated)}
    assert {item.passage for item in found} == passages
    answers = {item.passage[item.start : item.end] for item in found if item.start >= 0}
    assert answers & {"450", "1987", "1987年"}
    assert answers <= {"450", "1987", "1987年"}
    for item in found:
        assert script_of(item.question) is not script_of(item.passage)
        assert item.original in item.passage
    assert told(tmp_path, {"news": 0, "other": 5}, random.Random(1)) == []
