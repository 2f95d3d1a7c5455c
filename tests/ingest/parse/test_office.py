"""Office files that are saved as Strict Open XML read as the same files saved in the usual way do."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest

from ingest.parse import parse

USUAL = b"http://schemas.openxmlformats.org/"


def _word(path: Path) -> None:
    document = docx.Document()
    document.add_heading("Parcels", level=1)
    document.add_paragraph("Parcels leave on Monday.")
    document.add_table(1, 2).cell(0, 1).text = "礼品卡"
    document.save(str(path))


def _slides(path: Path) -> None:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Parcels"
    slide.placeholders[1].text = "礼品卡两年内有效。"
    presentation.save(str(path))


def _sheet(path: Path) -> None:
    workbook = openpyxl.Workbook()
    for row in (["Parcel", "Weight"], ["礼品卡", 12]):
        workbook.active.append(row)
    workbook.save(path)


def _save_as_strict(usual: Path, strict: Path) -> None:
    with zipfile.ZipFile(usual) as source, zipfile.ZipFile(strict, "w") as target:
        for member in source.infolist():
            data = source.read(member)
            for part in (b"officeDocument", b"wordprocessingml", b"presentationml", b"spreadsheetml", b"drawingml"):
                data = data.replace(USUAL + part + b"/2006/", b"http://purl.oclc.org/ooxml/" + part + b"/")
            target.writestr(member.filename, data)


@pytest.mark.parametrize(("suffix", "write"), [("docx", _word), ("pptx", _slides), ("xlsx", _sheet)])
def test_a_strict_file_reads_as_the_usual_one_does(tmp_path: Path, suffix: str, write: Callable[[Path], None]) -> None:
    usual, strict = tmp_path / f"usual.{suffix}", tmp_path / f"strict.{suffix}"
    write(usual)
    _save_as_strict(usual, strict)
    document = parse(strict, max_pages=9)
    assert document == parse(usual, max_pages=9)
    assert "Parcel" in document.text
    assert "礼品卡" in document.text
