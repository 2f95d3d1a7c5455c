"""The built-in reader's network: does a passage answer the question, and which of its characters do?

Knows the network's weights and how texts become its input; app.reading.reader decides what is shown. The weights were
trained by training/train_reader.py; app/reading/built_in/README.md says on what, and how well they do.
"""

from __future__ import annotations

import math
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from app.types import Passage
from ingest.embed import built_in_file, multiplies_bfloat16
from ingest.shipped import read_shipped
from ingest.types import FloatVector

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from app.reading.network import ReaderNetwork

WEIGHTS = "reader.safetensors"
SHA256 = "7cf2f2ad019bb8d16c0109302cb6a01f1369ad825d6de73946b89a1d58d930fc"
BEGIN, END = 0, 2  # pieces of the vocabulary
QUESTION_TOKENS, HEADING_TOKENS = 40, 12
# Tokens of a passage that are read at once, as in training, and that two such windows share: training.compare_windows
WINDOW, OVERLAP = 125, 30
LONGEST_ANSWER = 40  # tokens
_KEPT = 2_048  # readings
_BATCH = 16  # windows
_HAN = re.compile("[\u3400-\u9fff]")


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
    ends = np.lib.stride_tricks.sliding_window_view(np.pad(last, (0, longest - 1)), longest)
    pairs = first[:, None] * ends  # by first token and length
    begin, more = divmod(int(pairs.argmax()), longest)
    return begin, begin + more, float(pairs[begin, more] / pairs.sum())


def passage_text(passage: Passage) -> PassageText:
    """What is read of a passage: its innermost heading and its text."""
    return PassageText((passage.heading or "").rpartition(" > ")[2] or None, passage.text)


class SpanReader:
    """Reads passages for a question; what was read lately is not read again. Safe to call from several threads."""

    def __init__(self, window: int = WINDOW) -> None:
        """Of a passage at most `window` tokens are read at once."""
        self._window = window
        self._lock = threading.Lock()
        self._lately: OrderedDict[tuple[str, PassageText], PassageReading] = OrderedDict()

    def read(self, question: str, passages: Sequence[PassageText]) -> list[PassageReading]:
        """One reading a passage, in their order. Raises ModelUnavailable where the weights are not those that ship."""
        with self._lock:
            known = {p: self._lately[question, p] for p in passages if (question, p) in self._lately}
        missing = list(dict.fromkeys(p for p in passages if p not in known))
        if missing:
            known |= dict(zip(missing, self._read(question, missing), strict=True))
        with self._lock:
            for passage in passages:
                self._lately[question, passage] = known[passage]
                self._lately.move_to_end((question, passage))
            while len(self._lately) > _KEPT:
                self._lately.popitem(last=False)
        return [known[passage] for passage in passages]

    def _read(self, question: str, passages: Sequence[PassageText]) -> list[PassageReading]:
        import torch

        network, tokenizer = self._loaded
        asked = Pieces.of(tokenizer, question).part(0, QUESTION_TOKENS)
        texts = [Pieces.of(tokenizer, passage.text) for passage in passages]
        cut: list[tuple[int, int, Row]] = []  # a window's passage, its first token there, and what the network takes
        for i, (passage, text) in enumerate(zip(passages, texts, strict=True)):
            head = Pieces.of(tokenizer, passage.heading or "").part(0, HEADING_TOKENS)
            cut += [
                (i, start, Row.of(asked, head, text.part(start, end)))
                for start, end in windows(len(text.ids), self._window)
            ]
        cut.sort(key=lambda window: len(window[2].ids))
        read: list[list[_Window]] = [[] for _ in passages]
        for at in range(0, len(cut), _BATCH):
            batch = cut[at : at + _BATCH]
            with torch.inference_mode():
                first, last, answers = network(*(torch.from_numpy(a) for a in padded([row for _, _, row in batch])))
            for place, (i, start, row) in enumerate(batch):
                inside = slice(row.passage, len(row.ids) - 1)
                begin, end = (_softmax(logits[place, inside].numpy()) for logits in (first, last))
                read[i].append(_Window(start, begin, end, float(answers[place])))
        return [_joined(text.places, own) for text, own in zip(texts, read, strict=True)]

    @property
    def _loaded(self) -> tuple[ReaderNetwork, Tokenizer]:
        with self._lock:
            return self._network

    @cached_property
    def _network(self) -> tuple[ReaderNetwork, Tokenizer]:
        return load()


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text as the network's vocabulary spells it."""

    ids: Sequence[int]
    words: Sequence[str]  # how each is spelt, in small letters and without blanks
    places: Sequence[tuple[int, int]]  # characters of the text, blanks left out

    @classmethod
    def of(cls, tokenizer: Tokenizer, text: str) -> Pieces:
        found = tokenizer.encode(text, add_special_tokens=False)
        places = [(a + (text[a:b][:1].isspace()), b) for a, b in found.offsets]
        return cls(found.ids, [piece.lstrip("▁").lower() for piece in found.tokens], places)

    def part(self, start: int, end: int) -> Pieces:
        return Pieces(self.ids[start:end], self.words[start:end], self.places[start:end])


@dataclass(frozen=True, slots=True)
class Row:
    """<s> question </s> heading passage </s> as the network takes it."""

    ids: np.ndarray
    types: np.ndarray  # 0 for the question, 1 for the rest
    match: np.ndarray  # 1 a piece of the question that the passage has too, 2 the other way round, else 0
    passage: int  # place of the passage's first piece

    @classmethod
    def of(cls, question: Pieces, heading: Pieces, passage: Pieces) -> Row:
        border = len(question.ids) + 2
        ids = np.array([BEGIN, *question.ids, END, *heading.ids, *passage.ids, END], dtype=np.int64)
        types = (np.arange(len(ids)) >= border).astype(np.int64)
        told = [*heading.words, *passage.words]
        match = np.zeros(len(ids), dtype=np.int64)
        match[1 : border - 1] = _shared(question.words, told)
        match[border:-1] = 2 * _shared(told, question.words)
        return cls(ids, types, match, border + len(heading.ids))


def _shared(own: Sequence[str], others: Sequence[str]) -> np.ndarray:
    """Which of these pieces stand among the others, or in their text where it runs on without blanks."""
    known, text = set(others) - {""}, "".join(others)
    return np.array([word in known or (_HAN.search(word) is not None and word in text) for word in own], dtype=np.int64)


def padded(rows: Sequence[Row]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """ids, types, match and mask of the rows, each (rows, most tokens)."""
    shape = len(rows), max(len(row.ids) for row in rows)
    ids, types, match, mask = (np.zeros(shape, dtype=np.int64) for _ in range(4))
    for i, row in enumerate(rows):
        size = len(row.ids)
        ids[i, :size], types[i, :size], match[i, :size], mask[i, :size] = row.ids, row.types, row.match, 1
    return ids, types, match, mask


def windows(tokens: int, most: int) -> list[tuple[int, int]]:
    """First token and end of each part in which a passage of so many tokens is read: parts of like length, none above
    `most`, each sharing OVERLAP tokens or so with the next."""
    count = max(1, math.ceil((tokens - OVERLAP) / (most - OVERLAP)))
    size = math.ceil((tokens + OVERLAP * (count - 1)) / count)
    starts = [round(i * (tokens - size) / max(1, count - 1)) for i in range(count)]
    return [(start, start + size) for start in starts]


@dataclass(frozen=True, slots=True)
class _Window:
    """What the network makes of a part of a passage: PassageReading says what the numbers mean."""

    start: int  # its first token
    first: FloatVector
    last: FloatVector
    answers: float


def _joined(places: Sequence[tuple[int, int]], parts: Sequence[_Window]) -> PassageReading:
    """A passage's reading: it answers as surely as its best part, and the answer is in each as surely as that one
    answers beside the others."""
    odds = np.array([part.answers for part in parts], dtype=np.float32)
    first, last = (np.zeros(len(places), dtype=np.float32) for _ in range(2))
    for part, share in zip(parts, _softmax(odds), strict=True):
        inside = slice(part.start, part.start + len(part.first))
        first[inside] += share * part.first
        last[inside] += share * part.last
    starts, ends = tuple(a for a, _ in places), tuple(b for _, b in places)
    return PassageReading(float(odds.max()), starts, ends, first, last)


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
    add_learned(network, read_tensors(data))
    if multiplies_bfloat16():
        network.body.bfloat16()
    return network, tokenizer


def untrained() -> tuple[ReaderNetwork, Tokenizer]:
    """The network on the body of the built-in encoder, before it learned to read, and its tokenizer."""
    from app.reading.network import ReaderNetwork
    from ingest import e5

    carried = e5.read(built_in_file())
    return ReaderNetwork(e5.body(carried)).eval(), carried.tokenizer


def add_learned(network: ReaderNetwork, tensors: Mapping[str, np.ndarray]) -> None:
    """Give the untrained network what was learned, in place: of a matrix of the body the difference, in the blocks of
    ingest.e5, of everything else the numbers themselves."""
    import torch

    from ingest.e5 import unpacked

    state = network.state_dict()
    with torch.no_grad():
        for name, value in tensors.items():
            learned, own = torch.from_numpy(value), state[name]
            own.copy_(own + unpacked(learned) if learned.dtype == torch.uint8 else learned)
