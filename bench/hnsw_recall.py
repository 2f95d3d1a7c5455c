"""Choose the vector index's graph parameters: python -m bench.hnsw_recall FOLDER ... [--cache FILE]

The paragraphs of the datasets are encoded by the built-in encoder, and their questions ask for the nearest ten. Recall
is the share of the truly nearest, found by exact search, that the graph finds too. It has to be measured on real
vectors: random ones have no neighbourhoods, and recall on them says nothing of recall on text.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.evaluate.load import find_datasets, load_dataset
from ingest.command_line import run
from ingest.commands import put, put_json, say
from ingest.embed import Encoder
from ingest.settings import IngestSettings
from ingest.types import FloatMatrix
from ingest.vectors import HNSW

if TYPE_CHECKING:
    from chromadb.api.collection_configuration import CreateHNSWConfiguration

NEAREST = 10
SEED = 7
_BATCH = 1_000  # texts encoded, vectors added at once


@dataclass(frozen=True, slots=True)
class Vectors:
    """What is searched and what is asked for; every vector has length 1."""

    passages: FloatMatrix
    queries: FloatMatrix


@dataclass(frozen=True, slots=True)
class Measured:
    """What one set of graph parameters gives."""

    name: str
    recall: float  # in [0, 1], of the NEAREST nearest, mean over the queries
    worst_recall: float  # of the query that fares worst
    build_seconds: float
    ms_per_query: float  # mean


def measure(vectors: Vectors, parameters: Mapping[str, CreateHNSWConfiguration]) -> list[Measured]:
    """Exact search first, then Chroma with each set of parameters."""
    started = time.perf_counter()
    exact = [np.argpartition(-(vectors.passages @ query), NEAREST)[:NEAREST] for query in vectors.queries]
    per_query = (time.perf_counter() - started) * 1000 / len(vectors.queries)
    found = [Measured("exact, numpy", 1.0, 1.0, 0.0, per_query)]
    truth = [set(map(int, row)) for row in exact]
    return found + [_measure_graph(name, vectors, hnsw, truth) for name, hnsw in parameters.items()]


def _measure_graph(name: str, vectors: Vectors, hnsw: CreateHNSWConfiguration, truth: Sequence[set[int]]) -> Measured:
    from chromadb import PersistentClient
    from chromadb.config import Settings

    with tempfile.TemporaryDirectory(prefix="docent-bench-", ignore_cleanup_errors=True) as folder:
        client = PersistentClient(folder, Settings(anonymized_telemetry=False))
        collection = client.create_collection("bench", configuration={"hnsw": hnsw}, embedding_function=None)
        started = time.perf_counter()
        for at in range(0, len(vectors.passages), _BATCH):
            rows = vectors.passages[at : at + _BATCH]
            collection.add(ids=[str(at + i) for i in range(len(rows))], embeddings=rows)
        built = time.perf_counter() - started
        started = time.perf_counter()
        found = [
            collection.query(query_embeddings=query[np.newaxis], n_results=NEAREST, include=["distances"])["ids"][0]
            for query in vectors.queries
        ]
        asked = time.perf_counter() - started
    shares = [len(right & set(map(int, ids))) / NEAREST for right, ids in zip(truth, found, strict=True)]
    return Measured(name, float(np.mean(shares)), min(shares), built, asked * 1000 / len(found))


# --- vectors ----------------------------------------------------------------------------------------------------------


def encoded(passages: Sequence[str], queries: Sequence[str], encoder: Encoder, cache: Path | None) -> Vectors:
    """The texts' vectors, from the cache file where it holds those of the same texts and encoder."""
    texts = "\0".join((encoder.identity.weights_sha256, *passages, "", *queries))
    digest = hashlib.sha256(texts.encode()).hexdigest()
    if cache is not None and cache.is_file():
        with np.load(cache) as stored:
            if str(stored["digest"]) == digest:
                return Vectors(stored["passages"], stored["queries"])
    rows = []
    for at in range(0, len(passages), _BATCH):
        rows.append(encoder.encode_passages(passages[at : at + _BATCH]))
        say(f"encoded {min(at + _BATCH, len(passages))} of {len(passages)} paragraphs")
    vectors = Vectors(np.concatenate(rows), encoder.encode_queries(queries))
    if cache is not None:
        np.savez(cache, digest=digest, passages=vectors.passages, queries=vectors.queries)
    return vectors


def paragraphs(folders: Sequence[Path]) -> tuple[list[str], list[str]]:
    """The distinct paragraphs of all datasets, and their questions."""
    datasets = [load_dataset(folder) for folder in find_datasets(folders)]
    texts = (block.strip() for dataset in datasets for text in dataset.texts.values() for block in text.split("\n\n"))
    questions = (question.text for dataset in datasets for question in dataset.questions if question.answerable)
    return [text for text in dict.fromkeys(texts) if text], list(dict.fromkeys(questions))


# --- command line -----------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.hnsw_recall", description="Measure the recall of the vector index against exact search."
    )
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=Path, help="a dataset, or a folder of datasets")
    parser.add_argument("--paragraphs", type=int, default=10_000, help="so many at most, drawn at random")
    parser.add_argument("--queries", type=int, default=500, help="so many at most, drawn at random")
    parser.add_argument("--cache", type=Path, metavar="FILE", help="keep the vectors in this .npz file")
    parser.add_argument("--encoder", default=argparse.SUPPRESS, help="built-in, a folder or a hub name")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    parser.set_defaults(run=_run)
    return run(parser, IngestSettings, arguments)


def _run(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    passages, queries = paragraphs(arguments.folders)
    chance = random.Random(SEED)
    passages = chance.sample(passages, min(arguments.paragraphs, len(passages)))
    queries = chance.sample(queries, min(arguments.queries, len(queries)))
    encoder = Encoder(settings.encoder, device=settings.device, batch_size=settings.batch_size)
    vectors = encoded(passages, queries, encoder, arguments.cache)
    results = measure(vectors, {"Chroma's defaults": {"space": "cosine"}, "ingest/vectors.py": HNSW})
    if arguments.json:
        put_json([asdict(item) for item in results])
    else:
        put(f"{len(passages)} paragraphs, {len(queries)} questions, {vectors.passages.shape[1]} dimensions\n")
        put(_table(results))
    return 0


def _table(results: Sequence[Measured]) -> str:
    rows = (
        f"| {item.name} | {item.recall:.4f} | {item.worst_recall:.1f} | {item.build_seconds:.1f} | "
        f"{item.ms_per_query:.2f} |"
        for item in results
    )
    head = ("| index | recall@10 | of the worst query | build, s | ms a query |", "|---|---|---|---|---|")
    return "\n".join([*head, *rows])


if __name__ == "__main__":
    sys.exit(main())
