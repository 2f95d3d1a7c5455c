from __future__ import annotations

import re
from pathlib import Path

import pytest

from ingest.parse import FORMATS, SUPPORTED, source_code

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("readme", "heading"), [("README.md", "| Read | Files |"), ("README.zh-CN.md", "| 类别 | 文件 |")]
)
def test_the_readme_names_every_type_that_is_read_and_no_other(readme: str, heading: str) -> None:
    table = (ROOT / readme).read_text(encoding="utf-8").partition(heading)[2].partition("\n\n")[0]
    named = set(re.findall(r"`(\.[\w.]+)`", table))
    assert named <= set(SUPPORTED)
    assert set(SUPPORTED) - set(source_code.SUFFIXES) <= named


def test_every_suffix_belongs_to_one_format_and_is_lower_case() -> None:
    suffixes = [suffix for kind in FORMATS for suffix in kind.suffixes]
    assert sorted(suffixes) == sorted(SUPPORTED)
    assert all(re.fullmatch(r"(\.[a-z0-9]+)+", suffix) for suffix in suffixes)
