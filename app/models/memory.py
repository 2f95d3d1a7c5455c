"""How much memory there is for models, and how much of it Docent has. Cheap enough to be asked every second."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Memory:
    """One kind of memory, in bytes."""

    process_bytes: int  # taken by this Docent
    free_bytes: int
    total_bytes: int
    is_gpu: bool


def memory_of(device: str) -> Memory:
    """The memory that a model on `device` shares: a GPU's for "cuda" and "cuda:N", else the computer's."""
    return _gpu(device) if device.startswith("cuda") else _host()


def _gpu(device: str) -> Memory:
    import torch

    numbers = [int(device.partition(":")[2])] if ":" in device else list(range(torch.cuda.device_count()))
    measured = [torch.cuda.mem_get_info(number) for number in numbers]
    taken = sum(torch.cuda.memory_reserved(number) for number in numbers)
    return Memory(taken, sum(free for free, _ in measured), sum(total for _, total in measured), is_gpu=True)


def _host() -> Memory:
    import psutil

    from app.models.hardware import free_host_bytes

    taken, total = psutil.Process().memory_info().rss, psutil.virtual_memory().total
    return Memory(int(taken), free_host_bytes(), int(total), is_gpu=False)
