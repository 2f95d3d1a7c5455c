"""The sample handbook: every file opens, holds the facts its questions ask for, and is what its source makes."""

from __future__ import annotations

import importlib
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import docx
import openpyxl
import pptx
import pypdfium2
import pytest

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "data" / "samples"


@dataclass(frozen=True, slots=True)
class SampleQuestion:
    """A line of sample_questions.jsonl."""

    id: str
    question: str
    language: str  # zh | en
    documents: list[str]  # file names that hold the answer; empty when none does
    answer_contains: list[str]  # a right verbatim quote holds one of these
    answerable: bool


QUESTIONS = [
    SampleQuestion(**json.loads(line))
    for line in (ROOT / "tests" / "sample_questions.jsonl").read_text(encoding="utf-8").splitlines()
]
ANSWERABLE = [question for question in QUESTIONS if question.answerable]


class TextCollector(HTMLParser):
    """Keeps the text between tags."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read_docx(content: bytes) -> str:
    document = docx.Document(io.BytesIO(content))
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join((*(paragraph.text for paragraph in document.paragraphs), *cells))


def read_xlsx(content: bytes) -> str:
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    return "\n".join(str(cell) for sheet in workbook for row in sheet.values for cell in row)


def read_pptx(content: bytes) -> str:
    texts: list[str] = []
    for slide in pptx.Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                texts.append(shape.text_frame.text)
            if shape.has_table:
                texts += [cell.text for row in shape.table.rows for cell in row.cells]
    return "\n".join(texts)


def read_html(content: bytes) -> str:
    collector = TextCollector()
    collector.feed(content.decode())
    return "\n".join(collector.texts)


def pdf_pages(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


READERS: dict[str, Callable[[bytes], str]] = {
    ".docx": read_docx,
    ".xlsx": read_xlsx,
    ".pptx": read_pptx,
    ".html": read_html,
    ".pdf": lambda content: "\n".join(pdf_pages(content)),
    ".md": bytes.decode,
}


@cache
def text_of(name: str) -> str:
    """A sample's text without white space, which line breaks put in other places than the source."""
    return re.sub(r"\s", "", READERS[Path(name).suffix]((SAMPLES / name).read_bytes()))


@pytest.fixture
def make_samples(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "data")
    return importlib.import_module("make_samples")


def test_samples_cover_six_formats_in_little_space() -> None:
    files = list(SAMPLES.iterdir())
    assert {file.suffix for file in files} == set(READERS)
    assert sum(file.stat().st_size for file in files) < 400_000


@pytest.mark.parametrize("name", sorted(file.name for file in SAMPLES.iterdir()))
def test_sample_opens_and_holds_its_text(name: str) -> None:
    assert 300 < len(text_of(name)) < 6_000


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question.id)
def test_each_named_document_holds_an_answer(question: SampleQuestion) -> None:
    answers = [re.sub(r"\s", "", answer) for answer in question.answer_contains]
    for name in question.documents:
        assert any(answer in text_of(name) for answer in answers), name


def test_questions_treat_both_languages_alike() -> None:
    assert len({question.id for question in QUESTIONS}) == len(QUESTIONS)
    assert Counter((question.language, question.answerable) for question in QUESTIONS) == {
        ("zh", True): 20,
        ("en", True): 20,
        ("zh", False): 5,
        ("en", False): 5,
    }


def test_every_sample_is_asked_about() -> None:
    asked = {name for question in ANSWERABLE for name in question.documents}
    assert asked == {file.name for file in SAMPLES.iterdir()}


def test_only_answerable_questions_name_documents() -> None:
    for question in QUESTIONS:
        assert bool(question.documents) == bool(question.answer_contains) == question.answerable, question.id


def test_pdf_keeps_its_sections_on_their_pages() -> None:
    pages = pdf_pages((SAMPLES / "门店指南 Store Guide.pdf").read_bytes())
    first_headings = ["营业时间 Opening hours", "各楼层 Floor by floor", "咖啡馆 The café", "无障碍服务 Accessibility"]
    assert len(pages) == len(first_headings)
    for page, heading in zip(pages, first_headings, strict=True):
        assert heading in page


def test_word_sample_has_real_headings_lists_and_tables() -> None:
    document = docx.Document(io.BytesIO((SAMPLES / "员工手册.docx").read_bytes()))
    styles = {paragraph.style.name for paragraph in document.paragraphs if paragraph.style}
    assert styles == {"Title", "Heading 1", "Heading 2", "List Bullet", "Normal"}
    assert len(document.tables) == 1


@pytest.mark.parametrize("name", ["价目表 Price List.xlsx", "员工手册.docx", "新员工培训 Onboarding.pptx"])
def test_office_sample_is_what_its_source_makes(name: str, make_samples: ModuleType) -> None:
    assert unzipped((SAMPLES / name).read_bytes()) == unzipped(make_samples.make_sample(name))


def test_html_sample_is_what_its_source_makes(make_samples: ModuleType) -> None:
    name = "退换货政策.html"
    assert (SAMPLES / name).read_bytes() == make_samples.make_sample(name)


def test_pdf_sample_holds_every_word_of_its_source(make_samples: ModuleType) -> None:
    name = "门店指南 Store Guide.pdf"
    source = (make_samples.SOURCES / name).with_suffix(".md").read_text(encoding="utf-8")
    printed = text_of(name)
    for block in make_samples.read_blocks(source):
        for text in (block.text, *(cell for row in block.rows for cell in row)):
            assert re.sub(r"\s", "", text) in printed


def unzipped(content: bytes) -> dict[str, bytes]:
    """Members of an Office file; how they are compressed depends on the zlib at hand."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
