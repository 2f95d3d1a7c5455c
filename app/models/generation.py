"""Run generate() in a thread and hand out its text as it comes. Knows torch and streaming; knows no messages.

Whoever stops reading stops the generation: closing the iterator sets an event that generate() checks at each token.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from ingest.errors import ModelUnavailable

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# MPS and the CPU raise a plain RuntimeError where CUDA has an error of its own.
_OUT_OF_MEMORY = re.compile(r"out of memory|can't allocate memory")
_CUT_OFF = object()  # among the pieces: the model had more to say than it may
_LOCK_SECONDS = 0.2  # how often a waiting generation looks whether it is still wanted


class Generator:
    """One loaded model; generations of several callers run one after the other, because memory is planned for one."""

    def __init__(self, model: Any, tokenizer: PreTrainedTokenizerBase) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._lock = threading.Lock()

    def stream(
        self, inputs: Mapping[str, Any], config: Any, on_cut_off: Callable[[], None] = lambda: None
    ) -> Iterator[str]:
        """The text that follows `inputs` (input_ids and attention_mask), piece by piece; calls `on_cut_off` where it
        ends because it may not be longer."""
        pieces: SimpleQueue[Any] = SimpleQueue()
        stop = threading.Event()
        thread = threading.Thread(
            target=self._run, args=(inputs, config, pieces, stop), name="docent-generate", daemon=True
        )
        thread.start()
        try:
            while (piece := pieces.get()) is not None:
                if isinstance(piece, BaseException):
                    raise piece
                if piece is _CUT_OFF:
                    on_cut_off()
                elif piece:
                    yield piece
        finally:
            stop.set()

    def _run(
        self,
        inputs: Mapping[str, Any],
        config: Any,
        pieces: SimpleQueue[Any],
        stop: threading.Event,
    ) -> None:
        while not self._lock.acquire(timeout=_LOCK_SECONDS):
            if stop.is_set():
                return
        try:
            self._generate(inputs, config, pieces, stop)
            pieces.put(None)
        except BaseException as error:  # noqa: BLE001 - raised again in the reader's thread, where it can be handled
            pieces.put(_explained(error))
        finally:
            self._lock.release()

    def _generate(
        self,
        inputs: Mapping[str, Any],
        config: Any,
        pieces: SimpleQueue[Any],
        stop: threading.Event,
    ) -> None:
        import torch
        from transformers import StoppingCriteriaList, TextStreamer

        class QueueStreamer(TextStreamer):
            def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
                pieces.put(text)

        def stopped(input_ids: torch.Tensor, scores: torch.Tensor, **_: object) -> torch.Tensor:
            return torch.full((input_ids.shape[0],), stop.is_set(), device=input_ids.device, dtype=torch.bool)

        with torch.inference_mode():
            found = self._model.generate(
                **inputs,
                generation_config=config,
                streamer=QueueStreamer(self._tokenizer, skip_prompt=True, skip_special_tokens=True),
                stopping_criteria=StoppingCriteriaList([stopped]),
            )
        ends = config.eos_token_id if isinstance(config.eos_token_id, list) else [config.eos_token_id]
        is_full = found.shape[1] - inputs["input_ids"].shape[1] >= config.max_new_tokens
        if is_full and int(found[0, -1]) not in ends:
            pieces.put(_CUT_OFF)


def _explained(error: BaseException) -> BaseException:
    import torch

    if not isinstance(error, torch.OutOfMemoryError) and not _OUT_OF_MEMORY.search(str(error)):
        return error
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    explained = ModelUnavailable(
        "The device ran out of memory while answering. Lower DOCENT_LLM_CONTEXT, show fewer passages, or free memory."
    )
    explained.__cause__ = error
    return explained
