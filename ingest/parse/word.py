"""Read Word documents through unstructured. Knows the Word markup that has to be straightened first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from ingest.parse.assemble import Piece, assemble, clean
from ingest.parse.office import check_archive, transitional
from ingest.parse.options import ReadOptions
from ingest.parse.partition import partition, pieces
from ingest.parse.pictures import Pictures
from ingest.types import ParsedDocument

# python-docx sees paragraphs and runs only directly under body, cell and paragraph: what stands inside content
# controls (every table of contents), tracked insertions and smart tags would be lost.
_WRAPPERS = ("sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml")
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_VML = "{urn:schemas-microsoft-com:vml}"
_REMOVED = ("del", "moveFrom", "sdtPr", "sdtEndPr")
_HEADING_LEVELS = 9


def read(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a .docx file: headings, paragraphs, list items, tables, text boxes, pictures of text and footnotes."""
    import docx

    check_archive(path, "Word")
    with transitional(path) as readable:
        word_document = docx.Document(str(readable))
    _unwrap(word_document.element.body)
    _write_out(word_document.element.body)
    notes = list(_notes(word_document))
    _move_text_boxes(word_document.element.body)
    pictures = Pictures(options)
    _write_out_pictures(word_document, pictures)
    _mark_headings(word_document)
    _move_page_breaks(word_document.element.body)
    straightened = BytesIO()
    word_document.save(straightened)
    straightened.seek(0)
    parts = partition("docx", file=straightened, include_page_breaks=False)
    return replace(assemble((*pieces(parts), *notes)), notices=pictures.notices())


def _unwrap(body: Any) -> None:
    """Put the contents of wrapping elements in the wrappers' place."""
    from docx.oxml.ns import qn

    for name in _REMOVED:
        for element in list(body.iter(qn(f"w:{name}"))):
            element.getparent().remove(element)
    for name in _WRAPPERS:
        for element in list(body.iter(qn(f"w:{name}"))):
            parent = element.getparent()
            if name in ("ins", "moveTo") and parent.tag in (qn("w:rPr"), qn("w:trPr"), qn("w:tcPr")):
                continue  # there it marks a paragraph or a row as inserted and wraps nothing
            _dissolve(element)


def _dissolve(element: Any) -> None:
    parent = element.getparent()
    position = parent.index(element)
    parent[position : position + 1] = list(element)


def _write_out(body: Any) -> None:
    """Make runs of text of formulas, and of characters with their pronunciation above, of which the characters stay."""
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    for ruby in list(body.iter(qn("w:ruby"))):
        for run in reversed(ruby.findall(f"{qn('w:rubyBase')}/{qn('w:r')}")):
            ruby.getparent().addnext(run)
        ruby.getparent().remove(ruby)
    for paragraph in list(body.iter(f"{_MATH}oMathPara")):
        _dissolve(paragraph)
    for formula in list(body.iter(f"{_MATH}oMath")):
        run = OxmlElement("w:r")
        run.text = "".join(text.text or "" for text in formula.iter(f"{_MATH}t"))
        formula.getparent().replace(formula, run)


def _move_text_boxes(body: Any) -> None:
    """Put the paragraphs of text boxes after the paragraph that anchors them."""
    from docx.oxml.ns import qn

    for fallback in list(body.iter("{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback")):
        fallback.getparent().remove(fallback)  # says the same as the Choice beside it, for older programs
    for box in list(body.iter(qn("w:txbxContent"))):
        anchor = next((above for above in box.iterancestors() if above.getparent() is body), None)
        if anchor is not None:
            for block in reversed(list(box)):
                anchor.addnext(block)


def _write_out_pictures(word_document: Any, pictures: Pictures) -> None:
    """Put what pictures say after the paragraphs they stand in."""
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    relations = word_document.part.rels
    for paragraph in list(word_document.element.body.iter(qn("w:p"))):
        marks = [mark.get(qn("r:embed")) for mark in paragraph.iter(qn("a:blip"))]
        marks += [mark.get(qn("r:id")) for mark in paragraph.iter(f"{_VML}imagedata")]
        found = []
        for relation in (relations[mark] for mark in marks if mark in relations):
            if not relation.is_external:
                found += pictures.pieces(relation.target_part.blob)
        for piece in reversed(found):
            following = OxmlElement("w:p")
            run = OxmlElement("w:r")
            run.text = clean(piece.text)
            following.append(run)
            paragraph.addnext(following)


def _move_page_breaks(body: Any) -> None:
    """Put a page break inside a paragraph before the next one, as unstructured cuts the paragraph, and its sentence."""
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    for paragraph in list(body.iterchildren(qn("w:p"))):
        breaks = paragraph.findall(f".//{qn('w:lastRenderedPageBreak')}")
        following = paragraph.getnext()
        while following is not None and following.tag != qn("w:p"):
            following = following.getnext()
        for mark in breaks:
            if not _has_text_before(paragraph, mark):
                continue
            mark.getparent().remove(mark)
            if following is not None:
                run = OxmlElement("w:r")
                run.append(mark)
                following.insert(1 if following.pPr is not None else 0, run)


def _has_text_before(paragraph: Any, mark: Any) -> bool:
    from docx.oxml.ns import qn

    for element in paragraph.iter(qn("w:t"), mark.tag):
        if element is mark:
            return False
        if (element.text or "").strip():
            return True
    return False


def _mark_headings(word_document: Any) -> None:
    """Give every paragraph with an outline level, its own or its style's, the built-in heading style of that level.

    Under a title they go one level down, as unstructured counts Title and Heading 1 alike.
    """
    from docx.oxml.ns import qn

    names = {style.style_id: style.name for style in word_document.styles}
    built_in = {name: style_id for style_id, name in names.items()}
    paragraphs = list(word_document.element.body.iter(qn("w:p")))
    below_title = any(names.get(paragraph.style) == "Title" for paragraph in paragraphs)
    levels: dict[str | None, int | None] = {}
    for paragraph in paragraphs:
        if names.get(paragraph.style) == "Subtitle":
            paragraph.style = None
        own = paragraph.xpath("./w:pPr/w:outlineLvl/@w:val")
        if not own and paragraph.style not in levels:
            levels[paragraph.style] = _style_level(word_document, paragraph.style)
        level = int(own[0]) if own else levels[paragraph.style]
        if level is None or not 0 <= level < _HEADING_LEVELS or names.get(paragraph.style) == "Title":
            continue
        name = f"Heading {min(level + below_title, _HEADING_LEVELS - 1) + 1}"
        if name not in built_in:
            built_in[name] = word_document.styles.add_style(name, 1, builtin=True).style_id
        paragraph.style = built_in[name]


def _style_level(word_document: Any, style_id: str | None) -> int | None:
    """Outline level of a style or the nearest style it is based on; None for body text."""
    from docx.enum.style import WD_STYLE_TYPE

    style = word_document.styles.get_by_id(style_id, WD_STYLE_TYPE.PARAGRAPH) if style_id else None
    for _ in range(20):  # a damaged file can base two styles on each other
        if style is None:
            return None
        if level := style.element.xpath("./w:pPr/w:outlineLvl/@w:val"):
            return int(level[0])
        words = (style.name or "").split()
        if len(words) == 2 and words[0] == "Heading" and words[1].isdigit():
            return int(words[1]) - 1
        style = style.base_style
    return None


def _notes(word_document: Any) -> Iterator[Piece]:
    """Footnotes and endnotes, which unstructured leaves out."""
    from docx.oxml.ns import qn
    from lxml import etree

    for relation in word_document.part.rels.values():
        if relation.is_external or not relation.reltype.endswith(("/footnotes", "/endnotes")):
            continue
        for note in etree.fromstring(relation.target_part.blob, etree.XMLParser(resolve_entities=False)):
            if note.get(qn("w:type")) in (None, "normal"):
                yield Piece("".join(text.text or "" for text in note.iter(qn("w:t"))))
