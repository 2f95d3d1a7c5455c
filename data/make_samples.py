"""Build the sample documents from data/handbook/*.md. Knows a little Markdown and four file formats.

    .venv/bin/python data/make_samples.py [FOLDER]

The Markdown samples are written by hand in data/samples. The others are made here, the same bytes every time: dates
inside the files are fixed. The PDF needs Debian's chromium and fonts-noto-cjk, and fontTools; another Chromium may lay
it out a little differently.
"""

from __future__ import annotations

import base64
import html
import io
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
SOURCES = HERE / "handbook"
MADE_AT = (2026, 3, 1, 9, 0, 0)  # written into every file
CHROMIUM = "/usr/bin/chromium"
FONTS = {
    400: "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    700: "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
}
SIMPLIFIED_CHINESE = 2  # number of that face in each of FONTS
TRUETYPE_LIMITS = [  # fields of a TrueType maxp table; all 0 without instructions and composite glyphs
    "maxZones",
    "maxTwilightPoints",
    "maxStorage",
    "maxFunctionDefs",
    "maxInstructionDefs",
    "maxStackElements",
    "maxSizeOfInstructions",
    "maxComponentElements",
]

STYLE = """
@page { size: A4; margin: 22mm 20mm }
body { font-family: Handbook, "Noto Sans CJK SC", sans-serif; font-size: 11pt; line-height: 1.6; color: #223 }
h1 { font-size: 21pt; color: #14506b } h2 { font-size: 15pt; color: #14506b } h3 { font-size: 13pt }
table { border-collapse: collapse; margin: 1em 0; width: 100% }
th, td { border: 1px solid #9ab; padding: 4pt 8pt; text-align: left }
th { background: #eef4f7 } hr { break-after: page; border: 0; margin: 0 }
"""


@dataclass(frozen=True, slots=True)
class Block:
    """One structural unit of a source file."""

    kind: str  # heading | paragraph | item | table | break
    text: str = ""
    level: int = 0  # of a heading, 1 is the outermost
    rows: tuple[tuple[str, ...], ...] = ()  # of a table; the first row is its header


def read_blocks(markdown: str) -> Iterator[Block]:
    """Blocks in order. Understands #, -, tables and --- only; the lines of a paragraph are joined."""
    for part in re.split(r"\n{2,}", markdown.strip()):
        lines = part.splitlines()
        if heading := re.fullmatch(r"(#+) (.+)", part):
            yield Block("heading", heading[2], len(heading[1]))
        elif part == "---":
            yield Block("break")
        elif lines[0].startswith("|"):
            cells = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
            yield Block("table", rows=(cells[0], *cells[2:]))
        elif lines[0].startswith("- "):
            yield from (Block("item", line.removeprefix("- ")) for line in lines)
        else:
            yield Block("paragraph", " ".join(lines))


def to_html(blocks: list[Block], *, fonts: str = "") -> str:
    """A page that needs nothing beside it; `fonts` is CSS put in front of its style."""
    lines = ["<!doctype html>", '<html lang="zh-CN">', f'<head><meta charset="utf-8"><title>{blocks[0].text}</title>']
    lines += [f"<style>{fonts}{STYLE}</style></head>", "<body>"]
    for kind, group in groupby(blocks, key=lambda block: block.kind):
        items = [_html_block(block) for block in group]
        lines += ["<ul>", *items, "</ul>"] if kind == "item" else items
    return "\n".join([*lines, "</body>", "</html>", ""])


def _html_block(block: Block) -> str:
    text = html.escape(block.text, quote=False)
    match block.kind:
        case "heading":
            return f"<h{block.level}>{text}</h{block.level}>"
        case "item":
            return f"<li>{text}</li>"
        case "table":
            return "<table>\n" + "\n".join(map(_html_row, block.rows, ["th"] + ["td"] * len(block.rows))) + "\n</table>"
        case "break":
            return "<hr>"
    return f"<p>{text}</p>"


def _html_row(cells: tuple[str, ...], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell, quote=False)}</{tag}>" for cell in cells) + "</tr>"


def make_html(blocks: list[Block]) -> bytes:
    return to_html(blocks).encode()


def make_pdf(blocks: list[Block]) -> bytes:
    """Printed by Chromium with headings as bookmarks; its dates are overwritten in place, so that offsets stay true."""
    from playwright.sync_api import sync_playwright

    text = "".join(block.text + "".join(map("".join, block.rows)) for block in blocks)
    fonts = "".join(_font_face(path, weight, text) for weight, path in FONTS.items())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_content(to_html(blocks, fonts=fonts))
        page.evaluate("document.fonts.ready")
        printed = page.pdf(prefer_css_page_size=True, tagged=True, outline=True)
        browser.close()
    return re.sub(rb"\(D:\d{14}", "(D:{:04}{:02}{:02}{:02}{:02}{:02}".format(*MADE_AT).encode(), printed)


def _font_face(path: str, weight: int, text: str) -> str:
    """The characters of `text` as a TrueType font in CSS.

    Chromium writes the PostScript outlines of Noto CJK as many small Type 3 fonts, which makes the file more than
    four times the size; TrueType outlines stay one font.
    """
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    font = TTFont(path, fontNumber=SIMPLIFIED_CHINESE, recalcTimestamp=False)
    subsetter = Subsetter(Options(layout_features=[], drop_tables=["BASE", "GPOS", "GSUB", "VORG", "vhea", "vmtx"]))
    subsetter.populate(text=text)
    subsetter.subset(font)
    _use_truetype_outlines(font)
    font.save(written := io.BytesIO())
    data = base64.b64encode(written.getvalue()).decode()
    return f"@font-face {{ font-family: Handbook; font-weight: {weight}; src: url(data:font/ttf;base64,{data}) }}"


def _use_truetype_outlines(font: TTFont) -> None:
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from fontTools.ttLib import newTable

    outlines, glyphs = font.getGlyphSet(), newTable("glyf")
    glyphs.glyphOrder, glyphs.glyphs = font.getGlyphOrder(), {}
    for name in glyphs.glyphOrder:
        pen = TTGlyphPen(None)
        outlines[name].draw(Cu2QuPen(pen, max_err=1.0, reverse_direction=True))
        glyphs.glyphs[name] = pen.glyph()
    font["glyf"], font["loca"] = glyphs, newTable("loca")
    del font["CFF "]
    font["maxp"].tableVersion = 0x00010000
    font["maxp"].__dict__.update(dict.fromkeys(TRUETYPE_LIMITS, 0))
    font["post"].formatType = 3.0
    font.sfntVersion = "\0\1\0\0"


def make_docx(blocks: list[Block]) -> bytes:
    """Word's own styles: Title for #, Heading 1 for ##, Heading 2 for ###."""
    import docx
    from docx.oxml.ns import qn

    document = docx.Document()
    document.core_properties.title = blocks[0].text
    document.core_properties.author = "澄湖书店"
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        fonts = document.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), "Noto Sans CJK SC")
    for block in blocks:
        match block.kind:
            case "heading":
                document.add_heading(block.text, block.level - 1)
            case "item":
                document.add_paragraph(block.text, "List Bullet")
            case "table":
                table = document.add_table(len(block.rows), len(block.rows[0]), "Table Grid")
                for row, values in zip(table.rows, block.rows, strict=True):
                    for cell, value in zip(row.cells, values, strict=True):
                        cell.text = value
            case _:
                document.add_paragraph(block.text)
    return _frozen(document.save)


def make_xlsx(blocks: list[Block]) -> bytes:
    """One sheet for each ## and its table; whole numbers are stored as numbers."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    workbook = Workbook()
    workbook.remove(workbook.active)
    for heading, table in zip(blocks[1::2], blocks[2::2], strict=True):
        sheet = workbook.create_sheet(heading.text)
        for row in table.rows:
            sheet.append([int(cell) if cell.isdecimal() else cell or None for cell in row])
        for column in sheet.columns:
            column[0].font = Font(bold=True)
            sheet.column_dimensions[column[0].column_letter].width = 2 + max(len(str(cell.value)) for cell in column)
        sheet.freeze_panes = "A2"
    return _frozen(workbook.save)


def make_pptx(blocks: list[Block]) -> bytes:
    """One slide for each heading, with its paragraph, list or table."""
    from pptx import Presentation
    from pptx.util import Inches, Pt

    deck = Presentation()
    starts = [i for i, block in enumerate(blocks) if block.kind == "heading"]
    for start, end in zip(starts, [*starts[1:], len(blocks)], strict=True):
        heading, *body = blocks[start:end]
        texts = [block.text for block in body if block.kind != "table"]
        layout = 0 if heading.level == 1 else 1 if body[0].kind == "item" else 5
        slide = deck.slides.add_slide(deck.slide_layouts[layout])
        slide.shapes.title.text = heading.text
        for table in (block for block in body if block.kind == "table"):
            shape = (len(table.rows), len(table.rows[0]))
            grid = slide.shapes.add_table(*shape, Inches(0.7), Inches(1.6), Inches(8.6), Inches(0.45 * shape[0])).table
            for i, row in enumerate(table.rows):
                for j, cell in enumerate(row):
                    grid.cell(i, j).text = cell
        if layout == 5 and texts:
            slide.shapes.add_textbox(Inches(0.7), Inches(5.2), Inches(8.6), Inches(0.8)).text_frame.text = texts[0]
        elif texts:
            slide.placeholders[1].text = "\n".join(texts)
            for paragraph in slide.placeholders[1].text_frame.paragraphs:
                paragraph.font.size = Pt(22)
    return _frozen(deck.save)


def _frozen(save: Callable[[io.BytesIO], None]) -> bytes:
    """The Office file that `save` writes, with every time stamp set to MADE_AT."""
    written, frozen = io.BytesIO(), io.BytesIO()
    save(written)
    stamp = "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*MADE_AT)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(frozen, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:\w+[^>]*>)[^<]*", rb"\g<1>" + stamp.encode(), content)
            member = zipfile.ZipInfo(name, MADE_AT)
            member.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(member, content)
    return frozen.getvalue()


MAKERS: dict[str, Callable[[list[Block]], bytes]] = {
    "员工手册.docx": make_docx,
    "退换货政策.html": make_html,
    "门店指南 Store Guide.pdf": make_pdf,
    "价目表 Price List.xlsx": make_xlsx,
    "新员工培训 Onboarding.pptx": make_pptx,
}


def make_sample(name: str) -> bytes:
    """The sample of this file name, from the source of the same name."""
    source = (SOURCES / name).with_suffix(".md")
    return MAKERS[name](list(read_blocks(source.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "samples"
    for sample in MAKERS:
        (folder / sample).write_bytes(make_sample(sample))
