"""The Chinese rows under a frozen encoder, while they are learned. Knows tokens and vectors; knows no data set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from safetensors.numpy import save_file
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

from ingest.chinese import ROWS, TOKENS, ChineseVocabulary

CLS, SEP = 101, 102

Ids = np.ndarray  # token ids of one text, special tokens excluded


class Student(torch.nn.Module):
    """The rows of the Chinese vocabulary under the frozen model."""

    def __init__(self, model: SentenceTransformer, tokens: list[list[str]]) -> None:
        super().__init__()
        transformer: Any = model.transformers_model
        self.centre = transformer.get_input_embeddings().weight.detach().mean(0)
        dimension = len(self.centre)
        ChineseVocabulary(tuple(map(tuple, tokens)), np.zeros((len(tokens), dimension), np.float32)).add_to_model(model)
        self.tokenizer: Tokenizer = model.tokenizer.backend_tokenizer
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.transformer = transformer.eval().requires_grad_(False)
        self.device = self.centre.device
        table = transformer.get_input_embeddings().weight.detach()
        ids = [[self.tokenizer.token_to_id(spelling) for spelling in spellings] for spellings in tokens]
        self.row_of = torch.full((len(table),), -1, device=self.device)
        for row, same in enumerate(ids):
            self.row_of[same] = row
        self.base = table
        place = {spellings[0]: row for row, spellings in enumerate(tokens)}
        parts = [[place[c] for c in s[0] if c in place] if len(s[0]) > 1 else [] for s in tokens]
        self.parts = torch.tensor([p for row in parts for p in row], device=self.device)
        self.starts = torch.tensor(np.cumsum([0, *map(len, parts)])[:-1], device=self.device)
        self.own = torch.nn.Parameter(torch.randn(len(tokens), dimension, device=self.device) * 0.01)
        self.gate = torch.nn.Parameter(torch.zeros(len(tokens), device=self.device))

    def offsets(self) -> torch.Tensor:
        """(rows, dimension), relative to the mean of the model's own embeddings."""
        return self.own + F.embedding_bag(self.parts, self.own, self.starts, mode="mean")

    def tokenize(self, texts: Sequence[str], longest: int) -> list[Ids]:
        encodings = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [np.array(e.ids[:longest], dtype=np.int64) for e in encodings]

    def encode(self, texts: Sequence[Ids], rows: torch.Tensor | None) -> torch.Tensor:
        """Vectors of length 1, (texts, dimension), with these rows or, for English, with none."""
        longest = max(map(len, texts)) + 2
        ids = torch.zeros(len(texts), longest, dtype=torch.long)
        mask = torch.zeros(len(texts), longest, dtype=torch.long)
        for i, text in enumerate(texts):
            ids[i, : len(text) + 2] = torch.from_numpy(np.concatenate([[CLS], text, [SEP]]))
            mask[i, : len(text) + 2] = 1
        ids, mask = ids.to(self.device), mask.to(self.device)
        embedded = self.base[ids]
        if rows is not None:
            row = self.row_of[ids]
            embedded = torch.where((row >= 0)[..., None], rows[row.clamp(min=0)], embedded)
        states = self.transformer(inputs_embeds=embedded, attention_mask=mask).last_hidden_state
        weights = mask[..., None].to(states.dtype)
        return F.normalize((states * weights).sum(1) / weights.sum(1), dim=-1)


@torch.no_grad()
def scores(
    student: Student, held_out: tuple[list[Ids], list[Ids]], development: tuple[list[str], list[str], list[int]]
) -> dict[str, float]:
    """R@1 among 1,000 held-out translations each way, and of questions among 300 paragraphs they are asked of."""
    rows = student.centre + student.offsets()

    def all_of(texts: list[Ids], table: torch.Tensor | None) -> torch.Tensor:
        return torch.cat([student.encode(texts[i : i + 32], table) for i in range(0, len(texts), 32)])

    english, chinese = all_of(held_out[0], None), all_of(held_out[1], rows)
    passages, questions, gold = development
    similarity = all_of(student.tokenize(questions, 64), rows) @ all_of(student.tokenize(passages, 200), rows).T
    place = torch.arange(len(english), device=student.device)
    return {
        "translation zh-en R@1": float(((chinese @ english.T).argmax(1) == place).float().mean()),
        "translation en-zh R@1": float(((english @ chinese.T).argmax(1) == place).float().mean()),
        "question-paragraph R@1": float((similarity.argmax(1).cpu() == torch.tensor(gold)).float().mean()),
    }


def export(student: Student, tokens: list[list[str]], folder: Path) -> None:
    """Rows as int8 with a scale each, and their spellings."""
    rows = (student.centre + student.offsets()).detach().cpu().numpy()
    scale = np.abs(rows).max(axis=1) / 127
    quantized = np.round(rows / scale[:, None]).astype(np.int8)
    save_file({"rows": quantized, "scale": scale.astype(np.float32)}, str(folder / ROWS))
    (folder / TOKENS).write_text("".join(" ".join(spellings) + "\n" for spellings in tokens), encoding="utf-8")
