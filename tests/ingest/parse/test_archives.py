"""Archives, honest and hostile, read as one document."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from ingest.errors import BrokenDocument
from ingest.parse import archives, unpack
from ingest.parse.options import ReadOptions
from ingest.types import ParsedDocument
from tests.ingest.parse.checks import outline

OPTIONS = ReadOptions(max_pages=10)
FRUIT = {"fruit/apples.txt": "Apples are red.", "水果/梨.md": "# 梨\n\n梨是黄的。"}
FRUIT_OUTLINE = [
    ("heading", (), "fruit/apples.txt"),
    ("paragraph", ("fruit/apples.txt",), "Apples are red."),
    ("heading", (), "水果/梨.md"),
    ("heading", ("水果/梨.md",), "梨"),
    ("paragraph", ("水果/梨.md", "梨"), "梨是黄的。"),
]


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def zipped(path: Path, files: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def zip_bytes(files: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(path: Path, files: Mapping[str, str | bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def read(path: Path) -> ParsedDocument:
    return archives.read(path, OPTIONS)


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


# --- hostile ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../../escaped.txt", "/tmp/escaped.txt", "C:\\escaped.txt", "a\\..\\..\\escaped.txt"])
@pytest.mark.parametrize("suffix", [".zip", ".tar"])
def test_a_path_that_leads_out_is_neither_written_nor_read(
    tmp_path: Path, temporary: Path, name: str, suffix: str
) -> None:
    pack = zipped if suffix == ".zip" else tarred
    document = read(pack(tmp_path / f"a{suffix}", {name: "Evil.", "good.txt": "Good."}))
    assert document.text == "good.txt\n\nGood."
    assert "leads out of the archive" in document.notices[0]
    assert not list(tmp_path.parent.rglob("escaped*"))
    assert not list(temporary.rglob("*"))


def test_links_and_devices_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("Secret.")
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            entry = tarfile.TarInfo(f"{kind.decode()}.txt")
            entry.type, entry.linkname = kind, str(tmp_path / "secret.txt")
            archive.addfile(entry)
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, str(tmp_path / "secret.txt"))
    for name in ("a.tar", "a.zip"):
        with pytest.raises(BrokenDocument, match="a link, a device or a file with holes"):
            read(tmp_path / name)


def encrypted(path: Path) -> Path:
    """A zip whose only entry says that it is encrypted."""
    data = bytearray(zip_bytes({"a.txt": "Text."}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(bytes(data))
    return path


def test_an_encrypted_zip_says_so(tmp_path: Path) -> None:
    with pytest.raises(BrokenDocument, match=r"encrypted with a password\. Unpack it"):
        read(encrypted(tmp_path / "a.zip"))


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path, temporary: Path) -> None:
    zeros = bytes(11_000_000)
    document = read(zipped(tmp_path / "a.zip", {"bomb.txt": zeros, "good.txt": "Good."}))
    assert "times its size; the limit is 250" in document.notices[0]
    (tmp_path / "b.tar.gz").write_bytes(gzip.compress(zeros))
    with pytest.raises(BrokenDocument, match=r"more than \d+ times its size; the limit is 250"):
        read(tmp_path / "b.tar.gz")
    assert not list(temporary.rglob("*"))


def test_a_zip_that_lies_about_its_sizes_gives_no_more_than_it_said(tmp_path: Path) -> None:
    data = zip_bytes({"a.txt": "x" * 1000})
    (tmp_path / "a.zip").write_bytes(data.replace((1000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(BrokenDocument, match=r"cannot be unpacked|Bad"):
        read(tmp_path / "a.zip")


def test_total_size_counts_archives_inside_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MOST_BYTES", 5_000)
    inner = zip_bytes({"a.txt": "x" * 2_000})
    assert read(zipped(tmp_path / "a.zip", {"one.zip": inner})).elements
    with pytest.raises(BrokenDocument, match=r"unpacks to [\d,]+ bytes or more; the limit is 5,000"):
        read(zipped(tmp_path / "b.zip", {"one.zip": inner, "two.zip": inner, "three.zip": inner}))


def test_a_packed_tar_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MOST_BYTES", 15_000)
    assert read(tarred(tmp_path / "a.tar.gz", {"a.txt": "x " * 3_000, "b.txt": "x " * 500}, "w:gz")).elements


def test_one_file_over_its_bound_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MOST_FILE_BYTES", 100)
    document = read(tarred(tmp_path / "a.tar", {"large.txt": "x" * 101, "small.txt": "Small."}))
    assert document.notices == ("'large.txt' in it: It unpacks to 101 bytes or more; the limit is 100. Split it.",)


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MOST_FILES", 3)
    with pytest.raises(BrokenDocument, match="4 files or more; the limit is 3"):
        read(zipped(tmp_path / "a.zip", {f"{number}.txt": "Text." for number in range(9)}))


def test_depth_is_bounded_and_the_rest_is_read(tmp_path: Path) -> None:
    nested = zip_bytes({"deepest.txt": "Deepest."})
    for _ in range(3):
        nested = zip_bytes({"nested.zip": nested, "level.txt": "Level."})
    (tmp_path / "a.zip").write_bytes(nested)
    document = read(tmp_path / "a.zip")
    assert document.text.count("Level.") == 3
    assert "Deepest." not in document.text
    assert "number 4 of archives inside each other; the limit is 3" in document.notices[0]


def test_a_damaged_file_inside_costs_only_itself(tmp_path: Path) -> None:
    zipped(tmp_path / "a.zip", {"a.txt": "First text.", "b.txt": "Second text."}, zipfile.ZIP_STORED)
    data = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "a.zip").write_bytes(data.replace(b"First text.", b"Fir\x00\x00\x00\x00ext.", 1))
    document = read(tmp_path / "a.zip")
    assert document.text == "b.txt\n\nSecond text."
    assert "cannot be unpacked (BadZipFile" in document.notices[0]


def test_two_files_of_one_name_are_both_read(tmp_path: Path) -> None:
    with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("a.txt", "One.")
        archive.writestr("a.txt", "Two.")
    assert read(tmp_path / "a.zip").text == "a.txt\n\nOne.\n\na.txt\n\nTwo."


@pytest.mark.parametrize("files", [FRUIT, {"a.exe": "MZ"}])
def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, temporary: Path, files: dict[str, str]) -> None:
    with suppress(BrokenDocument):
        read(tarred(tmp_path / "a.tar.gz", files, "w:gz"))
    assert not list(temporary.rglob("*"))
