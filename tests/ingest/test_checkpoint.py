from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app.models import hardware
from app.models.hardware import LEAST_CONTEXT, place
from ingest.checkpoint import Checkpoint, read_checkpoint
from ingest.errors import ModelUnavailable
from ingest.hub import find_model


@pytest.fixture
def folder(tiny_chat_model: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model, to be spoilt."""
    return Path(shutil.copytree(tiny_chat_model, tmp_path / "model"))


def test_complete_folder_is_described(tiny_chat_model: Path) -> None:
    checkpoint = read_checkpoint(tiny_chat_model)
    assert checkpoint.context_tokens == 8192
    assert checkpoint.dtype == "float32"
    assert checkpoint.stored_bytes == 4 * checkpoint.parameters
    assert checkpoint.kv_values_per_token == 2 * 2 * 1 * 24  # keys and values, 2 layers, 1 head of 24


def test_context_of_a_model_that_also_sees_is_its_text_models(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    nested = {"architectures": config["architectures"], "text_config": {**config, "max_position_embeddings": 1234}}
    (folder / "config.json").write_text(json.dumps(nested))
    assert read_checkpoint(folder).context_tokens == 1234


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ("config.json", "holds no config.json"),
        ("tokenizer.json", "holds no tokenizer"),
        ("model.safetensors", "no weights in safetensors format"),
    ],
)
def test_missing_file_is_named(folder: Path, missing: str, reason: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(ModelUnavailable, match=reason):
        read_checkpoint(folder)


@pytest.mark.parametrize(
    ("other", "advice"), [("model.Q4_K_M.gguf", "llama.cpp or Ollama"), ("pytorch_model.bin", "could run code")]
)
def test_weights_in_another_format_are_answered_with_what_to_do(folder: Path, other: str, advice: str) -> None:
    (folder / "model.safetensors").rename(folder / other)
    with pytest.raises(ModelUnavailable, match=advice):
        read_checkpoint(folder)


def test_interrupted_copy_of_the_weights_is_named_with_both_sizes(folder: Path) -> None:
    weights = folder / "model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:-1000])
    with pytest.raises(ModelUnavailable, match=f"{len(content) - 1000} bytes, and the header says {len(content)}"):
        read_checkpoint(folder)


@pytest.mark.parametrize("content", [b"", b"not weights at all", (10).to_bytes(8, "little") + b'{"a": 1}  '])
def test_damaged_weights_are_named(folder: Path, content: bytes) -> None:
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelUnavailable, match="damaged: no readable header"):
        read_checkpoint(folder)


def test_missing_shards_are_counted(folder: Path) -> None:
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors").rename(folder / shards["a"])
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    with pytest.raises(ModelUnavailable, match=r"lacks 1 of 2 weight files: model-00002-of-00002\.safetensors"):
        read_checkpoint(folder)


def test_unreadable_config_is_named(folder: Path) -> None:
    (folder / "config.json").write_text("{")
    with pytest.raises(ModelUnavailable, match=r"config\.json cannot be read"):
        read_checkpoint(folder)


@pytest.fixture
def large() -> Checkpoint:
    """A model of a billion parameters that nobody has to store."""
    config = {"dtype": "bfloat16", "num_hidden_layers": 32, "num_attention_heads": 32, "hidden_size": 4096}
    return Checkpoint(Path("large"), config, 1_000_000_000, 2_000_000_000, context_tokens=32768)


@pytest.fixture
def free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "free_bytes", lambda device: 4_000_000_000)
    monkeypatch.setattr(hardware, "choose_dtype", lambda checkpoint, device: "bfloat16")


@pytest.mark.usefixtures("free_memory")
def test_context_is_what_fits_beside_the_weights(large: Checkpoint) -> None:
    placement = place(large, device="cpu", bits=None, context=None)
    per_token = 2 * 32 * 4096 * 2
    assert LEAST_CONTEXT <= placement.context_tokens == (4_000_000_000 - 2_500_000_000) // per_token


@pytest.mark.usefixtures("free_memory")
def test_model_too_large_for_memory_is_refused_with_both_sizes(large: Checkpoint) -> None:
    with pytest.raises(ModelUnavailable, match=r"needs 5\.77 GB of memory .* 4\.00 GB are free"):
        place(replace(large, parameters=2_000_000_000), device="cpu", bits=None, context=None)


@pytest.mark.usefixtures("free_memory")
def test_context_asked_for_that_does_not_fit_is_refused(large: Checkpoint) -> None:
    with pytest.raises(ModelUnavailable, match=r"and 16000 tokens of context; .* Lower DOCENT_LLM_CONTEXT"):
        place(large, device="cpu", bits=None, context=16_000)


def test_quantisation_without_cuda_is_refused(large: Checkpoint) -> None:
    with pytest.raises(ModelUnavailable, match="in 4 bits needs a CUDA device, and the model would run on cpu"):
        place(large, device="cpu", bits=4, context=None)


def test_device_that_is_not_there_is_refused(large: Checkpoint) -> None:
    with pytest.raises(ModelUnavailable, match=r"ask for cuda:7 and there are \d CUDA devices"):
        place(large, device="cuda:7", bits=None, context=None)


def test_folder_is_found_as_it_is(tiny_chat_model: Path) -> None:
    assert find_model(str(tiny_chat_model)) == tiny_chat_model


def test_path_that_is_no_folder_and_no_hub_name_is_refused() -> None:
    with pytest.raises(ModelUnavailable, match="There is no folder /no/such/place"):
        find_model("/no/such/place")


def test_offline_hub_is_said_to_be_forbidden(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="HF_HUB_OFFLINE forbids"):
        find_model("some-org/some-model", cache=tmp_path)


@pytest.mark.parametrize(
    ("stored", "has_bf16", "dtype"),
    [
        ("float32", True, "float32"),
        ("bfloat16", True, "bfloat16"),
        ("float16", True, "bfloat16"),
        ("bfloat16", False, "float32"),
    ],
)
def test_number_format_on_a_cpu_is_one_it_is_fast_in(
    large: Checkpoint, monkeypatch: pytest.MonkeyPatch, stored: str, has_bf16: bool, dtype: str
) -> None:
    monkeypatch.setattr(hardware, "_cpu_has_bf16", lambda: has_bf16)
    stored_model = replace(large, config={**large.config, "dtype": stored})
    assert hardware.choose_dtype(stored_model, "cpu") == dtype
