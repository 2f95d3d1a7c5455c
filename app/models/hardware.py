"""Where a language model can run and what fits there. Knows devices, number formats and free memory; loads nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ingest.checkpoint import Checkpoint
from ingest.errors import ModelUnavailable

LEAST_CONTEXT = 2048  # tokens; with less there is no room for instructions, sources and an answer
# 125 M parameters at float32 (499 MB) with a 1,300-token prompt peaked 60 MB above weights and cache, and 220 MB when
# converted from bfloat16 while loading; both figures below leave room over that.
_OVERHEAD = 1.1
_RUNTIME_BYTES = 300_000_000
_BITS_OVERHEAD = 1.25  # bitsandbytes keeps embeddings, norms and quantisation constants in 16 bits


@dataclass(frozen=True, slots=True)
class Placement:
    """How the model will be loaded."""

    device: str  # cpu, cuda:0, mps; "auto" spreads the layers over several GPUs
    dtype: str  # bfloat16, float16, float32
    bits: int | None  # 4, 8 or None
    context_tokens: int  # prompt and answer together that fit in memory


def choose_device(wanted: str) -> str:
    """The device for `wanted` (auto | cpu | cuda | cuda:N | mps); auto prefers CUDA, then MPS, then the CPU."""
    import torch

    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted == "auto":
        if gpus:
            return "auto" if gpus > 1 else "cuda:0"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    if wanted.startswith("cuda"):
        number = int(wanted.partition(":")[2] or 0)
        if number >= gpus:
            raise ModelUnavailable(
                f"The settings ask for {wanted} and there are {gpus} CUDA devices. Set DOCENT_DEVICE=auto."
            )
        return f"cuda:{number}"
    return wanted


def choose_dtype(checkpoint: Checkpoint, device: str) -> str:
    """The checkpoint's own number format, or the nearest one in which this device computes fast."""
    import torch

    if checkpoint.dtype not in ("float16", "bfloat16"):
        return "float32"
    if device == "cpu":
        return "bfloat16" if _cpu_has_bf16() else "float32"
    if device == "mps":
        return checkpoint.dtype
    return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"


def _cpu_has_bf16() -> bool:
    # Without these instructions bfloat16 is emulated: a product of 512x2048 and 2048x2048 took 300 times as long as in
    # float32 on an AVX-512 machine that lacks them.
    cpuinfo = Path("/proc/cpuinfo")
    flags = cpuinfo.read_text(encoding="utf-8", errors="replace") if cpuinfo.is_file() else ""
    return any(flag in flags for flag in ("avx512_bf16", "amx_bf16", " bf16"))


def place(checkpoint: Checkpoint, *, device: str, bits: int | None, context: int | None) -> Placement:
    """Decide device, number format and context; `context` is what the settings ask for, None for the model's own.

    Raises ModelUnavailable with the memory needed and the memory free when the model does not fit.
    """
    device = choose_device(device)
    dtype = choose_dtype(checkpoint, device)
    if bits is not None:
        _require_quantisation(bits, device)
    free = free_bytes(device)
    fixed = weight_bytes(checkpoint, dtype, bits)
    per_token = checkpoint.kv_values_per_token * _width(dtype)
    wanted = context or checkpoint.context_tokens or LEAST_CONTEXT
    fitting = int((free - fixed) / per_token) if per_token else wanted
    least = wanted if context else min(wanted, LEAST_CONTEXT)
    if fitting < least or free < fixed:
        raise ModelUnavailable(
            f"{checkpoint.folder.name} needs {_gb(fixed + least * per_token)} of memory on {device} for its weights "
            f"and {least} tokens of context; {_gb(free)} are free. {_next_step(device, bits, context)}"
        )
    return Placement(device, dtype, bits, min(wanted, fitting))


def weight_bytes(checkpoint: Checkpoint, dtype: str, bits: int | None) -> int:
    """Estimated memory of the loaded weights with everything that does not grow with the context."""
    plain = checkpoint.parameters * _width(dtype) if bits is None else checkpoint.parameters * bits / 8 * _BITS_OVERHEAD
    return int(plain * _OVERHEAD) + _RUNTIME_BYTES


def free_bytes(device: str) -> int:
    """Memory that can be had on `device` now; "auto" is all GPUs together."""
    import torch

    if device == "auto":
        return sum(torch.cuda.mem_get_info(number)[0] for number in range(torch.cuda.device_count()))
    if device.startswith("cuda"):
        return torch.cuda.mem_get_info(device)[0]
    return free_host_bytes()


def free_host_bytes() -> int:
    """Memory of this computer that can be had now, within a container's limit."""
    import psutil

    free = int(psutil.virtual_memory().available)
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.is_file() and used.is_file() and (text := limit.read_text().strip()).isdigit():
        free = min(free, int(text) - int(used.read_text()))  # a container's limit, which the host's figure ignores
    return free


def _require_quantisation(bits: int, device: str) -> None:
    from importlib.util import find_spec

    if bits not in (4, 8):
        raise ModelUnavailable(f"DOCENT_LLM_BITS is {bits}; it can be 4 or 8. Correct it or unset it.")
    if not (device == "auto" or device.startswith("cuda")):
        raise ModelUnavailable(
            f"Loading in {bits} bits needs a CUDA device, and the model would run on {device}. "
            "Unset DOCENT_LLM_BITS, or choose a smaller model."
        )
    if find_spec("bitsandbytes") is None:
        raise ModelUnavailable(
            f"Loading in {bits} bits needs bitsandbytes. Install it with: pip install 'docent[quantization]'"
        )


def _next_step(device: str, bits: int | None, context: int | None) -> str:
    if context:
        return "Lower DOCENT_LLM_CONTEXT, or choose a smaller model."
    if bits is None and device != "cpu" and device != "mps":
        return "Set DOCENT_LLM_BITS=4, choose a smaller model, or free memory."
    return "Close other programs or choose a smaller model."


def _width(dtype: str) -> int:
    return 4 if dtype == "float32" else 2


def _gb(size: float) -> str:
    return f"{size / 1e9:.2f} GB"
