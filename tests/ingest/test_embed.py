"""The built-in encoder itself, and what keeps a wrong one out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.minilm import minilm_folder
from ingest import centred, embed
from ingest.embed import BUILT_IN_SHA256, Encoder
from ingest.errors import ModelUnavailable
from ingest.lexical import Script
from ingest.probe import EncoderProfile, profile


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder("built-in", device="cpu")


def test_built_in_encoder_is_the_model_that_was_measured(encoder: Encoder) -> None:
    identity = encoder.identity
    assert (identity.name, identity.dimension) == ("multilingual-e5-small", 384)
    assert identity.weights_sha256 == BUILT_IN_SHA256[:32] + centred.SHA256[:32]
    assert (identity.query_prefix, identity.passage_prefix) == ("query: ", "passage: ")
    assert encoder.max_tokens == 510


def test_vectors_have_length_one_and_similar_texts_are_near(encoder: Encoder) -> None:
    cat, kitten, tax = encoder.encode_passages(["A cat sleeps.", "A kitten is napping.", "Taxes are due in May."])
    assert np.linalg.norm(cat) == pytest.approx(1, abs=1e-4)
    assert cat @ kitten > cat @ tax + 0.1
    assert encoder.embed_query("Which animal is asleep?") @ cat > encoder.embed_query("When are taxes due?") @ cat + 0.1


TRANSLATIONS = [
    ("How do I return something I bought?", "买来的东西怎么退货？"),
    ("Employees have fifteen days of annual leave.", "员工每年有十五天年假。"),
    ("The database cannot be opened.", "无法打开数据库。"),
    ("The river flows through the old town.", "河流穿过老城。"),
    ("She has had a headache for three days.", "她头痛三天了。"),
]


def test_chinese_in_both_scripts_lands_nearest_to_its_translation(encoder: Encoder) -> None:
    english = encoder.encode_passages([e for e, _ in TRANSLATIONS])
    traditional = ["買來的東西怎麼退貨？", "員工每年有十五天年假。", "無法打開資料庫。"]
    for chinese in ([c for _, c in TRANSLATIONS], traditional):
        similarity = encoder.encode_passages(chinese) @ english.T
        assert similarity.argmax(axis=1).tolist() == list(range(len(chinese)))


def test_other_languages_are_known_too(encoder: Encoder) -> None:
    asked = encoder.encode_queries(["Wie gebe ich etwas zurück, das ich gekauft habe?", "頭痛がもう三日続いています"])
    similarity = asked @ encoder.encode_passages([e for e, _ in TRANSLATIONS]).T
    assert similarity.argmax(axis=1).tolist() == [0, 4]


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
    assert encoder.count_tokens(["</s><pad>"]) > [1]


def test_text_beyond_the_limit_has_the_vector_of_what_is_read(encoder: Encoder) -> None:
    read, cut = encoder.encode_passages(["cat " * 508, "cat " * 508 + "dog " * 200])  # and the prefix's two
    assert read @ cut == pytest.approx(1, abs=1e-3)


def test_profile_trusts_the_built_in_encoder_in_both_languages_and_between_them(encoder: Encoder) -> None:
    known = profile(encoder)
    assert known.trust[Script.LATIN, Script.LATIN].weight > 0.9
    assert min(trust.weight for trust in known.trust.values()) > 0.6
    assert EncoderProfile.from_json(known.to_json()) == known


def test_profile_does_not_trust_an_english_encoder_in_chinese() -> None:
    known = profile(Encoder(str(minilm_folder()), device="cpu"))
    assert known.trust[Script.CHINESE, Script.CHINESE].weight < 0.3
    assert EncoderProfile.from_json(known.to_json()) == known


def test_other_weights_are_refused_before_they_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "BUILT_IN_SHA256", "0" * 64)
    encoder = Encoder("built-in")
    with pytest.raises(ModelUnavailable, match=f"{BUILT_IN_SHA256}; {'0' * 64} was expected"):
        encoder.encode_passages(["text"])
    with pytest.raises(ModelUnavailable, match="make clean run"):
        encoder.identity  # noqa: B018  # reading it loads the model


def test_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ModelUnavailable, match="no \\*\\.safetensors"):
        Encoder(str(tmp_path)).identity  # noqa: B018


def test_what_is_near_to_everything_is_no_evidence(encoder: Encoder) -> None:
    known = profile(encoder)
    passages = encoder.encode_passages(["店里的咖啡机每周清洗一次。", "退货须在十四天内提出。"])
    statement = "Zero-dimensional biomaterials show inductive properties in bone regeneration."
    question = "How often is the coffee machine cleaned?"
    near, nowhere = encoder.encode_queries([question, statement]) @ passages.T
    trust = known.of(question, "一个中文段落")
    assert trust.evidence(near.max()) > 4
    assert trust.evidence(nowhere.max()) < 2


def test_language_of_a_passage_does_not_say_how_near_it_is(encoder: Encoder) -> None:
    passages = encoder.encode_passages([text for pair in TRANSLATIONS for text in pair])
    for question, own in (("买来的东西能退吗？", 0), ("How many days off do employees get?", 1), ("头疼了几天？", 4)):
        order = np.argsort(-(passages @ encoder.encode_queries([question])[0]))
        assert set(order[:2]) == {2 * own, 2 * own + 1}
