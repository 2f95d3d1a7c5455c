"""Hostile and damaged archives: bounded, and never written outside of their folder."""

from __future__ import annotations

import gzip
import tarfile
import tempfile
import warnings
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from ingest.errors import BrokenDocument
from ingest.parse import unpack
from tests.ingest.parse.packing import FRUIT, read, tarred, zip_bytes, zipped


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


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
