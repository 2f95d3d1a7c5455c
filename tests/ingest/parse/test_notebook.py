from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.errors import BrokenDocument
from ingest.parse import parse
from tests.ingest.parse.checks import outline


def test_a_notebook_gives_its_markdown_code_and_written_output(tmp_path: Path) -> None:
    output = {"output_type": "stream", "text": ["\x1b[31m42\x1b[0m\n"]}
    picture = {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo="}}
    error = {"output_type": "error", "ename": "ValueError", "evalue": "too small", "traceback": []}
    cells = [
        {"cell_type": "markdown", "source": ["# 销量\n", "\n", "Per *month*."]},
        {"cell_type": "code", "source": "def f():\n\n    return 42\n", "outputs": [output, picture, error]},
    ]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4}))
    assert outline(parse(tmp_path / "a.ipynb", max_pages=9)) == [
        ("heading", (), "销量"),
        ("paragraph", ("销量",), "Per month."),
        ("code", ("销量",), "def f():\n\n    return 42"),
        ("code", ("销量",), "42"),
        ("code", ("销量",), "ValueError: too small"),
    ]


def test_what_is_no_notebook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text('{"name": "x"}')
    with pytest.raises(BrokenDocument, match=r"no notebook.*Jupyter"):
        parse(tmp_path / "a.ipynb", max_pages=9)
