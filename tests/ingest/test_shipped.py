import hashlib
from pathlib import Path

import pytest

from ingest import shipped
from ingest.errors import ModelUnavailable

SHA256 = hashlib.sha256(b"onetwo").hexdigest()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that holds the files, with two in it."""
    folder = tmp_path / "built_in"
    folder.mkdir()
    (folder / "a").write_bytes(b"one")
    (folder / "b").write_bytes(b"two")
    monkeypatch.setattr(shipped, "files", lambda package: tmp_path)
    return folder


@pytest.mark.usefixtures("package")
def test_files_come_in_the_order_asked_for() -> None:
    assert shipped.read_shipped("ingest", ["a", "b"], SHA256) == [b"one", b"two"]


def test_a_missing_file_is_named(package: Path) -> None:
    (package / "b").unlink()
    with pytest.raises(ModelUnavailable, match=r"is missing: .*b"):
        shipped.read_shipped("ingest", ["a", "b"], SHA256)


def test_a_damaged_file_is_refused_with_both_digests(package: Path) -> None:
    (package / "b").write_bytes(b"twp")
    found = hashlib.sha256(b"onetwp").hexdigest()
    with pytest.raises(ModelUnavailable, match=f"a and b in ingest have SHA-256 {found}; {SHA256} was expected"):
        shipped.read_shipped("ingest", ["a", "b"], SHA256)
