"""Measure how well a dataset's questions find their passages: python -m bench.retrieval FOLDER ...

Every document goes through the real pipeline into an index of its own, and every answerable question is asked three
ways: by keywords alone, by vectors alone, and fused as the application does it. bench.dataset describes the files.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from app.retrieve import CANDIDATES, PassageRetriever
from bench.dataset import Dataset, Question, Span, find_datasets, load_dataset
from bench.figures import DEPTH, first_right
from bench.results import FUSED, HEADER, KEYWORDS, VECTORS, WAYS, Asked, Indexed, Result, result, table
from ingest.command_line import run
from ingest.commands import put, put_json, say
from ingest.embed import Encoder
from ingest.errors import SettingsError
from ingest.generation import Generation, fingerprint
from ingest.knowledge_base import KnowledgeBase
from ingest.lexical import query_terms
from ingest.parse import PARSER_VERSION
from ingest.parse.isolated import ParserProcess
from ingest.pipeline import Pipeline
from ingest.settings import IngestSettings
from ingest.split import SPLITTER_VERSION
from ingest.storage import Storage
from ingest.types import DocumentState, FloatVector, Progress, StoredChunk

SEED = 7


@dataclass(frozen=True, slots=True)
class Index:
    """A dataset's documents, searchable."""

    base: KnowledgeBase
    encoder: Encoder
    names: dict[str, str]  # name in the index -> name in the dataset
    indexed: Indexed

    def place(self, document: str, start: int, end: int) -> Span:
        """A chunk's place in the dataset. Plain text keeps its positions."""
        return Span(self.names[document], start, end)


@contextmanager
def open_index(dataset: Dataset, folder: Path, encoder: Encoder, settings: IngestSettings) -> Iterator[Index]:
    """The dataset's index in `folder`; what is there is reused as far as the same parts made it."""
    storage = Storage(folder)
    storage.prepare()
    names = _write_documents(dataset, storage.documents)
    settings = settings.model_copy(update={"data_dir": folder})
    with closing(KnowledgeBase(storage)) as base, ParserProcess(settings) as parser:
        started = time.perf_counter()
        _bring_in(base, Pipeline(base, encoder=encoder, parser=parser, settings=settings), encoder, settings, dataset)
        seconds = time.perf_counter() - started
        ready = [record for record in base.records() if record.state is DocumentState.READY]
        indexed = Indexed(len(names), len(names) - len(ready), sum(record.chunks for record in ready), seconds)
        yield Index(base, encoder, names, indexed)


def ask(index: Index, questions: Sequence[Question]) -> Asked:
    """Ask every question three ways."""
    retriever = PassageRetriever(index.base, lambda _: index.encoder)
    retriever.find(questions[0].text, top_k=DEPTH)  # the first search loads what the others do not wait for
    queries = index.encoder.encode_queries([question.text for question in questions])
    in_document: dict[str, list[int]] = {way: [] for way in WAYS}
    in_evidence: dict[str, list[int]] = {way: [] for way in WAYS}
    milliseconds = []
    for question, query in zip(questions, queries, strict=True):
        started = time.perf_counter()
        passages = retriever.find(question.text, top_k=DEPTH)
        milliseconds.append((time.perf_counter() - started) * 1000)
        with index.base.reading() as generation:
            found = _parts(index, generation, question, query)
        found[FUSED] = [index.place(passage.document, passage.start, passage.end) for passage in passages]
        for way, places in found.items():
            in_document[way].append(first_right([place.document in question.documents for place in places]))
            in_evidence[way].append(first_right([question.is_answered_by(place) for place in places]))
    return Asked(in_document, in_evidence if any(q.evidence for q in questions) else {}, milliseconds)


def _parts(index: Index, generation: Generation, question: Question, query: FloatVector) -> dict[str, list[Span]]:
    """What each of the two searches alone finds, best first, from the candidates that fusing gets."""
    ids = {
        KEYWORDS: generation.catalog.keyword_candidates(query_terms(question.text), count=CANDIDATES)[:DEPTH],
        VECTORS: [id_ for id_, _ in generation.vectors.nearest(query, count=CANDIDATES)][:DEPTH],
    }
    chunks = generation.catalog.chunks(sorted({id_ for found in ids.values() for id_ in found}))

    def place(stored: StoredChunk) -> Span:
        return index.place(stored.document, stored.chunk.start, stored.chunk.end)

    return {way: [place(chunks[id_]) for id_ in found] for way, found in ids.items()}


def _write_documents(dataset: Dataset, folder: Path) -> dict[str, str]:
    """Write the documents as text files, by number: their names may be hidden files, paths or too long."""
    names = {f"{number:06}.txt": name for number, name in enumerate(dataset.documents)}
    for file in folder.iterdir():
        if file.name not in names:
            file.unlink()
    for file_name, name in names.items():
        path, data = folder / file_name, dataset.documents[name].encode()
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)
    return names


def _bring_in(
    base: KnowledgeBase, pipeline: Pipeline, encoder: Encoder, settings: IngestSettings, dataset: Dataset
) -> None:
    with base.reading() as generation:
        made_by = generation.fingerprint
    tokens = min(settings.chunk_tokens, encoder.max_tokens)
    today = fingerprint(encoder.identity, parser=PARSER_VERSION, splitter=SPLITTER_VERSION, chunk_tokens=tokens)
    done, total = 0, len(dataset.documents)

    def report(progress: Progress) -> None:
        nonlocal done
        if progress.state.is_final:
            done += 1
            if done % max(total // 10, 1) == 0:
                say(f"{dataset.name}: {done} of {total} documents")

    if made_by is None or made_by == today:
        pipeline.sync(report=report)
    else:
        pipeline.rebuild(report=report)


# --- command line -----------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.retrieval", description="Measure retrieval on datasets.")
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=Path, help="a dataset, or a folder of datasets")
    parser.add_argument("--questions", type=int, help="ask only so many of each dataset, drawn at random")
    parser.add_argument("--seed", type=int, default=SEED, help=f"what the drawing starts from (default {SEED})")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the indexes there for the next run")
    parser.add_argument("--encoder", default=argparse.SUPPRESS, help="built-in, a folder or a hub name")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    parser.set_defaults(run=_measure)
    return run(parser, IngestSettings, arguments)


def _measure(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    encoder = Encoder(settings.encoder, device=settings.device, batch_size=settings.batch_size)
    with _folder(arguments.keep) as folder:
        results = [
            _measure_one(_sample(load_dataset(path), arguments.questions, arguments.seed), folder, encoder, settings)
            for path in find_datasets(arguments.folders)
        ]
    if arguments.json:
        put_json([asdict(item) for item in results])
    else:
        put(f"{HEADER}\n{table(results)}")
    return 0


def _measure_one(dataset: Dataset, folder: Path, encoder: Encoder, settings: IngestSettings) -> Result:
    with open_index(dataset, folder / dataset.name, encoder, settings) as index:
        say(f"{dataset.name}: {index.indexed.chunks} chunks after {index.indexed.seconds:.1f} s; asking")
        return result(dataset.name, index.indexed, ask(index, dataset.questions))


def _sample(dataset: Dataset, count: int | None, seed: int) -> Dataset:
    if not dataset.questions:
        raise SettingsError(f"The dataset {dataset.name!r} has no answerable question. Choose another.")
    if count is None or count >= len(dataset.questions):
        return dataset
    if count < 1:
        raise SettingsError(f"--questions {count}: at least 1 has to be asked.")
    return replace(dataset, questions=tuple(random.Random(seed).sample(dataset.questions, count)))


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep
    else:
        with tempfile.TemporaryDirectory(prefix="docent-bench-") as folder:
            yield Path(folder)


if __name__ == "__main__":
    sys.exit(main())
