"""The layers hold: who may import whom, who may read the environment, and that importing costs nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted([*(ROOT / "app").rglob("*.py"), *(ROOT / "ingest").rglob("*.py")])
# Where the parts are put together, and with them the one function they share that reads os.environ.
COMPOSITION = {"app/main.py", "ingest/__main__.py", "ingest/command_line.py"}
HEAVY = (
    *("torch", "transformers", "sentence_transformers", "unstructured", "chromadb"),
    *("langchain_core", "numpy", "gradio"),
)


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_module_imports_only_what_its_layer_may(path: Path) -> None:
    found = list(imports(ast.parse(path.read_text(encoding="utf-8"))))
    if name(path).startswith("ingest/"):
        assert [module for module in found if module.split(".")[0] == "app"] == []
    if not name(path).startswith("app/ui/"):
        assert [module for module in found if module.split(".")[0] == "gradio"] == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_only_the_composition_reads_the_environment(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    reads = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and node.attr in ("environ", "getenv")
        and name(path) not in COMPOSITION
    ]
    writes = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("setdefault", "update") and node.value in reads
    ]
    assert len(reads) == len(writes), "os.environ may be given defaults that switch telemetry off, and not be read"


def test_importing_the_command_line_loads_no_heavy_library() -> None:
    script = f"import sys, app.main; print([m for m in {HEAVY!r} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == "[]"
