"""Honest archives, read as one document."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.errors import BrokenDocument
from tests.ingest.parse.checks import outline
from tests.ingest.parse.packing import FRUIT, read, tarred, zip_bytes, zipped

FRUIT_OUTLINE = [
    ("heading", (), "fruit/apples.txt"),
    ("paragraph", ("fruit/apples.txt",), "Apples are red."),
    ("heading", (), "水果/梨.md"),
    ("heading", ("水果/梨.md",), "梨"),
    ("paragraph", ("水果/梨.md", "梨"), "梨是黄的。"),
]


@pytest.mark.parametrize(
    ("suffix", "mode"),
    [
        (".tar", "w"),
        (".tar.gz", "w:gz"),
        (".tgz", "w:gz"),
        (".tar.bz2", "w:bz2"),
        (".tbz2", "w:bz2"),
        (".tar.xz", "w:xz"),
        (".txz", "w:xz"),
        (".zip", None),
    ],
)
def test_every_kind_gives_one_document_with_each_file_under_its_path(
    tmp_path: Path, suffix: str, mode: str | None
) -> None:
    path = tmp_path / f"a{suffix}"
    document = read(tarred(path, FRUIT, mode) if mode else zipped(path, FRUIT))
    assert outline(document) == FRUIT_OUTLINE
    assert (document.page_count, document.notices) == (None, ())


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
def test_a_single_compressed_file_is_read_as_what_it_holds(
    tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]
) -> None:
    (tmp_path / f"notes.md{suffix}").write_bytes(pack("# 标题\n\nText.".encode()))
    assert outline(read(tmp_path / f"notes.md{suffix}"))[0] == ("heading", (), "标题")


def test_an_archive_in_an_archive_adds_its_own_heading(tmp_path: Path) -> None:
    inner = zip_bytes({"b.txt": "Inner text.", "c.exe": "MZ"})
    document = read(zipped(tmp_path / "a.zip", {"inner.zip": inner, "d.csv.gz": gzip.compress(b"a,b\n1,2\n")}))
    assert outline(document)[:3] == [
        ("heading", (), "inner.zip"),
        ("heading", ("inner.zip",), "b.txt"),
        ("paragraph", ("inner.zip", "b.txt"), "Inner text."),
    ]
    assert document.elements[-1].heading_path[0] == "d.csv.gz"
    assert document.notices == ("'inner.zip' in it: 'c.exe' in it: Files of type .exe are not supported.",)


def test_pages_are_those_of_the_file_in_the_archive(tmp_path: Path) -> None:
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for text in ("First page.", "Second page."):
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    one = read(zipped(tmp_path / "one.zip", {"a.txt": "No pages.", "b.pdf": buffer.getvalue()}))
    two = read(zipped(tmp_path / "two.zip", {"a.pdf": buffer.getvalue(), "b.pdf": buffer.getvalue()}))
    assert (one.page_count, two.page_count) == (2, None)
    assert [(e.heading_path, e.page) for e in two.elements if e.page == 2] == [(("a.pdf",), 2), (("b.pdf",), 2)]
    assert all(element.box is None for element in one.elements)


def test_what_cannot_be_read_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    files = {"a.txt": "Text.", "b.exe": "MZ", "c.pdf": "%PDF-1.7 no more", "README": "?"}
    document = read(zipped(tmp_path / "a.zip", files))
    assert document.text == "a.txt\n\nText."
    assert document.notices[0] == "'b.exe' in it: Files of type .exe are not supported."
    assert document.notices[1].startswith("'c.pdf' in it: ")
    assert document.notices[2] == "'README' in it: Files without a suffix are not supported."


def test_many_unreadable_files_are_counted(tmp_path: Path) -> None:
    files = {"a.txt": "Text."} | {f"{number}.exe": "MZ" for number in range(35)}
    notices = read(zipped(tmp_path / "a.zip", files)).notices
    assert len(notices) == 21
    assert notices[-1] == "and 15 more of this kind."


def test_an_archive_of_which_nothing_can_be_read_is_refused_with_the_reasons(tmp_path: Path) -> None:
    files = {f"{number}.exe": "MZ" for number in range(5)}
    with pytest.raises(BrokenDocument, match=r"Nothing.*'0.exe' in it: Files of type .exe.*And 2 more\."):
        read(zipped(tmp_path / "a.zip", files))
    with pytest.raises(BrokenDocument, match="holds no files to read"):
        read(zipped(tmp_path / "b.zip", {"empty.txt": "", "folder/": ""}))


def test_hidden_files_and_what_systems_leave_behind_are_passed_over_in_silence(tmp_path: Path) -> None:
    junk = ["__MACOSX/._a.txt", ".DS_Store", "folder/.git/config", "x/Thumbs.db", "desktop.ini"]
    document = read(zipped(tmp_path / "a.zip", {"a.txt": "Text."} | dict.fromkeys(junk, "?")))
    assert (document.text, document.notices) == ("a.txt\n\nText.", ())


# --- names ------------------------------------------------------------------------------------------------------------


def legacy_zip(path: Path, name: bytes) -> Path:
    """A zip whose name bytes are as given and not marked as UTF-8."""
    placeholder = "x" * len(name)
    data = zip_bytes({placeholder: "文字 Text."})
    path.write_bytes(data.replace(placeholder.encode(), name))
    return path


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("报告/第三季度.txt".encode("gb18030"), "报告/第三季度.txt"),
        ("报告 (final) v2.txt".encode("gbk"), "报告 (final) v2.txt"),
        ("报告.txt".encode(), "报告.txt"),
        ("Prüfung für Straße.txt".encode("cp437"), "Prüfung für Straße.txt"),
        (b"folder\\a.txt", "folder/a.txt"),
    ],
)
def test_names_in_legacy_encodings_come_out_right(tmp_path: Path, raw: bytes, name: str) -> None:
    assert read(legacy_zip(tmp_path / "a.zip", raw)).text.startswith(f"{name}\n\n")


def test_a_tar_name_in_gbk_comes_out_right(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.GNU_FORMAT, encoding="gbk") as archive:
        entry = tarfile.TarInfo("报告.txt")
        entry.size = 5
        archive.addfile(entry, io.BytesIO(b"Text."))
    assert read(tmp_path / "a.tar").text == "报告.txt\n\nText."


def test_a_name_is_data_whatever_it_holds(tmp_path: Path) -> None:
    files = {"<img src=x onerror=alert(1)>.txt": "One.", "a\x1b[31m\nb.txt": "Two.", f"{'长' * 300}.txt": "Three."}
    document = read(zipped(tmp_path / "a.zip", files))
    headings = [text for kind, path, text in outline(document) if kind == "heading"]
    assert headings[:2] == ["<img src=x onerror=alert(1)>.txt", "a[31m b.txt"]
    assert headings[2].startswith("…长")
    assert len(headings[2]) == 200
