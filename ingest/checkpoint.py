"""Look at a folder of model weights before anything is loaded. Knows the Hugging Face file layout; imports no torch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from ingest.errors import ModelUnavailable

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "spiece.model", "tekken.json", "vocab.json", "vocab.txt")

_UNLIMITED = 10**9  # tokenizers without a limit give model_max_length as 10**30
_LONGEST_HEADER = 100_000_000  # bytes; the limit of the safetensors format


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A complete model folder, as its files describe it."""

    folder: Path
    config: Mapping[str, Any]  # config.json, with the text model's part on top for models that also see
    parameters: int
    stored_bytes: int  # of the tensors
    context_tokens: int | None  # longest input the model was made for; None where no file says

    @property
    def dtype(self) -> str:
        """The dtype the config names, "float32" where it names none."""
        return str(self.config.get("dtype") or self.config.get("torch_dtype") or "float32").removeprefix("torch.")

    @property
    def kv_values_per_token(self) -> int:
        """Numbers in the key-value cache for one token of context, over all layers."""
        heads = int(self.config.get("num_attention_heads") or self.config.get("n_head") or 1)
        hidden = int(self.config.get("hidden_size") or self.config.get("n_embd") or 0)
        layers = int(self.config.get("num_hidden_layers") or self.config.get("n_layer") or 0)
        head_size = int(self.config.get("head_dim") or hidden // heads)
        return 2 * layers * int(self.config.get("num_key_value_heads") or heads) * head_size


def read_checkpoint(folder: Path) -> Checkpoint:
    """What the folder holds; raises ModelUnavailable that names what is missing or damaged."""
    config = _json(folder / CONFIG, "It is not a transformers model folder")
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise ModelUnavailable(
            f"{folder} holds no tokenizer (none of {', '.join(TOKENIZERS)}). Copy the model's tokenizer files there."
        )
    text_config = config.get("text_config")
    merged = {**config, **(text_config if isinstance(text_config, dict) else {})}
    tensors = [tensor for path in _weight_files(folder) for tensor in _tensors(path)]
    return Checkpoint(
        folder,
        merged,
        parameters=sum(count for count, _ in tensors),
        stored_bytes=sum(size for _, size in tensors),
        context_tokens=_context(merged, folder),
    )


def _json(path: Path, otherwise: str) -> dict[str, Any]:
    if not path.is_file():
        raise ModelUnavailable(f"{path.parent} holds no {path.name}. {otherwise}; choose the folder of a chat model.")
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{path} cannot be read: {error}. Download the model again.") from error
    if not isinstance(value, dict):
        raise ModelUnavailable(f"{path} holds no JSON object. Download the model again.")
    return value


def _weight_files(folder: Path) -> list[Path]:
    if (folder / INDEX).is_file():
        shards = _json(folder / INDEX, "").get("weight_map", {}).values()
        paths = [folder / Path(name).name for name in sorted(set(shards))]
    else:
        paths = [folder / WEIGHTS]
    missing = [path.name for path in paths if not path.is_file()]
    if not missing:
        return paths
    if paths == [folder / WEIGHTS]:
        raise ModelUnavailable(f"{folder} holds no weights in safetensors format. {_other_format(folder.iterdir())}")
    raise ModelUnavailable(
        f"{folder} lacks {len(missing)} of {len(paths)} weight files: {', '.join(missing[:3])}. "
        "Download the model again."
    )


def _other_format(paths: Iterable[Path]) -> str:
    suffixes = {path.suffix for path in paths}
    if ".gguf" in suffixes:
        return "Its GGUF file is for llama.cpp or Ollama: serve it there and set DOCENT_LLM_URL."
    if suffixes & {".bin", ".pt", ".pth"}:
        return "Its pickled weights could run code when opened and are not loaded: convert them to safetensors."
    return f"Put {WEIGHTS} there or choose another model."


def _tensors(path: Path) -> Iterable[tuple[int, int]]:
    """(number of values, bytes) of each tensor in a safetensors file, from its header alone."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header: Any = json.loads(file.read(length)) if 0 < length <= _LONGEST_HEADER else None
        entries = [entry for name, entry in header.items() if name != "__metadata__"]
        tensors = [(prod(e["shape"]), e["data_offsets"][1] - e["data_offsets"][0]) for e in entries]
        expected = 8 + length + max((e["data_offsets"][1] for e in entries), default=0)
    except (OSError, ValueError, AttributeError, KeyError, TypeError, IndexError) as error:
        raise ModelUnavailable(
            f"The weights {path} are damaged: no readable header. Download the model again."
        ) from error
    if (actual := path.stat().st_size) != expected:
        raise ModelUnavailable(
            f"The weights {path} are damaged: {actual} bytes, and the header says {expected}. Download the model again."
        )
    return tensors


def _context(config: Mapping[str, Any], folder: Path) -> int | None:
    limits = [config.get(name) for name in ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length")]
    tokenizer_config = folder / "tokenizer_config.json"
    if tokenizer_config.is_file():
        limits.append(_json(tokenizer_config, "").get("model_max_length"))
    known = [int(limit) for limit in limits if isinstance(limit, int | float) and 0 < limit < _UNLIMITED]
    return min(known, default=None)
