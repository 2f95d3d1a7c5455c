"""Chinese for all-MiniLM-L6-v2, which the built-in reader's network grew from: what the model's vocabulary lacks.

Each word and character is one row of the model's input embedding, trained so that a Chinese text lands where the model
puts its English translation (training/train_encoder.py). A text without Chinese has none of these tokens. Their
spellings, Simplified and Traditional, also make the two scripts one for the keyword index.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.shipped import read_shipped
from ingest.types import FloatMatrix

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

SHA256 = "5bbbb73be28ed1473921fd4ce23cc543a46efab20c791855c8e9c32e3dcecbd0"
TOKENS, ROWS = "chinese.txt", "chinese.safetensors"


@dataclass(frozen=True, slots=True)
class ChineseVocabulary:
    """Tokens and their embeddings."""

    tokens: tuple[tuple[str, ...], ...]  # the spellings, Simplified and Traditional, that share row i
    rows: FloatMatrix  # (len(tokens), dimension of the model)

    def add_to_tokenizer(self, tokenizer: Tokenizer) -> None:
        """Make every spelling one token; of several that fit, the longest is taken."""
        from tokenizers import AddedToken

        known = tokenizer.get_vocab()
        spellings = (spelling for spellings in self.tokens for spelling in spellings if spelling not in known)
        tokenizer.add_tokens([AddedToken(spelling, normalized=False) for spelling in spellings])

    def add_to_model(self, model: SentenceTransformer) -> None:
        """Extend the model's tokenizer and input embedding, in place."""
        import torch

        tokenizer = model.tokenizer.backend_tokenizer
        self.add_to_tokenizer(tokenizer)
        transformer: Any = model.transformers_model
        old = transformer.get_input_embeddings().weight
        table = torch.zeros(tokenizer.get_vocab_size(), old.shape[1], dtype=old.dtype, device=old.device)
        table[: len(old)] = old.detach()
        ids = [[tokenizer.token_to_id(spelling) for spelling in spellings] for spellings in self.tokens]
        flat = [id_ for row in ids for id_ in row]
        repeats = np.repeat(np.arange(len(ids)), [len(row) for row in ids])
        table[flat] = torch.from_numpy(self.rows[repeats]).to(table)
        embedding = torch.nn.Embedding(len(table), table.shape[1], _weight=table, _freeze=True)
        transformer.set_input_embeddings(embedding)
        transformer.config.vocab_size = len(table)


def load() -> ChineseVocabulary:
    """The vocabulary that ships; raises ModelUnavailable where its files are not the ones that were trained."""
    from safetensors.numpy import load as read_tensors

    tokens, tensors = read_shipped("ingest", [TOKENS, ROWS], SHA256)
    return parse(tokens, read_tensors(tensors))


@cache
def to_simplified() -> Mapping[int, str]:
    """A table for `str.translate` that makes Traditional characters Simplified, as far as the vocabulary goes."""
    lines = (files("ingest") / "built_in" / TOKENS).read_text(encoding="utf-8").splitlines()
    rows = (line.split() for line in lines)
    return {ord(variant): first for first, *variants in rows for variant in variants if len(variant) == 1}


def parse(tokens: bytes, tensors: dict[str, np.ndarray]) -> ChineseVocabulary:
    """From the files' contents: spellings, a line a row; `rows` as int8, (n, dimension), and their `scale`, (n,)."""
    lines = tokens.decode("utf-8").splitlines()
    rows = tensors["rows"].astype(np.float32) * tensors["scale"].astype(np.float32)[:, None]
    return ChineseVocabulary(tuple(tuple(line.split()) for line in lines), rows)
