"""Install Docent, as the first argument names it (`.` or `.[dev]`), into the environment whose Python runs this.

By uv where it can be had: in a minute, and without the packages that pyproject.toml lists as never imported, 0.5 GB.
By pip otherwise. Needs only the standard library and pip; of Docent's code it knows what a first use imports.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PIP = (sys.executable, "-m", "pip")
WORKPLACE = Path(sys.prefix) / "install"  # in .venv: what uv unpacks is linked there instead of copied
# uv's names for pip's settings, which it does not read: a mirror or a folder of wheels that pip was told of counts.
SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "constraint": "UV_CONSTRAINT",
    "trusted-host": "UV_INSECURE_HOST",
    "proxy": "ALL_PROXY",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
}
# Compiling what the first use of any kind of model imports costs seconds here and spares them there; compiling
# everything takes 0.4 GB.
FIRST_USE = """
import chromadb, gradio, langchain_openai, sentence_transformers, torch, transformers
import app.assistant, app.engine, app.main, app.ui.server, app.workspace
from app.samples import FOLDER
from ingest.parse import SUPPORTED, parse
for path in FOLDER.iterdir():
    if path.suffix in SUPPORTED:
        parse(path, max_pages=100, ocr=False)
"""


def pip_settings() -> dict[str, str]:
    """pip's settings by name, from its files and from the environment, as pip itself ranks them."""
    listed = subprocess.run((*PIP, "config", "list"), capture_output=True, text=True, check=True).stdout
    found: dict[tuple[str, str], str] = {}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.partition(".")
        found[section, name] = ast.literal_eval(value)
    ranks = ("global", "install", ":env:")  # the later one counts
    return {name: found[rank, name] for rank in ranks for section, name in found if section == rank}


def uv_environment(settings: dict[str, str]) -> dict[str, str]:
    """The environment in which uv does what pip would; what the user has set for uv itself stands."""
    passed_on = {
        SETTINGS[name]: ("," if name == "find-links" else " ").join(value.split())
        for name, value in settings.items()
        if name in SETTINGS
    }
    own = {"UV_CACHE_DIR": str(WORKPLACE / "cache"), "UV_INDEX_STRATEGY": "unsafe-best-match"}
    return {**own, **passed_on, **os.environ}


def install_by_uv(target: str, settings: dict[str, str]) -> bool:
    """False where uv cannot be had or does not succeed; what it has downloaded by then is kept for another try."""
    if "no-index" in settings:
        return False
    get = (*PIP, "install", "--quiet", "--target", str(WORKPLACE / "uv"), "--upgrade", "uv>=0.10")
    if subprocess.run(get).returncode:
        return False
    uv = WORKPLACE / "uv" / "bin" / "uv"
    install = (str(uv), "pip", "install", "--python", sys.executable, "--editable", target)
    if subprocess.run(install, env=uv_environment(settings)).returncode:
        return False
    shutil.rmtree(WORKPLACE)
    return True


def compile_for_first_use() -> None:
    """Also where the shell forbids it (PYTHONDONTWRITEBYTECODE), which would make every start as slow as the first."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as home:
        quiet = {"HOME": home, "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
        subprocess.run((sys.executable, "-W", "ignore", "-c", FIRST_USE), env=environment | quiet)


def main(target: str) -> int:
    if install_by_uv(target, pip_settings()):
        compile_for_first_use()
        return 0
    sys.stderr.write("uv cannot install here; pip does, which takes a few minutes and 0.9 GB more.\n")
    return subprocess.run((*PIP, "install", "--editable", target)).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
