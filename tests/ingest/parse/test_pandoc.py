from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ingest.errors import BrokenDocument
from ingest.parse import parse
from tests.ingest.parse.checks import outline

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>手册</dc:title></metadata><manifest>"
    '<item id="one" href="one.xhtml" media-type="application/xhtml+xml"/></manifest>'
    '<spine><itemref idref="one"/></spine></package>'
)
CHAPTER = (
    '<html xmlns="http://www.w3.org/1999/xhtml"><body><h1>第一章 退货</h1><p>十四天以内可以退货，'
    "请带上小票。</p><h2>Exceptions</h2><p>Signed copies.</p></body></html>"
)


def _epub(path: Path, **more: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("book.opf", PACKAGE)
        archive.writestr("one.xhtml", CHAPTER)
        for name, text in more.items():
            archive.writestr(f"META-INF/{name}.xml", text)
    return path


def test_a_book_keeps_its_title_chapters_and_unbroken_chinese(tmp_path: Path) -> None:
    assert outline(parse(_epub(tmp_path / "a.epub"), max_pages=9)) == [
        ("heading", (), "手册"),
        ("heading", ("手册",), "第一章 退货"),
        ("paragraph", ("手册", "第一章 退货"), "十四天以内可以退货，请带上小票。"),
        ("heading", ("手册", "第一章 退货"), "Exceptions"),
        ("paragraph", ("手册", "第一章 退货", "Exceptions"), "Signed copies."),
    ]


def test_a_locked_book_and_a_damaged_one_are_refused(tmp_path: Path) -> None:
    locked = _epub(tmp_path / "a.epub", encryption='<CipherReference URI="one.xhtml"/>')
    with pytest.raises(BrokenDocument, match="DRM"):
        parse(locked, max_pages=9)
    (tmp_path / "b.odt").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(BrokenDocument, match=r"damaged.*add it again"):
        parse(tmp_path / "b.odt", max_pages=9)


def test_markup_is_read_with_headings_and_includes_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("PASSWORD")
    rst = f"退货\n====\n\nWithin 14 days.\n\n.. include:: {tmp_path / 'secret.txt'}\n\n- 小票\n- receipt\n"
    (tmp_path / "a.rst").write_bytes(rst.encode("gbk"))
    assert outline(parse(tmp_path / "a.rst", max_pages=9)) == [
        ("heading", (), "退货"),
        ("paragraph", ("退货",), "Within 14 days."),
        ("list_item", ("退货",), "小票"),
        ("list_item", ("退货",), "receipt"),
    ]
