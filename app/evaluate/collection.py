"""A dataset's documents, brought in by the real pipeline and ready to be asked. Knows the engine and its folder."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from app.engine import Engine
from app.evaluate.dataset import Dataset, Question, Span, TextOf, found_in_files
from app.evaluate.load import FILES
from app.settings import AppSettings
from ingest.commands import say
from ingest.generation import Fingerprint, fingerprint
from ingest.intake import chunk_tokens
from ingest.parse import parser_version
from ingest.settings import IngestSettings
from ingest.split import SPLITTER_VERSION
from ingest.types import DocumentState, Progress

MakeEngine = Callable[[AppSettings], Engine]

# These say where and how fast, and not what is indexed.
_NOT_OF_THE_INDEX = {"data_dir", "collection", "device", "batch_size"}
_WAIT_SECONDS = 60.0
_TEXTS_KEPT = 64  # stored texts in memory: answers and citations ask for the same few again and again


@dataclass(frozen=True, slots=True)
class Indexed:
    """What bringing the documents of a dataset in gave."""

    documents: int
    unsearchable: int  # documents that were refused; questions about them count as missed
    chunks: int
    seconds: float  # little where a kept index was already right


@dataclass(frozen=True, slots=True)
class Collection:
    """A dataset's documents, searchable."""

    dataset: Dataset  # with its evidence in place
    engine: Engine
    names: Mapping[str, str]  # name in the index -> name in the dataset
    stored_text: TextOf  # by name in the index
    indexed: Indexed

    def place(self, document: str, start: int, end: int) -> Span:
        """A chunk's or a citation's place in the dataset."""
        return Span(self.names[document], start, end)

    def text(self, span: Span) -> str:
        """What stands at a place of the dataset."""
        return self.text_of(span.document)[span.start : span.end]

    def text_of(self, name: str) -> str:
        """A document's text, by its name in the dataset."""
        return self.dataset.texts[name] if self.dataset.texts else self.stored_text(name)


@contextmanager
def open_collection(
    dataset: Dataset, settings: AppSettings, folder: Path, make_engine: MakeEngine
) -> Iterator[Collection]:
    """The dataset's collection, kept below `folder`; what is there is reused as far as the same parts made it."""
    own = settings.model_copy(update={"data_dir": folder / folder_name(dataset, settings)})
    with closing(make_engine(own)) as engine:
        storage = engine.knowledge_base.storage
        storage.prepare()
        names = _write_texts(dataset, storage.documents) if dataset.texts else {name: name for name in dataset.files}
        today = _fingerprint(engine)  # loads the encoder, which is not to be counted
        started = time.perf_counter()
        _bring_in(engine, dataset, today)
        seconds = time.perf_counter() - started
        records = {record.name: record for record in engine.knowledge_base.records()}
        ready = [record for record in records.values() if record.state is DocumentState.READY]
        indexed = Indexed(len(names), len(names) - len(ready), sum(record.chunks for record in ready), seconds)
        stored_text = lru_cache(maxsize=_TEXTS_KEPT)(engine.knowledge_base.text)
        if dataset.files:
            readable = {record.name for record in ready}
            dataset = replace(dataset, questions=tuple(_in_files(q, readable, stored_text) for q in dataset.questions))
        yield Collection(dataset, engine, names, stored_text, indexed)


def folder_name(dataset: Dataset, settings: AppSettings) -> str:
    """Where the index of a dataset lives: one folder for each set and for each way of indexing it."""
    defaults = AppSettings.from_mapping({})
    differing = {
        name: getattr(settings, name)
        for name in IngestSettings.model_fields
        if name not in _NOT_OF_THE_INDEX and getattr(settings, name) != getattr(defaults, name)
    }
    key = repr((str(dataset.source.resolve()), sorted(differing.items())))
    return f"{dataset.name}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def _in_files(question: Question, readable: set[str], stored_text: TextOf) -> Question:
    """The question with its evidence in the files that could be read."""
    return found_in_files(question, lambda name: stored_text(name) if name in readable else "")


def _write_texts(dataset: Dataset, folder: Path) -> dict[str, str]:
    """Write the documents as text files, by number: their names may be hidden files, paths or too long."""
    names = {f"{number:06}.txt": name for number, name in enumerate(dataset.texts)}
    for file in folder.iterdir():
        if file.name not in names:
            file.unlink()
    for file_name, name in names.items():
        path, data = folder / file_name, dataset.texts[name].encode()
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)
    return names


def _fingerprint(engine: Engine) -> Fingerprint:
    encoder = engine.encoder(engine.settings.encoder)
    return fingerprint(
        encoder.identity,
        parser=parser_version(engine.settings.parser),
        splitter=SPLITTER_VERSION,
        chunk_tokens=chunk_tokens(engine.settings, encoder),
    )


def _bring_in(engine: Engine, dataset: Dataset, today: Fingerprint) -> None:
    with engine.knowledge_base.reading() as generation:
        made_by = generation.fingerprint
    pipeline = engine.pipeline(encoder=engine.encoder(engine.settings.encoder))
    report = _reporter(dataset)
    if made_by not in (None, today):
        pipeline.rebuild(report=report, wait_seconds=_WAIT_SECONDS)
    paths = [dataset.source / FILES] if dataset.files else []
    pipeline.sync(paths, report=report, wait_seconds=_WAIT_SECONDS)


def _reporter(dataset: Dataset) -> Callable[[Progress], None]:
    done, total = 0, len(dataset.documents)

    def report(progress: Progress) -> None:
        nonlocal done
        if progress.state.is_final:
            done += 1
            if done % max(total // 10, 1) == 0:
                say(f"{dataset.name}: {done} of {total} documents")

    return report
