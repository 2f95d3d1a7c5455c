"""The network gives what transformers' BertModel gives, for texts of any number and length."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from bench.stock_encoder import as_bert_model
from ingest.bert import Bert, Shape

SHAPE = Shape(hidden_size=12, layers=2, heads=3, intermediate_size=24, longest=16, types=2, epsilon=1e-12)
VOCABULARY = 50


@pytest.fixture
def network() -> Bert:
    torch.manual_seed(0)
    made = Bert(SHAPE, nn.Embedding(VOCABULARY, SHAPE.hidden_size))
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.normal_()
    return made.eval()


@pytest.mark.parametrize("lengths", [[1], [7], [16, 16], [3, 9, 1], [16, 2, 5, 5]])
def test_states_are_those_of_transformers(network: Bert, lengths: list[int]) -> None:
    tokens, known = max(lengths), as_bert_model(network)
    ids = torch.arange(len(lengths) * tokens).reshape(len(lengths), tokens) * 7 % VOCABULARY
    types = (torch.arange(tokens) > 2).long().expand_as(ids)
    mask = (torch.arange(tokens) < torch.tensor(lengths)[:, None]).long()
    with torch.inference_mode():
        found = network(network.words(ids), types, mask)
        expected = known(input_ids=ids, token_type_ids=types, attention_mask=mask).last_hidden_state
    torch.testing.assert_close(found, expected * mask[:, :, None], atol=1e-5, rtol=1e-5)


def test_padding_is_no_token_and_learns_nothing(network: Bert) -> None:
    words = nn.Parameter(torch.randn(2, 5, SHAPE.hidden_size))
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0]])
    states = network(words, torch.zeros_like(mask), mask)
    assert not states[1, 2:].any()
    states[:, :, 0].sum().backward()
    assert words.grad is not None
    assert words.grad[1, :2].abs().sum() > 0
    assert not words.grad[1, 2:].any()
