import hashlib
import sys
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


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installed package some-weights, which would say so if it ran."""
    folder = tmp_path / "some_weights"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise SystemExit('the package ran')")
    (folder / "weights.bin").write_bytes(b"onetwo")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    return folder


def test_file_of_a_package_is_found_and_the_package_does_not_run(installed: Path) -> None:
    assert shipped.carried("some-weights", "weights.bin", SHA256) == installed / "weights.bin"


def test_other_contents_of_a_package_are_refused_with_both_digests(installed: Path) -> None:
    (installed / "weights.bin").write_bytes(b"onetwp")
    found = hashlib.sha256(b"onetwp").hexdigest()
    with pytest.raises(ModelUnavailable, match=f"in the package some-weights has SHA-256 {found}; {SHA256} was"):
        shipped.carried("some-weights", "weights.bin", SHA256)


@pytest.mark.usefixtures("installed")
def test_package_that_lacks_the_file_or_is_not_there_is_named() -> None:
    with pytest.raises(ModelUnavailable, match="some-weights lacks other"):
        shipped.carried("some-weights", "other.bin", SHA256)
    with pytest.raises(ModelUnavailable, match="no-such-weights is not installed"):
        shipped.carried("no-such-weights", "weights.bin", SHA256)
