from __future__ import annotations

import os
import socket
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ingest.errors import BrokenDocument, UnsupportedDocument
from ingest.parse.isolated import ParserProcess
from ingest.settings import IngestSettings
from ingest.types import ParsedDocument

SETTINGS = IngestSettings.from_mapping(
    {"parse_seconds": 2, "parse_memory_bytes": 1_000_000_000, "max_file_bytes": 10_000, "max_pages": 7}
)


def misbehave(path: Path, *, max_pages: int, ocr: bool, ocr_seconds: float) -> ParsedDocument:
    """Does what the file says; runs in the worker."""
    command = path.read_text()
    if command == "hang":
        time.sleep(60)
    if command == "eat":
        bytearray(3_000_000_000)
    if command == "litter":
        path.with_suffix(".left").write_text(tempfile.mkdtemp())
        os._exit(9)
    if command == "die":
        os._exit(9)
    if command == "call home":
        try:
            socket.create_connection(("127.0.0.1", 9))
        except PermissionError as error:
            return ParsedDocument(str(error), ())
    return ParsedDocument(f"{command} {max_pages}", ())


@pytest.fixture(scope="module")
def misbehaving() -> Iterator[ParserProcess]:
    with ParserProcess(SETTINGS, parse=misbehave) as parser:
        yield parser


def _file(folder: Path, text: str) -> Path:
    (folder / "a.txt").write_text(text)
    return folder / "a.txt"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("hang", "longer than 2 s.*DOCENT_PARSE_SECONDS"),
        ("eat", "more than 1,000,000,000 bytes of memory"),
        ("die", "ended the parsing process .exit code 9."),
    ],
)
def test_a_file_that_harms_the_worker_costs_only_itself(
    misbehaving: ParserProcess, tmp_path: Path, command: str, message: str
) -> None:
    with pytest.raises(BrokenDocument, match=message):
        misbehaving.parse(_file(tmp_path, command))
    assert misbehaving.parse(_file(tmp_path, "fine")).text == "fine 7"


def test_what_a_killed_worker_left_in_temporary_folders_is_deleted(tmp_path: Path) -> None:
    with ParserProcess(SETTINGS, parse=misbehave) as parser:
        with pytest.raises(BrokenDocument, match="exit code 9"):
            parser.parse(_file(tmp_path, "litter"))
        left = Path((tmp_path / "a.left").read_text())
        assert left.is_dir()
    assert not left.exists()


def test_the_worker_reaches_no_network(misbehaving: ParserProcess, tmp_path: Path) -> None:
    assert "reaches for no network" in misbehaving.parse(_file(tmp_path, "call home")).text


def test_a_file_over_the_size_limit_is_not_even_opened(misbehaving: ParserProcess, tmp_path: Path) -> None:
    with pytest.raises(BrokenDocument, match="20,000 bytes; the limit is 10,000"):
        misbehaving.parse(_file(tmp_path, "x" * 20_000))


def test_documents_and_refusals_come_back_from_the_worker_to_any_thread(tmp_path: Path) -> None:
    (tmp_path / "b.html").write_text("<h1>标题</h1><p>Text.</p>")
    (tmp_path / "c.xyz").write_text("?")
    settings = SETTINGS.model_copy(update={"parse_seconds": 60})
    with ParserProcess(settings) as parser, ThreadPoolExecutor(3) as threads:
        text, page, unknown = (
            threads.submit(parser.parse, path)
            for path in (_file(tmp_path, "你好。"), tmp_path / "b.html", tmp_path / "c.xyz")
        )
        assert text.result().text == "你好。"
        assert page.result().elements[1].heading_path == ("标题",)
        with pytest.raises(UnsupportedDocument, match=r"\.xyz"):
            unknown.result()
