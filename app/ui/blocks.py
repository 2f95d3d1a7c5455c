"""Gradio's blocks, for which neither an output that is left as it is nor waiting costs anything.

For each gr.skip() gradio 6.31 makes the component anew and writes its settings down (blocks.py, postprocess_data). Each
poll of an open page skips nearly all of sixteen outputs: that took 16 ms of processor time and takes 4. Its queue looks
a thousand times a second whether anybody has asked anything, which takes 5% of a core day and night.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState

_LOOK_SECONDS = 0.02  # how often the queue looks for what to do


class Blocks(gr.Blocks):
    """A gr.Blocks in every other way."""

    def queue(self, *arguments: Any, **options: Any) -> Blocks:
        super().queue(*arguments, **options)
        self._queue.sleep_when_free = _LOOK_SECONDS
        return self

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: list[Any] | dict[Any, Any], state: SessionState | None
    ) -> list[Any]:
        outputs, skipped = list(block_fn.outputs), gr.skip()
        if not isinstance(predictions, list | tuple) or len(predictions) != len(outputs) or len(outputs) == 1:
            return await super().postprocess_data(block_fn, predictions, state)
        data: list[Any] = [None if block.stateful else skipped for block in outputs]
        told = [place for place, prediction in enumerate(predictions) if prediction != skipped]
        if told:
            part = copy(block_fn)
            part.outputs = [outputs[place] for place in told]
            values = [predictions[place] for place in told]
            said = await super().postprocess_data(part, values if len(told) > 1 else values[0], state)
            for place, value in zip(told, said, strict=True):
                data[place] = value
        return data
