"""The built-in reader's network: does a passage answer the question, and which of its characters do?

Knows the network's weights and how texts become its input; app.reading.reader decides what is shown. The weights were
trained by training/train_reader.py; app/reading/built_in/README.md says on what, and how well they do.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from app.types import Passage
from ingest import chinese
from ingest.embed import multiplies_bfloat16
from ingest.minilm import minilm_folder
from ingest.shipped import read_shipped
from ingest.types import FloatVector

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from app.reading.network import ReaderNetwork

WEIGHTS = "reader.safetensors"
SHA256 = "6b3228890a115a660f426c64b9722a83739294596485659a18f3e7a6fd1a952d"
CLS, SEP = 101, 102
QUESTION_TOKENS, HEADING_TOKENS, MOST_TOKENS = 40, 12, 500
LONGEST_ANSWER = 40  # tokens
_KEPT = 2_048  # readings
_BATCH = 8  # passages


@dataclass(frozen=True, slots=True)
class PassageText:
    """What the network reads of a passage."""

    heading: str | None  # the innermost one, or the whole path
    text: str


@dataclass(frozen=True, slots=True)
class PassageReading:
    """What the network makes of one passage. Token i stands in the text at [starts[i], ends[i])."""

    answers: float  # log odds that the passage answers the question; not calibrated
    starts: tuple[int, ...]  # characters
    ends: tuple[int, ...]
    first: FloatVector  # (tokens,), probability that the answer begins with token i
    last: FloatVector  # (tokens,), that it ends with it

    def share(self, start: int, end: int) -> float:
        """How much of the answer's probability, in [0, 1], stands in characters [start, end)."""
        inside = [i for i, (a, b) in enumerate(zip(self.starts, self.ends, strict=True)) if a >= start and b <= end]
        return float(self.first[inside].sum() + self.last[inside].sum()) / 2

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """The likeliest answer within characters [start, end), as characters; None where no token stands there."""
        inside = [i for i, (a, b) in enumerate(zip(self.starts, self.ends, strict=True)) if a >= start and b <= end]
        if not inside:
            return None
        first, last, _ = likeliest(self.first[inside], self.last[inside], LONGEST_ANSWER)
        return self.starts[inside[first]], self.ends[inside[last]]


def likeliest(first: FloatVector, last: FloatVector, longest: int) -> tuple[int, int, float]:
    """The first and last token of the likeliest span of at most `longest` tokens, and its share of the probability of
    all of these; `first` and `last` are (tokens,) and not empty."""
    pairs = np.outer(first, last)
    pairs *= np.triu(np.ones_like(pairs)) - np.triu(np.ones_like(pairs), longest)
    begin, end = divmod(int(pairs.argmax()), len(first))
    return begin, end, float(pairs[begin, end] / pairs.sum())


def passage_text(passage: Passage) -> PassageText:
    """What is read of a passage: its innermost heading and its text."""
    return PassageText((passage.heading or "").rpartition(" > ")[2] or None, passage.text)


class SpanReader:
    """Reads passages for a question; what was read lately is not read again. Safe to call from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lately: OrderedDict[tuple[str, PassageText], PassageReading] = OrderedDict()

    def read(self, question: str, passages: Sequence[PassageText]) -> list[PassageReading]:
        """One reading a passage, in their order. Raises ModelUnavailable where the weights are not those that ship."""
        with self._lock:
            known = {p: self._lately[question, p] for p in passages if (question, p) in self._lately}
        missing = sorted({p for p in passages if p not in known}, key=lambda p: len(p.text))
        for at in range(0, len(missing), _BATCH):
            batch = missing[at : at + _BATCH]
            known |= dict(zip(batch, self._read(question, batch), strict=True))
        with self._lock:
            for passage in passages:
                self._lately[question, passage] = known[passage]
                self._lately.move_to_end((question, passage))
            while len(self._lately) > _KEPT:
                self._lately.popitem(last=False)
        return [known[passage] for passage in passages]

    def run_in_one_call(self) -> None:
        """For a process in which many threads compute (ingest.one_call). Raises what `read` raises."""
        from ingest.one_call import run_in_one_call

        run_in_one_call(self._loaded[0].body)

    def _read(self, question: str, passages: Sequence[PassageText]) -> list[PassageReading]:
        import torch

        network, tokenizer = self._loaded
        asked = tokenizer.encode(question, add_special_tokens=False).ids[:QUESTION_TOKENS]
        rows, places = [], []
        for passage in passages:
            head = tokenizer.encode(passage.heading or "", add_special_tokens=False).ids[:HEADING_TOKENS]
            body = tokenizer.encode(passage.text, add_special_tokens=False)
            size = MOST_TOKENS - len(asked) - len(head)
            rows.append(Row.of(asked, head, body.ids[:size]))
            places.append(body.offsets[:size])
        with torch.inference_mode():
            first, last, answers = network(*(torch.from_numpy(a) for a in padded(rows)))
        return [
            _reading(row, own, first[i].numpy(), last[i].numpy(), float(answers[i]))
            for i, (row, own) in enumerate(zip(rows, places, strict=True))
        ]

    @property
    def _loaded(self) -> tuple[ReaderNetwork, Tokenizer]:
        with self._lock:
            return self._network

    @cached_property
    def _network(self) -> tuple[ReaderNetwork, Tokenizer]:
        return load()


@dataclass(frozen=True, slots=True)
class Row:
    """[CLS] question [SEP] heading passage [SEP] as the network takes it."""

    ids: np.ndarray
    types: np.ndarray  # 0 for the question, 1 for the rest
    match: np.ndarray  # 1 a token of the question that the passage has too, 2 the other way round, else 0
    passage: int  # place of the passage's first token

    @classmethod
    def of(cls, question: Sequence[int], heading: Sequence[int], passage: Sequence[int]) -> Row:
        border = len(question) + 2
        ids = np.array([CLS, *question, SEP, *heading, *passage, SEP], dtype=np.int64)
        types = (np.arange(len(ids)) >= border).astype(np.int64)
        match = np.zeros(len(ids), dtype=np.int64)
        match[1 : border - 1] = np.isin(ids[1 : border - 1], ids[border:-1])
        match[border:-1] = 2 * np.isin(ids[border:-1], ids[1 : border - 1])
        return cls(ids, types, match, border + len(heading))


def padded(rows: Sequence[Row]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """ids, types, match and mask of the rows, each (rows, most tokens)."""
    shape = len(rows), max(len(row.ids) for row in rows)
    ids, types, match, mask = (np.zeros(shape, dtype=np.int64) for _ in range(4))
    for i, row in enumerate(rows):
        size = len(row.ids)
        ids[i, :size], types[i, :size], match[i, :size], mask[i, :size] = row.ids, row.types, row.match, 1
    return ids, types, match, mask


def _reading(
    row: Row, places: Sequence[tuple[int, int]], first: FloatVector, last: FloatVector, answers: float
) -> PassageReading:
    inside = slice(row.passage, row.passage + len(places))
    starts, ends = tuple(a for a, _ in places), tuple(b for _, b in places)
    return PassageReading(answers, starts, ends, _softmax(first[inside]), _softmax(last[inside]))


def _softmax(logits: FloatVector) -> FloatVector:
    if not len(logits):
        return logits
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum(), dtype=np.float32)


# --- weights ----------------------------------------------------------------------------------------------------------


def load() -> tuple[ReaderNetwork, Tokenizer]:
    """The network that ships; raises ModelUnavailable where its weights are not the ones that were trained."""
    from safetensors.numpy import load as read_tensors

    (data,) = read_shipped("app.reading", [WEIGHTS], SHA256)
    network, tokenizer = untrained()
    tensors = read_tensors(data)
    network.load_state_dict(_restored(tensors), strict=False)
    if multiplies_bfloat16():
        # 1.7 times the passages a second; on 150 held-out questions log odds moved by .009 on average and by .039 at
        # most, and 98.7% of the spans stayed as they were.
        network.body.bfloat16()
    return network, tokenizer


def untrained() -> tuple[ReaderNetwork, Tokenizer]:
    """The network on the body of all-MiniLM-L6-v2 with Chinese, before it learned to read, and its tokenizer."""
    from sentence_transformers import SentenceTransformer

    from app.reading.network import ReaderNetwork

    encoder = SentenceTransformer(str(minilm_folder()), local_files_only=True, device="cpu")
    chinese.load().add_to_model(encoder)
    body: Any = encoder.transformers_model
    body.pooler = None
    tokenizer = encoder.tokenizer.backend_tokenizer
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return ReaderNetwork(body).eval(), tokenizer


def quantized(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Matrices as int8 with a scale a row, the rest as it is; `load` turns them back."""
    result = {}
    for name, value in state.items():
        if value.ndim == 2 and len(value) > 8:
            scale = np.maximum(np.abs(value).max(axis=1), 1e-8) / 127
            result[name] = np.round(value / scale[:, None]).astype(np.int8)
            result[f"{name}/scale"] = scale.astype(np.float32)
        else:
            result[name] = value.astype(np.float32)
    return result


def _restored(tensors: dict[str, np.ndarray]) -> dict[str, Any]:
    import torch

    return {
        name: torch.from_numpy(
            value.astype(np.float32) * (tensors[f"{name}/scale"][:, None] if value.dtype == np.int8 else 1)
        )
        for name, value in tensors.items()
        if not name.endswith("/scale")
    }
