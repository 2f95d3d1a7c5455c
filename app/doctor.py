"""Look the installation over: libraries, models, device, memory, index. Knows what should be, and what to do if not."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from app.engine import Engine
from app.settings import AppSettings
from ingest.errors import DocentError
from ingest.parse import SUPPORTED, parser_version, unavailable

_PACKAGES = ("torch", "transformers", "sentence-transformers", "langchain-core", "chromadb", "unstructured", "gradio")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    text: str
    ok: bool = True


def findings(settings: AppSettings) -> list[Finding]:
    """Everything worth knowing; loads the encoder and the chat model, to see that they do load."""
    with closing(Engine(settings)) as engine:
        checks: list[tuple[str, Callable[[], str]]] = [
            ("packages", _packages),
            ("memory", _memory),
            ("disk", lambda: _disk(settings)),
            ("formats", _formats),
            ("parser", lambda: f"version {parser_version(settings.parser)}"),
            ("index", lambda: _index(engine)),
            ("encoder", lambda: _encoder(engine)),
            ("model", lambda: _model(engine, settings)),
        ]
        return list(_run(checks))


def _run(checks: list[tuple[str, Callable[[], str]]]) -> Iterator[Finding]:
    for subject, check in checks:
        try:
            yield Finding(subject, check())
        except (DocentError, OSError, PackageNotFoundError) as error:
            yield Finding(subject, " ".join(str(error).split()), ok=False)


def _packages() -> str:
    return ", ".join([f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in _PACKAGES)])


def _memory() -> str:
    import psutil

    memory = psutil.virtual_memory()
    return f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free, {os.cpu_count()} processors"


def _disk(settings: AppSettings) -> str:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    free = f"{shutil.disk_usage(settings.data_dir).free / 1e9:.1f} GB free in {settings.data_dir.resolve()}"
    return free if os.access(settings.data_dir, os.W_OK) else f"{free}, which can be read and not written"


def _formats() -> str:
    """What is read here, and what would be if some program were installed; to be without it is no fault."""
    missing = unavailable()
    lost = {suffix for kind in missing for suffix in kind.suffixes}
    text = " ".join(sorted(set(SUPPORTED) - lost))
    needs = dict.fromkeys(kind.needs for kind in missing if kind.needs is not None)
    for program in needs:
        suffixes = " ".join(suffix for kind in missing if kind.needs == program for suffix in kind.suffixes)
        text += f". Not read without {program.name}: {suffixes} (Debian and Ubuntu: apt install {program.package})"
    return text


def _index(engine: Engine) -> str:
    with engine.knowledge_base.reading() as generation:
        records = generation.catalog.records()
        faults = generation.faults()
        made_by = generation.fingerprint
    if faults:
        raise DocentError(f"{'; '.join(faults)}. Run `docent verify --repair`.")
    if mismatch := engine.mismatch():
        raise DocentError(mismatch)
    chunks = sum(record.chunks for record in records)
    encoder = f", made by {made_by.encoder.name}" if made_by else ""
    return f"{len(records)} documents, {chunks} chunks{encoder}"


def _encoder(engine: Engine) -> str:
    encoder = engine.serving_encoder()
    identity = encoder.identity
    return f"{identity.name}, {identity.dimension} dimensions, up to {encoder.max_tokens} tokens, on {encoder.device}"


def _model(engine: Engine, settings: AppSettings) -> str:
    status = engine.load_model(settings).status
    context = f", context of {status.context_tokens} tokens" if status.context_tokens else ""
    return ". ".join([f"{status.name} ({status.kind.value}) on {status.device}{context}", *status.notices])
