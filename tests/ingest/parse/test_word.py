from __future__ import annotations

from pathlib import Path

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ingest.parse import parse
from tests.ingest.parse.checks import outline
from tests.ingest.parse.pictures import picture


def _parsed(tmp_path: Path, document: docx.document.Document) -> list[tuple[str, tuple[str, ...], str]]:
    document.save(str(tmp_path / "a.docx"))
    return outline(parse(tmp_path / "a.docx", max_pages=10))


def test_headings_become_the_path_of_what_stands_below(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("员工手册", 0)
    document.add_heading("休假", 1)
    document.add_heading("年假", 2)
    document.add_paragraph("入职满一年的员工每年有十天年假。")
    document.add_heading("Pay", 1)
    document.add_paragraph("Salaries are paid on the 10th.")
    assert _parsed(tmp_path, document) == [
        ("heading", (), "员工手册"),
        ("heading", ("员工手册",), "休假"),
        ("heading", ("员工手册", "休假"), "年假"),
        ("paragraph", ("员工手册", "休假", "年假"), "入职满一年的员工每年有十天年假。"),
        ("heading", ("员工手册",), "Pay"),
        ("paragraph", ("员工手册", "Pay"), "Salaries are paid on the 10th."),
    ]


def test_short_chinese_and_english_paragraphs_are_no_headings(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("你好")
    document.add_paragraph("Opening Hours And Prices")
    assert [kind for kind, _, _ in _parsed(tmp_path, document)] == ["paragraph", "paragraph"]


def test_a_style_based_on_a_heading_is_a_heading(tmp_path: Path) -> None:
    document = docx.Document()
    style = document.styles.add_style("公司标题", 1)
    style.base_style = document.styles["Heading 1"]
    document.add_paragraph("报销", style="公司标题")
    document.add_paragraph("发票须在三十天内提交。")
    assert _parsed(tmp_path, document)[1] == ("paragraph", ("报销",), "发票须在三十天内提交。")


def test_lists_and_tables_keep_their_kind(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("带上雨伞", style="List Bullet")
    document.add_paragraph("Bring a coat", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["班次", "Hours", "早班", "8:30\n12:30"], strict=True):
        cell.text = text
    assert _parsed(tmp_path, document) == [
        ("list_item", (), "带上雨伞"),
        ("list_item", (), "Bring a coat"),
        ("table", (), "班次：Hours\n早班：8:30 12:30"),
    ]


def test_content_controls_insertions_and_formulas_are_read_and_deletions_are_not(tmp_path: Path) -> None:
    document = docx.Document()
    inner = (
        f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>In a content control. </w:t></w:r>"
        "<w:ins w:id='1' w:author='x'><w:r><w:t>新加的话。</w:t></w:r></w:ins>"
        "<w:del w:id='2' w:author='x'><w:r><w:delText>gone</w:delText></w:r></w:del>"
        "<m:oMath xmlns:m='http://schemas.openxmlformats.org/officeDocument/2006/math'><m:r><m:t>E=mc2</m:t></m:r></m:oMath>"
        "</w:p></w:sdtContent></w:sdt>"
    )
    document.element.body.insert(0, parse_xml(inner))
    assert _parsed(tmp_path, document) == [("paragraph", (), "In a content control. 新加的话。E=mc2")]


def test_a_page_break_does_not_cut_a_sentence(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("This sentence begins on one page ")
    paragraph.add_run()._r.append(parse_xml(f"<w:lastRenderedPageBreak {nsdecls('w')}/>"))
    paragraph.add_run("and ends on the next.")
    document.add_paragraph("第二页。")
    document.save(str(tmp_path / "a.docx"))
    parsed = parse(tmp_path / "a.docx", max_pages=10)
    assert parsed.text == "This sentence begins on one page and ends on the next.\n\n第二页。"
    assert [element.page for element in parsed.elements] == [1, 2]


def test_a_picture_of_text_is_read_once_and_where_it_stands(tmp_path: Path) -> None:
    picture([(40, 60, "Fire exit on the left")], size=(460, 160)).save(tmp_path / "a.png")
    picture([(2, 2, "ok")], size=(40, 40), height=16).save(tmp_path / "icon.png")
    document = docx.Document()
    document.add_heading("Safety", 1)
    for name in ("icon.png", "a.png"):
        document.add_picture(str(tmp_path / name))
    document.add_paragraph("请走楼梯。")
    document.add_picture(str(tmp_path / "a.png"))
    assert _parsed(tmp_path, document)[1:] == [
        ("paragraph", ("Safety",), "Fire exit on the left"),
        ("paragraph", ("Safety",), "请走楼梯。"),
    ]
    parsed = parse(tmp_path / "a.docx", max_pages=10, ocr=False)
    assert "Fire" not in parsed.text
    assert parsed.notices[0].startswith("1 picture(s) not looked at")
