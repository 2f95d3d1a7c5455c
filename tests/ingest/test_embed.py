"""The built-in encoder itself, and what keeps a wrong one out."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from ingest import chinese, embed
from ingest.embed import BUILT_IN_SHA256, Encoder
from ingest.errors import ModelUnavailable
from ingest.lexical import Script
from ingest.probe import EncoderProfile, profile


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder("built-in", device="cpu")


def test_built_in_encoder_is_the_official_model(encoder: Encoder) -> None:
    identity = encoder.identity
    assert (identity.name, identity.dimension) == ("all-MiniLM-L6-v2", 384)
    assert identity.weights_sha256 == BUILT_IN_SHA256[:32] + chinese.SHA256[:32]
    assert encoder.max_tokens == 254


def test_vectors_have_length_one_and_similar_texts_are_near(encoder: Encoder) -> None:
    cat, kitten, tax = encoder.encode_passages(["A cat sleeps.", "A kitten is napping.", "Taxes are due in May."])
    assert np.linalg.norm(cat) == pytest.approx(1, abs=1e-4)
    assert cat @ kitten > cat @ tax + 0.2
    assert encoder.embed_query("A cat sleeps.") @ cat == pytest.approx(1, abs=1e-4)


def test_vectors_of_both_precisions_are_the_same_but_for_rounding() -> None:
    texts = ["When does the shop open?", "书店几点开门？", "ISBN 978-7-02-000220-7 " * 40]
    exact, rounded = (
        Encoder("built-in", device="cpu", bfloat16=chosen).encode_passages(texts) for chosen in (False, True)
    )
    assert np.linalg.norm(rounded, axis=1) == pytest.approx([1, 1, 1], abs=1e-6)
    assert np.sum(exact * rounded, axis=1).min() > 0.9998
    assert not np.array_equal(exact, rounded)


def test_a_few_texts_have_the_vectors_that_they_have_among_many(encoder: Encoder) -> None:
    words = ["书店几点开门", "returns", "shipping", "coffee"] * 12
    texts = [f"{word} {'and so on ' * (i % 5)}" for i, word in enumerate(words)]
    many = encoder.encode_passages(texts)  # more than a batch, which sentence-transformers encodes
    few = np.concatenate([encoder.encode_passages([text]) for text in texts[:8]])
    assert np.sum(many[:8] * few, axis=1).min() > 0.9998


def test_nothing_to_encode_is_an_empty_matrix(encoder: Encoder) -> None:
    assert encoder.encode_passages([]).shape == (0, 384)


def test_tokens_are_counted_without_special_ones_and_beyond_the_models_limit(encoder: Encoder) -> None:
    assert encoder.count_tokens(["", "cat", "cat " * 1000]) == [0, 1, 1000]


def test_profile_trusts_the_built_in_encoder_in_both_languages_and_between_them(encoder: Encoder) -> None:
    known = profile(encoder)
    assert known.trust[Script.LATIN, Script.LATIN].weight > 0.9
    assert min(trust.weight for trust in known.trust.values()) > 0.6
    assert EncoderProfile.from_json(known.to_json()) == known


def test_profile_does_not_trust_an_english_encoder_in_chinese() -> None:
    known = profile(Encoder(str(embed.minilm_folder()), device="cpu"))
    assert known.trust[Script.CHINESE, Script.CHINESE].weight < 0.3
    assert EncoderProfile.from_json(known.to_json()) == known


def test_tampered_weights_are_refused_before_they_are_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "model"
    shutil.copytree(embed.minilm_folder(), folder)
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"tampered")
    monkeypatch.setattr(embed, "minilm_folder", lambda: folder)
    with pytest.raises(ModelUnavailable, match=BUILT_IN_SHA256):
        Encoder("built-in").identity  # noqa: B018  # reading it loads the model


def test_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ModelUnavailable, match="no \\*\\.safetensors"):
        Encoder(str(tmp_path)).identity  # noqa: B018
