"""The network of the built-in reader: a question and a passage in, an answer's span and whether there is one out.

The body is the built-in encoder's, with its upper layers tuned. A passage's pieces that the question has too are marked
by a learned vector, and the question's that the passage has: what a model trained on few questions learns slowly by
itself (Chen et al., 2017, use the same feature).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ingest.bert import Bert


class ReaderNetwork(nn.Module):
    """Scores of spans and of whole passages."""

    def __init__(self, body: Bert) -> None:
        super().__init__()
        self.body = body
        size = body.shape.hidden_size
        self.match = nn.Embedding(3, size)  # 0 elsewhere, 1 a matched token of the question, 2 one of the passage
        self.span = nn.Linear(size, 2)
        self.inner = nn.Linear(size, size)
        self.answers = nn.Linear(size, 1)
        nn.init.normal_(self.match.weight, std=0.02)

    def forward(self, ids: Tensor, types: Tensor, match: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of an answer's first token and of its last, (batch, tokens), and of there being one, (batch,).

        All four inputs are (batch, tokens); types are 0 for the question and 1 for the passage. Float32, whatever the
        body computes in.
        """
        states = self.body(self.body.words(ids) + self.match(match), types, mask).float()
        first, last = self.span(states).unbind(-1)
        answers = self.answers(torch.tanh(self.inner(states[:, 0]))).squeeze(-1)
        return first, last, answers
