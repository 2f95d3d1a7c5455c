from __future__ import annotations

import os
import socket
import stat
import threading
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest

from ingest.errors import BrokenDocument, UnsupportedDocument
from ingest.parse import legacy, parse, programs, unavailable
from ingest.parse.isolated import ParserProcess
from ingest.settings import IngestSettings
from tests.ingest.parse.checks import outline

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
RTF = (
    r"{\rtf1\ansi\ansicpg936{\fonttbl{\f0\fnil\fcharset134 SimSun;}}\f0 "
    + "".join(rf"\'{byte:02x}" for byte in "本店九点开门。".encode("gbk"))
    + r"\par Open at nine.\par}"
)
needs_libreoffice = pytest.mark.skipif(legacy.WRITER.find() is None, reason="LibreOffice is not installed")


def _docx(path: Path) -> Path:
    document = docx.Document()
    document.add_heading("退货 Returns", 1)
    document.add_paragraph("Within fourteen days.")
    document.save(str(path))
    return path


def _program(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A soffice of our own, the only one on the path."""
    (folder / "bin").mkdir()
    program = folder / "bin" / "soffice"
    program.write_text(f"#!/bin/sh\n{script}")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/bin:/usr/bin")


@pytest.mark.parametrize(("suffix", "package"), [(".doc", "writer"), (".ppt", "impress"), (".ods", "calc")])
def test_without_libreoffice_the_message_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, package: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / f"a{suffix}").write_bytes(OLE)
    with pytest.raises(UnsupportedDocument, match=rf"LibreOffice, which is not installed.*libreoffice-{package}-nogui"):
        parse(tmp_path / f"a{suffix}", max_pages=9)
    assert suffix in {suffix for kind in unavailable() for suffix in kind.suffixes}


def test_an_old_file_is_converted_without_macros_and_read_like_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _docx(tmp_path / "made.docx")
    log = tmp_path / "log"
    script = f'echo "$@" > {log}; cat "$HOME/profile/user/registrymodifications.xcu" >> {log}\n'
    _program(tmp_path, f'{script}mkdir "$HOME/out"; cp {made} "$HOME/out/source.docx"', monkeypatch)
    (tmp_path / "a.doc").write_bytes(OLE)
    assert outline(parse(tmp_path / "a.doc", max_pages=9)) == [
        ("heading", (), "退货 Returns"),
        ("paragraph", ("退货 Returns",), "Within fourteen days."),
    ]
    assert "--headless" in log.read_text()
    assert 'DisableMacrosExecution" oor:op="fuse"><value>true' in log.read_text()


def test_a_file_that_libreoffice_refuses_is_broken_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path, "echo 'source file could not be loaded' >&2", monkeypatch)
    (tmp_path / "a.xls").write_bytes(OLE)
    with pytest.raises(BrokenDocument, match=r"could not be loaded.*Save it as \.xlsx"):
        parse(tmp_path / "a.xls", max_pages=9)


def test_a_program_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    with pytest.raises(BrokenDocument, match="longer than 1 s"):
        programs.run(["/bin/sh", "-c", "sleep 60 & sleep 60"], folder=tmp_path, seconds=1)


def test_a_limit_of_time_leaves_neither_the_program_nor_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path, f"echo $$ > {tmp_path}/pid; sleep 600", monkeypatch)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "a.doc").write_bytes(OLE)
    settings = IngestSettings.from_mapping({"parse_seconds": 8})
    with (
        ParserProcess(settings) as parser,
        pytest.raises(BrokenDocument, match="longer than 8 s"),
    ):
        parser.parse(tmp_path / "a.doc")
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    assert list(tmp_path.glob("docent-office-*")) == []


def test_a_file_is_read_by_what_it_holds_whatever_its_suffix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    _docx(tmp_path / "new.doc")
    (tmp_path / "rich.doc").write_text(RTF)
    (tmp_path / "page.xls").write_text(
        "<table><tr><td>咖啡</td><td>18</td></tr><tr><td>茶</td><td>12</td></tr></table>"
    )
    (tmp_path / "cells.xls").write_bytes("品名\t价格\n茶\t12\n".encode("utf-16"))
    texts = {path.name: parse(path, max_pages=9).text for path in sorted(tmp_path.iterdir())}
    assert texts["new.doc"] == "退货 Returns\n\nWithin fourteen days."
    assert texts["rich.doc"].splitlines() == ["本店九点开门。", "Open at nine."]
    assert "咖啡" in texts["page.xls"]
    assert "<" not in texts["page.xls"]
    assert "品名" in texts["cells.xls"]


def test_templates_and_files_with_macros_are_read(tmp_path: Path) -> None:
    _docx(tmp_path / "a.docx")
    with zipfile.ZipFile(tmp_path / "a.docx") as source, zipfile.ZipFile(tmp_path / "a.docm", "w") as target:
        for member in source.infolist():
            data = source.read(member).replace(
                b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
                b"application/vnd.ms-word.document.macroEnabled.main+xml",
            )
            target.writestr(member.filename, data)
    assert "Within fourteen days." in parse(tmp_path / "a.docm", max_pages=9).text
    openpyxl.Workbook().save(tmp_path / "b.xlsx")
    (tmp_path / "b.xlsx").rename(tmp_path / "b.xltx")
    with pytest.raises(BrokenDocument, match="no text"):
        parse(tmp_path / "b.xltx", max_pages=9)


@needs_libreoffice
def test_libreoffice_reads_chinese_rtf_and_asks_no_server_for_its_pictures(tmp_path: Path) -> None:
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)

        def listen() -> None:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            asked.append(connection.recv(100))
            connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/spy.png"
        picture = rf'{{\field{{\*\fldinst INCLUDEPICTURE "{url}" \\d}}{{\fldrslt}}}}'
        (tmp_path / "a.rtf").write_text(RTF.removesuffix("}") + picture + "}")
        text = parse(tmp_path / "a.rtf", max_pages=9).text
        server.shutdown(socket.SHUT_RDWR)
    thread.join()
    assert text.startswith("本店九点开门。\n\nOpen at nine.")
    assert asked == []
