"""Runs a BERT's layers as one call, for processes in which many threads compute. Knows no weights and no texts.

Each of the layers' operations lets go of Python's lock and takes it again, some 240 times a call. Where another thread
computes in Python meanwhile, each time may cost the 5 ms that sys.getswitchinterval says: beside one such thread three
passages took 1.3 s to read, and .06 s alone. A traced graph lets go of the lock once: it took .4 s there, with what
stands before and after the layers, and gives the same numbers to the bit (python -m bench.one_call).
"""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertModel
from transformers.modeling_outputs import BaseModelOutputWithPastAndCrossAttentions


def run_in_one_call(model: object) -> None:
    """Make the layers of a BertModel one call from now on; any other model, or one on an accelerator, stays as it is.

    Takes .6 s, which a process that asks once does not get back. What runs in one call can be trained no more.
    """
    if isinstance(model, BertModel) and model.device.type == "cpu" and not isinstance(model.encoder, _OneCall):
        body: Any = model
        body.encoder = _OneCall(body.encoder, int(body.config.hidden_size))


class _OneCall(nn.Module):
    """Stands where a BertEncoder stood."""

    def __init__(self, layers: nn.Module, size: int) -> None:
        super().__init__()
        layers = _Layers(layers.requires_grad_(False))
        states = torch.zeros(2, 4, size, dtype=next(layers.parameters()).dtype)
        mask = torch.ones(2, 1, 4, 4, dtype=torch.bool)
        trace: Any = torch.jit.trace
        with torch.inference_mode(), warnings.catch_warnings():
            # torch.jit gives way to torch.compile, which needs a C++ compiler on the user's machine. The other warning:
            # values that the trace takes for constants, here that attention is not causal.
            warnings.simplefilter("ignore")
            self._masked = trace(layers, (states, mask), check_trace=False)
            self._whole = trace(layers, (states,), check_trace=False)
            for _ in range(2):  # the first two calls make a graph fast, and are slow themselves
                self._masked(states, mask)
                self._whole(states)

    def forward(
        self, hidden_states: Tensor, attention_mask: Tensor | None = None, **_: Any
    ) -> BaseModelOutputWithPastAndCrossAttentions:
        """As BertEncoder's, for a model that only encodes: (batch, tokens, size) in and out."""
        states = self._whole(hidden_states) if attention_mask is None else self._masked(hidden_states, attention_mask)
        return BaseModelOutputWithPastAndCrossAttentions(last_hidden_state=states)


class _Layers(nn.Module):
    """Tensors in and out, as a trace wants them."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, states: Tensor, mask: Tensor | None = None) -> Tensor:
        found: Tensor = self.layers(states, attention_mask=mask).last_hidden_state
        return found
