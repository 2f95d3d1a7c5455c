"""Measure an index of many passages: python -m bench.scale [--chunks 100000] [--keep FOLDER]

The passages are made up, half of them Chinese: a few turns of phrase that all share, and names that few do. So are
their vectors, which are near each other where passages share words. The real encoder and parser have no part in it; the
catalog, the keyword index, the vectors, the search and the built-in reader are the real ones.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import psutil

from app.reading.span_reader import SpanReader
from app.retrieval.search import CANDIDATES, PassageRetriever
from app.types import Language
from bench.watch_processes import resident
from ingest.catalog import SourceFile
from ingest.command_line import kept_or_temporary, run
from ingest.commands import put, put_json, say
from ingest.embed import Encoder, EncoderIdentity
from ingest.errors import SettingsError
from ingest.generation import Addition, Generation, fingerprint
from ingest.knowledge_base import KnowledgeBase
from ingest.lexical import index_terms
from ingest.probe import profile
from ingest.settings import IngestSettings
from ingest.storage import Storage
from ingest.types import Chunk, Element, ElementKind, FloatMatrix, ParsedDocument

CHUNKS_OF_ONE = 100  # of a document
_AT_ONCE = 5  # documents whose vectors are stored together
_STEPS = 5  # of filling, after each of which memory is told
_TOP_K = 10
_SEED = 7
_DIMENSION = 384

_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
_CHARACTERS = "澄湖云山青石江南北海安平永和新华东明春光远望金玉兰竹松柏梅"
_SENTENCES = {
    Language.ENGLISH: (
        "The {name} is kept in the warehouse at {place} for {days} days before it is sent back.",
        "Customers who bought a {name} may return it within {days} days of delivery, with the receipt.",
        "Its warranty covers {days} months, and the workshop at {place} does the repairs.",
        "Orders of more than {days} pieces are shipped from {place} on Tuesday mornings.",
        "Before the {name} is switched on, the cover has to be closed and the filter rinsed.",
        "In {place} the clerk files every order before the shop opens at {hour}.",
    ),
    Language.CHINESE: (
        "{name}在{place}仓库存放{days}天，逾期退回供应商。",
        "购买{name}的顾客凭小票可在签收后{days}天内退货。",
        "它的保修期为{days}个月，由{place}的维修点负责修理。",
        "超过{days}件的订单每周二上午从{place}发出。",
        "启动{name}之前，请先合上盖子并冲洗滤网。",
        "{place}的店员在{hour}点开门之前整理好当天的订单。",
    ),
}
_QUESTIONS = {
    Language.ENGLISH: "How many days after delivery can a {name} be returned?",
    Language.CHINESE: "{name}签收后多少天内可以退货？",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure."""

    what: str
    value: float
    unit: str


class SharedWordsEncoder(Encoder):
    """Texts that share words are near each other: each term of the keyword index has a direction of its own."""

    @property
    def identity(self) -> EncoderIdentity:
        return EncoderIdentity("shared words", "shared words", "0" * 64, _DIMENSION, "", "")

    def _encode(self, texts: Sequence[str], prefix: str) -> FloatMatrix:
        vectors = np.stack([np.sum([_direction(term) for term in index_terms(text)], axis=0) for text in texts])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: FloatMatrix = (vectors / lengths).astype(np.float32)
        return unit


@cache
def _direction(term: str) -> FloatMatrix:
    return np.random.default_rng(zlib.crc32(term.encode())).standard_normal(_DIMENSION, dtype=np.float32)


# --- what is searched -------------------------------------------------------------------------------------------------


def name_of(number: int, language: Language) -> str:
    """What a chunk is about; about five chunks of a hundred thousand have the same name."""
    chance = random.Random(number % 20_011)
    if language is Language.ENGLISH:
        return "".join(chance.choices(_SYLLABLES, k=3)).title()
    return "".join(chance.choices(_CHARACTERS, k=3)) + "机"


def passage(number: int) -> str:
    """The text of one chunk."""
    language = _language(number)
    chance = random.Random(number)
    values = {"name": name_of(number, language), "place": name_of(chance.randrange(300), language)}
    sentences = [
        sentence.format(days=chance.randrange(3, 90), hour=chance.randrange(7, 12), **values)
        for sentence in chance.sample(_SENTENCES[language], 5)
    ]
    return (" " if language is Language.ENGLISH else "").join(sentences)


def documents(chunks: int) -> Iterator[tuple[SourceFile, ParsedDocument, list[Chunk]]]:
    """Documents of CHUNKS_OF_ONE chunks each, so many chunks together."""
    for first in range(0, chunks, CHUNKS_OF_ONE):
        texts = [passage(number) for number in range(first, min(first + CHUNKS_OF_ONE, chunks))]
        found, start = [], 0
        for ordinal, text in enumerate(texts):
            found.append(Chunk(ordinal, text, start, start + len(text)))
            start += len(text) + 2
        elements = tuple(Element(ElementKind.PARAGRAPH, chunk.start, chunk.end) for chunk in found)
        document = ParsedDocument("\n\n".join(texts), elements)
        yield SourceFile(f"{first:08}.txt", len(document.text), 0, f"{first:064}"), document, found


def _language(number: int) -> Language:
    return Language.ENGLISH if number // CHUNKS_OF_ONE % 2 == 0 else Language.CHINESE


# --- measuring --------------------------------------------------------------------------------------------------------


def fill(base: KnowledgeBase, chunks: int) -> list[Figure]:
    """Bring in so many chunks; the rate, and the memory of this process on the way."""
    encoder, me = SharedWordsEncoder("shared words"), psutil.Process()
    figures, seconds, done = [], 0.0, 0
    with base.writing("measure") as generation:
        made_by = fingerprint(encoder.identity, parser="0", splitter="0", chunk_tokens=200)
        generation.claim(made_by, partial(profile, encoder))
        waiting: list[Addition] = []
        for source, document, found in documents(chunks):
            vectors = encoder.encode_passages([chunk.searchable_text for chunk in found])
            waiting.append(Addition(source, document, found, vectors))
            if len(waiting) < _AT_ONCE and done + sum(len(a.chunks) for a in waiting) < chunks:
                continue
            started = time.perf_counter()
            _store(generation, waiting)
            seconds += time.perf_counter() - started
            before, done = done, done + sum(len(a.chunks) for a in waiting)
            waiting.clear()
            if before * _STEPS // chunks != done * _STEPS // chunks:
                gc.collect()
                figures.append(Figure(f"memory at {done:,} chunks", resident(me) / 1e6, "MB"))
                say(f"{done:,} chunks after {seconds:.0f} s, {figures[-1].value:.0f} MB")
    return [Figure("stored and made searchable", chunks / seconds, "chunks/s"), *figures]


def _store(generation: Generation, additions: Sequence[Addition]) -> None:
    generation.catalog.queue([addition.source for addition in additions])
    for staged in generation.stage(additions):
        generation.commit(staged)
    generation.collect_garbage()


def search(base: KnowledgeBase, chunks: int, count: int) -> list[Figure]:
    """So many questions, each about what some chunks say, one after the other; the index is open and was searched."""
    encoder = SharedWordsEncoder("shared words")
    retriever, reading = (PassageRetriever(base, lambda _: encoder, reader) for reader in (None, SpanReader()))
    numbers = random.Random(_SEED).sample(range(chunks), min(count, chunks))
    asked = [_QUESTIONS[_language(n)].format(name=name_of(n, _language(n))) for n in numbers]

    def by_keywords(question: str) -> object:
        with base.reading() as generation:
            parts = generation.catalog.keyword_scorer(question).looked_for()
            return [generation.catalog.keyword_candidates(terms, count=CANDIDATES) for terms in parts]

    def by_vectors(question: str) -> object:
        query = encoder.encode_queries([question])[0]
        with base.reading() as generation:
            return generation.vectors.nearest(query, count=CANDIDATES)

    ways: dict[str, Callable[[str], object]] = {
        "keywords": by_keywords,
        "vectors": by_vectors,
        "fused": lambda question: retriever.find(question, top_k=_TOP_K),
        "fused, and the best read": lambda question: reading.find(question, top_k=_TOP_K),
    }
    figures = []
    for way, find in ways.items():
        find(asked[0])
        taken, busy = (
            sorted(1_000 * s for s in seconds) for seconds in zip(*(_timed(find, q) for q in asked), strict=True)
        )
        figures += [Figure(f"{way}, p{n}", taken[len(taken) * n // 100], "ms") for n in (50, 95)]
        figures.append(Figure(f"{way}, p50 of the processors' time", busy[len(busy) // 2], "ms"))
    return figures


def _timed(find: Callable[[str], object], question: str) -> tuple[float, float]:
    """Seconds by the clock, and those that the processors worked for it, whatever else they had to do."""
    started, worked = time.perf_counter(), time.process_time()
    find(question)
    return time.perf_counter() - started, time.process_time() - worked


def measure(folder: Path, chunks: int, questions: int) -> list[Figure]:
    """Everything, in a folder that is empty or holds an index that this made."""
    storage, figures = Storage(folder), []
    storage.prepare()
    if storage.current() is None:
        with closing(KnowledgeBase(storage)) as base:
            figures = fill(base, chunks)
    size = sum(path.stat().st_size for path in storage.index.rglob("*") if path.is_file())
    figures.append(Figure("index on disk", size / 1e6, "MB"))
    with closing(KnowledgeBase(storage)) as base:
        figures += search(base, chunks, questions)
    return [*figures, Figure("memory after searching", resident(psutil.Process()) / 1e6, "MB")]


# --- command line -----------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description="Measure an index of many passages.")
    parser.add_argument("--chunks", type=int, default=100_000, help="how many (default 100000)")
    parser.add_argument("--questions", type=int, default=200, help="how many are asked (default 200)")
    parser.add_argument("--keep", type=Path, help="where the index is kept, and found again by the next run")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    parser.set_defaults(run=_run)
    return run(parser, IngestSettings, arguments)


def _run(arguments: argparse.Namespace, _: IngestSettings) -> int:
    if min(arguments.chunks, arguments.questions) < 1:
        raise SettingsError("--chunks and --questions have to be at least 1. Give larger numbers.")
    say(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with kept_or_temporary(arguments.keep) as folder:
        figures = measure(folder, arguments.chunks, arguments.questions)
    if arguments.json:
        put_json([asdict(figure) for figure in figures])
    else:
        put("| | measured |\n|---|---|")
        for figure in figures:
            put(f"| {figure.what} | {figure.value:,.1f} {figure.unit} |")
    say(f"load average {os.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
