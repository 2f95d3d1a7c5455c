"""What a collection must be at any moment: every document wholly one version, in text, chunks, keywords and vectors."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from pathlib import Path

import numpy as np

from ingest.generation import Generation
from ingest.intake import chunk_tokens
from ingest.knowledge_base import KnowledgeBase
from ingest.lexical import query_terms
from ingest.parse import parse
from ingest.parse.isolated import ParserProcess, Parsing
from ingest.pipeline import Pipeline
from ingest.settings import IngestSettings
from ingest.split import split
from ingest.storage import Storage
from ingest.types import FloatMatrix, ParsedDocument
from tests.ingest.fakes import DIMENSION, WordEncoder

_LETTERS = "bcfghjkmnpqrtvwx"  # no vowel: the stemmer leaves such words alone
_MARKED = 3  # paragraphs of a text, each a chunk of its own


class TurnedEncoder(WordEncoder):
    """A model of its own for each number of places by which it turns its vectors."""

    def __init__(self, turn: int = 0) -> None:
        super().__init__(f"turned {turn}", weights=hashlib.sha256(str(turn).encode()).hexdigest())
        self._turn = turn

    def _encode(self, texts: Collection[str], prefix: str) -> FloatMatrix:  # type: ignore[override]
        return np.roll(super()._encode(list(texts), prefix), self._turn, axis=1)


class ParserHere(ParserProcess):
    """Reads in this process, so that a test of the index waits for no other."""

    def start(self, path: Path) -> Parsing:
        task: Future[ParsedDocument] = Future()
        task.set_result(parse(path, max_pages=10, ocr=False))
        return Parsing(task, path.name, self._settings, self.close)


def settings_of(data_dir: Path) -> IngestSettings:
    """Short chunks and small batches: every document is several of both."""
    return IngestSettings(data_dir=data_dir, chunk_tokens=32, batch_size=4)


def pipeline_of(base: KnowledgeBase, turn: int = 0) -> Pipeline:
    settings = settings_of(base.storage.root)
    return Pipeline(base, encoder=TurnedEncoder(turn), parser=ParserHere(settings), settings=settings)


def knowledge_base_in(data_dir: Path) -> KnowledgeBase:
    base = KnowledgeBase(Storage(data_dir))
    base.storage.prepare()
    return base


def marker(text: str) -> str:
    """The word that this text holds in every passage, and no other text anywhere."""
    return text.split(maxsplit=1)[0]


def new_text(randomness: random.Random) -> str:
    word = "zq" + "".join(randomness.choices(_LETTERS, k=12))
    places = randomness.sample(range(100), _MARKED)
    return "\n\n".join(
        f"{word} is told in part {place}, and it is kept for {place + 3} weeks. 第{place}条：保修期为{place}天。"
        for place in places
    )


def assert_whole(base: KnowledgeBase, possible: Mapping[str, Collection[str | None]]) -> dict[str, str | None]:
    """The text that each document has, which is wholly one of its possible ones; None stands for no document."""
    with base.reading() as generation:
        catalog = generation.catalog
        chunks = {record.name: record.chunks for record in catalog.records()}
        assert chunks.keys() <= possible.keys()
        seen = {name: catalog.text(name) if chunks.get(name) else None for name in possible}
        for name, text in seen.items():
            assert text in possible[name], f"{name} is {text!r}"
            if text is not None:
                _assert_one_version(generation, name, text)
        _assert_found_by_keyword(generation, seen, {text for texts in possible.values() for text in texts if text})
        return seen


def _assert_one_version(generation: Generation, name: str, text: str) -> None:
    catalog, built_with = generation.catalog, generation.fingerprint
    assert built_with is not None
    encoder = TurnedEncoder(int(built_with.encoder.setting.split()[1]))
    document = catalog.parsed(name)
    assert document is not None
    assert document.text == text
    limit = chunk_tokens(settings_of(Path()), encoder)
    ids = catalog.chunk_ids([name])
    stored = list(catalog.chunks(ids).values())
    in_order = sorted((chunk.chunk for chunk in stored), key=lambda chunk: chunk.ordinal)
    assert in_order == list(split(document, count_tokens=encoder.count_tokens, chunk_tokens=limit))
    assert len(in_order) == _MARKED
    vectors = generation.vectors.get(ids)
    assert vectors.keys() == set(ids)
    made = encoder.encode_passages([chunk.chunk.searchable_text for chunk in stored])
    assert made.shape[1] == DIMENSION
    np.testing.assert_allclose(np.stack([vectors[chunk.id] for chunk in stored]), made, atol=1e-4)
    for vector in made:
        near = generation.vectors.nearest(vector, count=20)
        assert near[0][1] > 0.999
        assert name in {chunk.document for chunk in catalog.chunks([id_ for id_, _ in near]).values()}


def _assert_found_by_keyword(generation: Generation, seen: Mapping[str, str | None], texts: Collection[str]) -> None:
    for text in texts:
        hits = generation.catalog.keyword_candidates(query_terms(marker(text)), count=100)
        names = {chunk.document for chunk in generation.catalog.chunks(hits).values()}
        assert names == {name for name, own in seen.items() if own == text}, marker(text)


def assert_no_file_holds(data_dir: Path, texts: Collection[str]) -> None:
    """Nothing of these texts is in any file, their words cut short as the keyword index cuts them included."""
    words = [marker(text)[-8:].encode() for text in texts]
    for path in data_dir.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            left = [word for word in words if word in content]
            assert not left, f"{path} still holds {left}"
