"""Find the folder of a model by its path or its hub name, downloading it when the user named it and it is not there.

Knows huggingface_hub and the disk. Fetches safetensors, configuration and tokenizer files only: no pickles, no code.
"""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ingest.checkpoint import CONFIG, INDEX, read_checkpoint
from ingest.errors import ModelUnavailable

log = logging.getLogger(__name__)

_HUB_NAME = re.compile(r"[\w][\w.-]*(/[\w][\w.-]*)?")
_WANTED = re.compile(
    r"(?:\d+_[A-Za-z]+/)?"  # the modules of a sentence-transformers model have folders of their own
    r"(?:model(-\d+-of-\d+)?\.safetensors|[\w.-]+\.json|[\w.-]+\.jinja|merges\.txt|vocab\.txt"
    r"|tokenizer\.model|spiece\.model|sentencepiece\.bpe\.model)"
)
_SPARE_BYTES = 500_000_000  # left free on the disk after a download


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """How far the download of a model is."""

    name: str
    destination: Path  # the cache folder that receives it
    done_bytes: int
    total_bytes: int
    free_bytes: int  # on the destination's disk before the download


OnProgress = Callable[[DownloadProgress], None]  # what it raises ends the download, which can be taken up again


def find_model(
    name: str, *, on_progress: OnProgress | None = None, cache: Path | None = None, endpoint: str | None = None
) -> Path:
    """The local folder of model `name`: a folder, else a hub name in the cache, else one downloaded now.

    `cache` and `endpoint` are the hub's usual cache folder and address unless given. Raises ModelUnavailable with the
    reason and the next step.
    """
    return find_here(name, cache=cache) or _download(name, on_progress, cache, endpoint)


def find_here(name: str, *, cache: Path | None = None) -> Path | None:
    """The local folder of model `name`, None where it would have to be downloaded; asks nobody.

    Raises ModelUnavailable when the name can be neither a folder nor a hub name.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if not _HUB_NAME.fullmatch(name):
        raise ModelUnavailable(
            f"There is no folder {name}. Name an existing model folder or a hub name such as org/model."
        )
    return _cached(name, cache)


def plan_download(name: str, *, cache: Path | None = None, endpoint: str | None = None) -> DownloadProgress:
    """What downloading hub model `name` takes, with nothing done yet: asks the hub, and fetches no file.

    Raises ModelUnavailable when the hub has no such model in a format that is used, or the disk has no room for it.
    """
    with _explained(name):
        return _plan(name, cache, endpoint)[0]


def _cached(name: str, cache: Path | None) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(name, CONFIG, cache_dir=cache)
    if not isinstance(config, str):
        return None
    try:
        return read_checkpoint(Path(config).parent).folder
    except ModelUnavailable as incomplete:
        log.info("%s The download goes on.", incomplete)
        return None


def _download(name: str, on_progress: OnProgress | None, cache: Path | None, endpoint: str | None) -> Path:
    from huggingface_hub import snapshot_download

    with _explained(name):
        plan, files = _plan(name, cache, endpoint)
        size, free = _gb(plan.total_bytes), _gb(plan.free_bytes)
        log.info("Downloading %s: %s to %s, which has %s free.", name, size, plan.destination, free)

        def report(done: int) -> None:
            if on_progress:
                on_progress(replace(plan, done_bytes=min(done, plan.total_bytes)))

        report(0)
        folder = snapshot_download(
            name, cache_dir=cache, endpoint=endpoint, allow_patterns=files, tqdm_class=_progress_bar(report)
        )
        report(plan.total_bytes)
    return Path(folder)


def _plan(name: str, cache: Path | None, endpoint: str | None) -> tuple[DownloadProgress, list[str]]:
    """The download and the files it consists of."""
    from huggingface_hub import HfApi, constants

    destination = Path(cache or constants.HF_HUB_CACHE)
    info = HfApi(endpoint=endpoint).model_info(name, files_metadata=True)
    files = [(f.rfilename, f.size or 0) for f in info.siblings or () if _WANTED.fullmatch(f.rfilename)]
    _require_weights(name, [file for file, _ in files])
    total = sum(size for _, size in files)
    free = _free_bytes(destination)
    if total + _SPARE_BYTES > free:
        raise ModelUnavailable(
            f"{name} takes {_gb(total)} and {destination} has {_gb(free)} free. "
            "Free some space, or set HF_HOME to a folder on a larger disk."
        )
    return DownloadProgress(name, destination, 0, total, free), [file for file, _ in files]


def _require_weights(name: str, files: Sequence[str]) -> None:
    if CONFIG not in files:
        raise ModelUnavailable(
            f"{name} on the hub holds no {CONFIG}: it is not a transformers model (a GGUF collection, perhaps). "
            "Choose the original model, or serve the GGUF file with llama.cpp or Ollama and set DOCENT_LLM_URL."
        )
    if INDEX not in files and not any(file.endswith(".safetensors") for file in files):
        raise ModelUnavailable(
            f"{name} on the hub holds no weights in safetensors format, and pickled ones are not loaded because they "
            "could run code. Choose a model with safetensors files."
        )


def _free_bytes(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _gb(size: int) -> str:
    return f"{size / 1e9:.2f} GB"


def _progress_bar(report: Callable[[int], None]) -> Any:
    """The hub's progress bar, telling `report` the bytes done as well."""
    from huggingface_hub.utils.tqdm import tqdm

    class ReportingBar(tqdm):
        def update(self, n: float | None = 1) -> bool | None:
            shown: bool | None = super().update(n)
            if getattr(self, "unit", "") == "B":  # the other bar counts files
                report(int(self.n))
            return shown

    return ReportingBar


@contextmanager
def _explained(name: str) -> Iterator[None]:
    import httpx2  # what huggingface_hub speaks HTTP with from version 2 on

    try:
        yield
    except (httpx2.HTTPError, OSError, ValueError) as error:  # the hub's own errors are among these
        raise ModelUnavailable(_explain(name, error)) from error


def _explain(name: str, error: Exception) -> str:
    from huggingface_hub import errors

    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, errors.GatedRepoError):
        return (
            f"{name} is gated: its owner asks you to accept conditions. Accept them on the model's page on the hub, "
            "set HF_TOKEN to your access token and start again."
        )
    if isinstance(error, errors.RepositoryNotFoundError) or status in (401, 404):
        return (
            f"There is no model {name}: no folder of that name here, and none on the hub that can be seen without a "
            "token. Check the spelling; for a private model set HF_TOKEN."
        )
    if isinstance(error, errors.OfflineModeIsEnabled):
        return (
            f"{name} is not in the local cache, and HF_HUB_OFFLINE forbids to download it. Unset it, or name a folder."
        )
    if isinstance(error, errors.HFValidationError):
        return f"{name} is neither a folder here nor a valid hub name. Name an existing folder or org/model."
    if status is not None:
        return f"The hub answered {status} when asked for {name}: {_line(error)}. Try again later."
    return (
        f"{name} is not in the local cache and could not be downloaded: {_line(error)}. Connect to the network (behind "
        "a firewall set HTTPS_PROXY or HF_ENDPOINT), or copy the model here and name its folder."
    )


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
