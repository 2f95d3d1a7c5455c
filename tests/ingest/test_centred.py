"""What is taken from the built-in encoder's vectors."""

from __future__ import annotations

import numpy as np
import pytest

from ingest import centred
from ingest.centred import Centre
from ingest.errors import ModelUnavailable


def test_language_and_what_all_texts_share_are_gone_and_what_they_say_stays() -> None:
    topics = np.eye(6, dtype=np.float32)[:4]
    language, shared = np.eye(6, dtype=np.float32)[4:]
    chinese, english = (centred.of_length_one(topics + 3 * shared + sign * 2 * language) for sign in (1, -1))
    assert (chinese @ english.T).argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert (chinese[0] @ chinese[1]) > (chinese[0] @ english[0])  # another text of its language is nearer
    centre = Centre.of(chinese, english)
    similarity = centre.taken_from(chinese) @ centre.taken_from(english).T
    np.testing.assert_allclose(np.diag(similarity), 1, atol=1e-5)
    assert similarity[~np.eye(4, dtype=bool)].max() < 0


def test_vectors_stay_of_length_one_and_nothing_stays_nothing() -> None:
    chance = np.random.default_rng(1)
    centre = Centre.of(chance.normal(size=(5, 8)).astype(np.float32), chance.normal(size=(5, 8)).astype(np.float32))
    taken = centre.taken_from(chance.normal(size=(3, 8)).astype(np.float32))
    np.testing.assert_allclose(np.linalg.norm(taken, axis=1), 1, atol=1e-6)
    assert not centre.taken_from(centre.mean[np.newaxis]).any()
    assert centre.taken_from(np.empty((0, 8), np.float32)).shape == (0, 8)


def test_other_numbers_than_those_that_were_fitted_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(centred, "SHA256", "0" * 64)
    with pytest.raises(ModelUnavailable, match=f"{'0' * 64} was expected"):
        centred.load()


def test_what_ships_is_what_the_texts_of_the_probe_give() -> None:
    from ingest.embed import Encoder
    from training.fit_centred import fitted

    tensors = fitted(Encoder("built-in", device="cpu", bfloat16=False, centre=False))
    for kind, centre in centred.load().items():
        np.testing.assert_allclose(tensors[f"{kind}.mean"], centre.mean, atol=1e-5)
        assert tensors[f"{kind}.axis"] @ centre.axis == pytest.approx(1, abs=1e-5)
