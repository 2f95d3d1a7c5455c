"""Words across languages: the lexicon that ships, and the one that a few sentences give."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest import lexicon, shipped
from ingest.errors import ModelUnavailable
from ingest.lexical import query_terms
from training.fit_lexicon import fit, save

SENTENCES = [
    ("the school is open", "学校开门"),
    ("our school has a river", "学校有河流"),
    ("the river is long", "河流很长"),
    ("open the door", "开门"),
] * 3


@pytest.mark.parametrize(
    ("chinese", "english"), [("学校", "school"), ("員工", "employee"), ("发票", "invoice"), ("战争", "war")]
)
def test_common_words_are_known_both_ways(chinese: str, english: str) -> None:
    ((term,), (stem,)) = query_terms(chinese), query_terms(english)
    found = lexicon.load().translations([term, stem])
    assert found[term][stem] > 0.5
    assert term in found[stem]
    assert all(0 < share <= 1 for others in found.values() for share in others.values())


def test_what_is_not_known_has_no_translation() -> None:
    assert lexicon.load().translations(["qqzzx", "2026", "", "こん", "𠀀", "学校长"]) == {}


def test_terms_become_numbers_and_back() -> None:
    for term in ("水", "学校", "龦鿿"):
        assert lexicon.spelling(lexicon.number(term)) == term
    assert [lexicon.number(term) for term in ("", "a学", "abc", "学校长")] == [0, 0, 0, 0]


def test_a_word_is_told_from_those_that_stand_beside_it() -> None:
    fitted = fit([(query_terms(english), query_terms(chinese)) for english, chinese in SENTENCES])
    found = fitted.translations(["学校", "河流", "school"])
    assert max(found["学校"], key=lambda word: found["学校"][word]) == "school"
    assert max(found["河流"], key=lambda word: found["河流"][word]) == "river"
    assert max(found["school"], key=lambda word: found["school"][word]) == "学校"


def test_damaged_or_missing_lexicon_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "files", lambda package: tmp_path)
    lexicon.load.cache_clear()
    try:
        with pytest.raises(ModelUnavailable, match="is missing"):
            lexicon.load()
        (tmp_path / "built_in").mkdir()
        save(fit([(query_terms(e), query_terms(c)) for e, c in SENTENCES]), tmp_path / "built_in")
        with pytest.raises(ModelUnavailable, match="was expected"):
            lexicon.load()
    finally:
        lexicon.load.cache_clear()
