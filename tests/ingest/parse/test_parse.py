from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ingest.errors import BrokenDocument, UnsupportedDocument
from ingest.parse import SUPPORTED, office, parse

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.psd", r"Files of type \.psd are not supported\. Convert it to \.docx.*\.pdf\. `docent doctor` lists"),
        ("a.part1.RAR", r"Files of type \.rar are not supported\. Unpack it and add its files"),
        ("a.mp3", r"Files of type \.mp3 are not supported\. Add a transcript of it as \.srt"),
        ("README", r"Files without a suffix are not supported\. Give it the suffix of its type, such as \.txt"),
    ],
)
def test_an_unknown_type_is_named_with_advice_that_fits_it(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(UnsupportedDocument, match=message):
        parse(tmp_path / name, max_pages=1)


@pytest.mark.parametrize("suffix", SUPPORTED)
def test_an_empty_file_is_refused(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"a{suffix}").touch()
    with pytest.raises(BrokenDocument, match="empty"):
        parse(tmp_path / f"a{suffix}", max_pages=1)


@pytest.mark.parametrize("suffix", [".docx", ".pptx", ".xlsx", ".pdf"])
def test_a_damaged_file_is_refused_with_the_next_step(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"a{suffix}").write_bytes(b"PK\x03\x04 not really" + bytes(100))
    with pytest.raises(BrokenDocument, match=r"damaged.*add it again"):
        parse(tmp_path / f"a{suffix}", max_pages=1)


@pytest.mark.parametrize("suffix", [".docx", ".pptx", ".xlsx"])
def test_an_archive_of_something_else_is_refused(tmp_path: Path, suffix: str) -> None:
    with zipfile.ZipFile(tmp_path / f"a{suffix}", "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(BrokenDocument, match="damaged"):
        parse(tmp_path / f"a{suffix}", max_pages=1)


def test_an_encrypted_office_file_is_told_from_an_old_one(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(OLE + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(BrokenDocument, match="encrypted with a password"):
        parse(tmp_path / "a.docx", max_pages=1)
    (tmp_path / "a.docx").write_bytes(OLE)
    with pytest.raises(BrokenDocument, match=r"old format of before 2007. Save it as \.docx"):
        parse(tmp_path / "a.docx", max_pages=1)


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "_MOST_UNPACKED_BYTES", 1_000_000)
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(1_100_000))
    with pytest.raises(BrokenDocument, match=r"unpacks to 1,100,000 bytes; the limit is 1,000,000"):
        parse(tmp_path / "a.xlsx", max_pages=1)


def test_the_suffix_decides_whatever_its_case(tmp_path: Path) -> None:
    (tmp_path / "A.TXT").write_text("Hello.")
    assert parse(tmp_path / "A.TXT", max_pages=1).text == "Hello."


def test_no_format_drags_in_spacy_or_torch_and_text_not_even_unstructured(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Hello.")
    (tmp_path / "a.html").write_text("<p>Hello.</p>")
    program = (
        "import sys; from pathlib import Path; from ingest.parse import parse\n"
        "parse(Path('a.txt'), max_pages=1); assert 'unstructured' not in sys.modules\n"
        "parse(Path('a.html'), max_pages=1)\n"
        "print([name for name in ('torch', 'spacy', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
