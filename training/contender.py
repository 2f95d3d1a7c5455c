"""Ways of giving the encoder more Chinese, each beside the encoder that ships, which teaches it.

Knows tokens and vectors; knows no data.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers.modeling_outputs import BaseModelOutput

from ingest import chinese
from ingest.embed import minilm_folder
from training.student import CLS, SEP, Ids

RANK = 64
BATCH = 64  # where nothing is learned


class Learned(StrEnum):
    """What learns."""

    ROWS = "rows"  # of all tokens
    ADAPTER = "adapter"  # which only Chinese goes through
    LAYERS = "layers"  # a copy of all six, which only Chinese goes through
    THREE = "three"  # every second layer, for English as well
    STATIC = "static"  # one vector a token and no layers, for English as well

    @property
    def reads_english(self) -> bool:
        """Whether English goes through it too."""
        return self in (Learned.THREE, Learned.STATIC)


class Narrow(nn.Module):
    """A matrix that stays, and a product of two narrow ones beside it (Hu et al., "LoRA", 2021)."""

    def __init__(self, matrix: nn.Linear) -> None:
        super().__init__()
        self.matrix = matrix
        self.down = nn.Parameter(torch.randn(RANK, matrix.in_features) / matrix.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(matrix.out_features, RANK))

    def forward(self, states: Tensor) -> Tensor:
        found: Tensor = self.matrix(states) + F.linear(F.linear(states, self.down), self.up)
        return found


class Static(nn.Module):
    """Stands where a BertModel stood, and looks no token's neighbours up."""

    def __init__(self, rows: nn.Embedding) -> None:
        super().__init__()
        self.rows = nn.Embedding.from_pretrained(rows.weight.detach().clone(), freeze=False)
        self.device = rows.weight.device

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> BaseModelOutput:
        """States are the tokens' own vectors."""
        return BaseModelOutput(last_hidden_state=self.rows(input_ids))


class Contender:
    """The encoder that ships, as teacher, and beside it what learns from it."""

    def __init__(self, learned: Learned) -> None:
        model = SentenceTransformer(str(minilm_folder()), local_files_only=True)
        chinese.load().add_to_model(model)
        self.learned, self.device = learned, model.device
        self.tokenizer: Tokenizer = model.tokenizer.backend_tokenizer
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self._body: Any = model.transformers_model
        self._body.eval().requires_grad_(False)
        self._teacher = copy.deepcopy(self._body)
        if learned is Learned.ADAPTER:
            for layer in self._body.encoder.layer:
                for path in _matrices(layer):
                    parent, _, name = path.rpartition(".")
                    setattr(layer.get_submodule(parent), name, Narrow(layer.get_submodule(path)))
        elif learned is Learned.STATIC:
            self._body = Static(self._body.get_input_embeddings())
        elif learned is Learned.ROWS:
            self._body.get_input_embeddings().weight.requires_grad_(True)
        else:
            if learned is Learned.THREE:
                self._body.encoder.layer = self._body.encoder.layer[::2]
            self._body.encoder.requires_grad_(True)

    def learning(self) -> Iterator[nn.Parameter]:
        """What the optimizer moves."""
        return (p for p in self._body.parameters() if p.requires_grad)

    def tokenize(self, texts: Sequence[str], longest: int) -> list[Ids]:
        encodings = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [np.array(e.ids[:longest], dtype=np.int64) for e in encodings]

    def encode(self, texts: Sequence[Ids]) -> Tensor:
        """Vectors of length 1, (texts, dimension), by what learns."""
        return _encoded(self._body, texts)

    def teacher(self, texts: Sequence[Ids]) -> Tensor:
        """The same by the model that ships."""
        return _encoded(self._teacher, texts)

    def all_of(self, texts: Sequence[Ids], *, english: bool = False) -> Tensor:
        """Vectors of many texts, by what would read them."""
        encode = self.teacher if english and not self.learned.reads_english else self.encode
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        found = [encode([texts[i] for i in order[at : at + BATCH]]) for at in range(0, len(order), BATCH)]
        return torch.cat(found).cpu()[torch.from_numpy(np.argsort(order))]


def _matrices(layer: nn.Module) -> list[str]:
    return [path for path, module in layer.named_modules() if isinstance(module, nn.Linear)]


def _encoded(body: Any, texts: Sequence[Ids]) -> Tensor:
    shape = len(texts), max(map(len, texts)) + 2
    ids, mask = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    for i, text in enumerate(texts):
        ids[i, : len(text) + 2] = torch.from_numpy(np.concatenate([[CLS], text, [SEP]]))
        mask[i, : len(text) + 2] = 1
    ids, mask = ids.to(body.device), mask.to(body.device)
    states = body(input_ids=ids, attention_mask=mask).last_hidden_state.float()
    weights = mask[..., None].float()
    return F.normalize((states * weights).sum(1) / weights.sum(1), dim=-1)
