"""The network of the built-in encoder and reader: BERT (Devlin et al., 2019), with no work spent on padding.

Knows layers; knows no weights, no vocabulary and no texts. The tokens of all texts stand in one row, and only attention
sees them text by text. transformers' BertModel gives the same numbers: its import takes longer than loading this
network with its weights, and passages of differing lengths take it a quarter more time (python -m bench.network).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a network is."""

    hidden_size: int
    layers: int
    heads: int
    intermediate_size: int
    longest: int  # tokens of a text, special ones included
    types: int  # of tokens
    epsilon: float  # of the layer norms


class Bert(nn.Module):
    """States of the tokens of texts."""

    def __init__(self, shape: Shape, words: nn.Module) -> None:
        """`words` embeds token ids, (...,), as (..., hidden_size). The numbers are still to be loaded."""
        super().__init__()
        self.shape = shape
        self.words = words
        self.positions = nn.Parameter(torch.empty(shape.longest, shape.hidden_size))
        self.types = nn.Parameter(torch.empty(shape.types, shape.hidden_size))
        self.norm = nn.LayerNorm(shape.hidden_size, eps=shape.epsilon)
        self.layers = nn.ModuleList(_Layer(shape) for _ in range(shape.layers))

    @property
    def device(self) -> torch.device:
        return self.norm.weight.device

    def forward(self, words: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """The last layer's states, (texts, tokens, hidden_size), zeros where there is no token.

        `words` are the embedded ones, of the states' shape; `types` and `mask` are (texts, tokens), the mask not zero
        where there is a token.
        """
        places = _Places(mask)
        words = words.to(self.norm.weight.dtype)
        states = places.row(self.norm(words + self.types[types] + self.positions[: mask.shape[1]]))
        for layer in self.layers:
            states = layer(states, places)
        return places.texts(states)


class _Places:
    """Where in a batch of texts the tokens stand."""

    def __init__(self, mask: Tensor) -> None:
        taken = mask.bool()
        self.shape = taken.shape  # texts, tokens
        self.is_full = bool(taken.all())
        self.taken = taken.flatten().nonzero().squeeze(1)
        self.seen = None if self.is_full else taken[:, None, None, :]  # by every head and every token of a text

    def row(self, padded: Tensor) -> Tensor:
        """(texts, tokens, size) to (all tokens, size)."""
        flat = padded.flatten(0, 1)
        return flat if self.is_full else flat[self.taken]

    def texts(self, row: Tensor) -> Tensor:
        """The reverse."""
        if not self.is_full:
            row = row.new_zeros(self.shape.numel(), row.shape[1]).index_copy(0, self.taken, row)
        return row.view(*self.shape, -1)


class _Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        size, inner = shape.hidden_size, shape.intermediate_size
        self.heads = shape.heads
        self.attention_in = nn.Linear(size, 3 * size)  # queries, keys and values
        self.attention_out = nn.Linear(size, size)
        self.attention_norm = nn.LayerNorm(size, eps=shape.epsilon)
        self.inner = nn.Linear(size, inner)
        self.outer = nn.Linear(inner, size)
        self.norm = nn.LayerNorm(size, eps=shape.epsilon)

    def forward(self, states: Tensor, places: _Places) -> Tensor:
        """(all tokens, size) in and out."""
        by_head = places.texts(self.attention_in(states)).view(*places.shape, 3, self.heads, -1)
        queries, keys, values = by_head.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(queries, keys, values, attn_mask=places.seen).transpose(1, 2).flatten(2)
        states = self.attention_norm(states + self.attention_out(places.row(seen)))
        result: Tensor = self.norm(states + self.outer(F.gelu(self.inner(states))))
        return result
