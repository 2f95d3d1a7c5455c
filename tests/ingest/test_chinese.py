"""The Chinese that all-MiniLM-L6-v2 was given: near its English, whichever script, and nothing else changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from ingest import chinese, shipped
from ingest.errors import ModelUnavailable
from ingest.minilm import minilm_folder

SENTENCES = [
    ("How do I return something I bought?", "买来的东西怎么退货？"),
    ("Employees have fifteen days of annual leave.", "员工每年有十五天年假。"),
    ("The database cannot be opened.", "无法打开数据库。"),
    ("The river flows through the old town.", "河流穿过老城。"),
    ("She has had a headache for three days.", "她头痛三天了。"),
]


@pytest.fixture(scope="module")
def model() -> SentenceTransformer:
    model = SentenceTransformer(str(minilm_folder()), local_files_only=True, device="cpu")
    chinese.load().add_to_model(model)
    return model


def test_chinese_lands_nearest_to_its_translation(model: SentenceTransformer) -> None:
    english = model.encode([e for e, _ in SENTENCES])
    similarity = model.encode([c for _, c in SENTENCES]) @ english.T
    assert similarity.argmax(axis=1).tolist() == list(range(len(SENTENCES)))
    assert similarity.argmax(axis=0).tolist() == list(range(len(SENTENCES)))


def test_both_scripts_of_chinese_are_one_text(model: SentenceTransformer) -> None:
    simplified, traditional = model.encode(["员工请假须提前申请。", "員工請假須提前申請。"])
    assert simplified == pytest.approx(traditional, abs=1e-5)


def test_english_encodes_as_without_the_chinese_vocabulary(model: SentenceTransformer) -> None:
    plain = SentenceTransformer(str(minilm_folder()), local_files_only=True, device="cpu")
    texts = [english for english, _ in SENTENCES]
    np.testing.assert_allclose(model.encode(texts), plain.encode(texts), rtol=0, atol=1e-6)


def test_words_are_single_tokens_and_the_longest_is_taken(model: SentenceTransformer) -> None:
    tokenizer = model.tokenizer.backend_tokenizer
    for word in ("应用程序", "應用程式", "应用", "数据库"):
        assert len(tokenizer.encode(word, add_special_tokens=False).ids) == 1


def test_other_rows_than_those_that_were_trained_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chinese, "SHA256", "0" * 64)
    with pytest.raises(ModelUnavailable, match=f"{'0' * 64} was expected"):
        chinese.load()


def test_a_missing_file_of_the_vocabulary_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "files", lambda package: tmp_path)
    with pytest.raises(ModelUnavailable, match=chinese.TOKENS):
        chinese.load()
