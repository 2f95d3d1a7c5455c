"""What runs in one call gives the numbers that it gave operation by operation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel

from ingest.embed import Encoder
from ingest.one_call import run_in_one_call

SIZE = 12


@pytest.fixture
def body() -> BertModel:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=50, hidden_size=SIZE, intermediate_size=24, num_hidden_layers=2, num_attention_heads=3
    )
    return BertModel(config).eval()


def states(body: Callable[..., object], tokens: int, lengths: list[int]) -> torch.Tensor:
    """The last hidden states of as many texts as there are lengths, the shorter ones padded; (batch, tokens, SIZE)."""
    ids = torch.arange(len(lengths) * tokens).reshape(len(lengths), tokens) % 50
    mask = (torch.arange(tokens) < torch.tensor(lengths)[:, None]).long()
    with torch.inference_mode():
        found: torch.Tensor = body(input_ids=ids, attention_mask=mask).last_hidden_state  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize(
    ("tokens", "lengths"), [(1, [1]), (7, [7]), (30, [30, 30]), (9, [9, 4, 1]), (40, [3, 40])], ids=str
)
def test_texts_of_any_number_and_length_come_out_the_same(body: BertModel, tokens: int, lengths: list[int]) -> None:
    before = states(body, tokens, lengths)
    run_in_one_call(body)
    assert torch.equal(states(body, tokens, lengths), before)


def test_doing_it_twice_changes_nothing_more(body: BertModel) -> None:
    run_in_one_call(body)
    layers = body.encoder
    run_in_one_call(body)
    assert body.encoder is layers


def test_any_other_model_stays_as_it_is() -> None:
    other = DistilBertModel(DistilBertConfig(vocab_size=50, dim=SIZE, hidden_dim=24, n_layers=1, n_heads=3))
    names = [name for name, _ in other.named_modules()]
    run_in_one_call(other)
    run_in_one_call(None)
    assert [name for name, _ in other.named_modules()] == names


def test_vectors_of_the_built_in_encoder_stay_as_they_were() -> None:
    encoder = Encoder("built-in", device="cpu")
    texts = ["When does the shop open?", "书店几点开门？", "ISBN 978-7-02-000220-7 " * 40]
    before = encoder.encode_passages(texts)
    encoder.run_in_one_call()
    assert np.array_equal(encoder.encode_passages(texts), before)
