from __future__ import annotations

from pathlib import Path

from ingest.parse import parse
from tests.ingest.parse.checks import check_elements


def _function(number: int) -> str:
    return f"def function_{number}():\n" + "".join(f"    value_{line} = {line}  # 值\n\n" for line in range(30))


def test_the_stored_text_is_the_file_and_long_definitions_stand_alone(tmp_path: Path) -> None:
    source = "# encoding: utf-8\n" + "\n\n".join(map(_function, range(3)))
    (tmp_path / "a.py").write_text(source, encoding="utf-8")
    document = parse(tmp_path / "a.py", max_pages=9)
    check_elements(document)
    assert document.text == source
    texts = [source[element.start : element.end] for element in document.elements]
    assert [text.count("def ") for text in texts] == [1, 1, 1]
    assert [element.kind.value for element in document.elements] == ["code"] * 3


def test_small_blocks_share_an_element_and_settings_in_gbk_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.ini").write_bytes("[网络]\n地址 = 这里\n\n[门]\n时间 = 九点\n".encode("gbk"))
    document = parse(tmp_path / "a.ini", max_pages=9)
    assert document.text == "[网络]\n地址 = 这里\n\n[门]\n时间 = 九点\n"
    assert len(document.elements) == 1
