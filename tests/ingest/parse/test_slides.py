from __future__ import annotations

from pathlib import Path

import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from ingest.errors import BrokenDocument
from ingest.parse import parse
from tests.ingest.parse.checks import outline
from tests.ingest.parse.pictures import picture


@pytest.fixture
def slides(tmp_path: Path) -> Path:
    presentation = pptx.Presentation()
    first = presentation.slides.add_slide(presentation.slide_layouts[1])
    first.shapes.title.text = "第一天"
    first.placeholders[1].text = "到服务台报到\nGet your key card"
    first.notes_slide.notes_text_frame.text = "先自我介绍。"
    second = presentation.slides.add_slide(presentation.slide_layouts[6])
    second.shapes.add_textbox(Inches(1), Inches(1), Inches(3), Inches(1)).text_frame.text = "No title here"
    table = second.shapes.add_table(2, 2, Inches(1), Inches(3), Inches(4), Inches(1)).table
    for i, text in enumerate(["事情", "分机", "财务", "809"]):
        table.cell(i // 2, i % 2).text = text
    presentation.save(str(tmp_path / "a.pptx"))
    return tmp_path / "a.pptx"


def test_title_is_the_heading_slide_is_the_page_and_notes_come_last(slides: Path) -> None:
    document = parse(slides, max_pages=10)
    assert outline(document) == [
        ("heading", (), "第一天"),
        ("paragraph", ("第一天",), "到服务台报到"),
        ("paragraph", ("第一天",), "Get your key card"),
        ("paragraph", ("第一天",), "先自我介绍。"),
        ("paragraph", (), "No title here"),
        ("table", (), "事情：分机\n财务：809"),
    ]
    assert [element.page for element in document.elements] == [1, 1, 1, 1, 2, 2]
    assert document.page_count == 2


def test_too_many_slides_are_refused(slides: Path) -> None:
    with pytest.raises(BrokenDocument, match="2 slides; the limit is 1"):
        parse(slides, max_pages=1)


def test_what_a_picture_says_stands_between_the_text_and_the_notes(tmp_path: Path) -> None:
    picture([(40, 60, "Sales went up")], size=(360, 160)).save(tmp_path / "a.png")
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    slide.shapes.title.text = "第一季度"
    slide.shapes.add_picture(str(tmp_path / "a.png"), Inches(1), Inches(2))
    slide.notes_slide.notes_text_frame.text = "说慢一点。"
    presentation.save(str(tmp_path / "a.pptx"))
    assert [text for _, _, text in outline(parse(tmp_path / "a.pptx", max_pages=10))] == [
        "第一季度",
        "Sales went up",
        "说慢一点。",
    ]
    assert parse(tmp_path / "a.pptx", max_pages=10, ocr=False).notices[0].startswith("1 picture(s) not looked at")


def test_a_chart_is_read_as_its_title_and_its_values(tmp_path: Path) -> None:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    data = CategoryChartData()
    data.categories = ["第一季度", "第二季度"]
    data.add_series("北京", (12.5, None))
    data.add_series("上海", (7, 9))
    place = (Inches(1), Inches(1), Inches(5), Inches(4))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "各店销量"
    presentation.save(str(tmp_path / "a.pptx"))
    assert [text for _, _, text in outline(parse(tmp_path / "a.pptx", max_pages=10))] == [
        "各店销量",
        "第一季度；北京：12.5；上海：7\n第二季度；上海：9",
    ]
