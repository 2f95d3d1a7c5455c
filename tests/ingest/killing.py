"""Kill a process that changes a collection, at a random moment, and see what the next one finds.

One data folder goes through all of it, so that every operation starts from what recovering from the last kill left.
"""

from __future__ import annotations

import multiprocessing
import random
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ingest.enrich import enrich
from ingest.errors import UnknownDocument
from ingest.knowledge_base import KnowledgeBase
from ingest.types import DerivedKind, DocumentState, Progress
from tests.ingest.whole import (
    TurnedEncoder,
    assert_no_file_holds,
    assert_whole,
    knowledge_base_in,
    marker,
    new_text,
    pipeline_of,
)

PRELOADED = ["tests.ingest.killing", "chromadb"]  # every process needs them, and importing them takes seconds
_PATIENCE_SECONDS = 120  # for a process that does a second's work; it ends the test and decides nothing
_AT_ONCE = 2  # documents added, replaced or deleted by one operation
_BEGUN, _DONE, _CLOSED = "begun", "done", "closed"


class Operation(StrEnum):
    """What is killed. The order lets each find what it needs."""

    ADD = "sync"
    ENRICH = "enrich"
    REPLACE = "replace"
    REEMBED = "re-embed"
    DELETE = "delete"
    REBUILD = "rebuild"


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: everything was as it must be, or `fault` says what was not."""

    operation: Operation
    stage: str  # what the process had last said
    fault: str | None


@dataclass(frozen=True, slots=True)
class _Job:
    data_dir: Path
    operation: Operation
    turn: int  # of the encoder
    names: tuple[str, ...]  # of the documents to delete


@dataclass(frozen=True, slots=True)
class _Expected:
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    acknowledged: frozenset[str]  # documents whose new version was said to be there
    old_texts: tuple[str, ...]  # of the whole run

    def possible(self) -> dict[str, set[str | None]]:
        return {
            name: {text} if name in self.acknowledged else {text, self.before.get(name)}
            for name, text in self.after.items()
        }


class Victim:
    """A data folder, what is in it, and the processes that are killed while they change it."""

    def __init__(self, data_dir: Path, *, seed: int) -> None:
        self._data_dir = data_dir
        self._random = random.Random(seed)
        self._texts: dict[str, str] = {}
        self._old_texts: list[str] = []
        self._turn = 0
        self._count = 0
        self._seconds: dict[Operation, float] = {}
        self._processes = multiprocessing.get_context("forkserver")  # imports once what every process needs
        self._processes.set_forkserver_preload(PRELOADED)

    def kills(self) -> Iterator[Kill]:
        """Kill after kill, the operations in turn, for as long as someone asks."""
        for _ in range(2):
            fault = self._once(Operation.ADD, None).fault
            assert fault is None, fault
        while True:
            for operation in Operation:
                if operation not in self._seconds:
                    fault = self._once(operation, None).fault
                    assert fault is None, fault
                killed = self._once(operation, self._random.uniform(0, self._seconds[operation]))
                if killed.stage != _CLOSED:
                    yield killed

    def _once(self, operation: Operation, seconds: float | None) -> Kill:
        """Run an operation, killed after so many seconds, or to its end, which tells how long it takes."""
        before = dict(self._texts)
        job = self._prepare(operation)
        after = {name: self._texts.get(name) for name in before.keys() | self._texts.keys()}
        said, took = self._run(job, seconds)
        if seconds is None:
            self._seconds[operation] = took
        expected = _Expected(before, after, _acknowledged(operation, said, after), tuple(self._old_texts))
        stage = said[-1] if isinstance(said[-1], str) else said[-1].state.value
        return Kill(operation, stage, self._check(job, expected))

    def _prepare(self, operation: Operation) -> _Job:
        names: list[str] = []
        if operation is Operation.ADD:
            names = [f"{self._count + more}.txt" for more in range(_AT_ONCE)]
            self._count += _AT_ONCE
        elif operation in (Operation.REPLACE, Operation.DELETE):
            names = self._random.sample(sorted(self._texts), _AT_ONCE)
        elif operation is Operation.REBUILD:
            names = self._random.sample(sorted(self._texts), 1)
        elif operation is Operation.REEMBED:
            self._turn += 1
        for name in names:
            if name in self._texts:
                self._old_texts.append(self._texts.pop(name))
            if operation is not Operation.DELETE:
                self._texts[name] = new_text(self._random)
                folder = self._data_dir / "documents"
                folder.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(self._texts[name], encoding="utf-8")
        return _Job(self._data_dir, operation, self._turn, tuple(names))

    def _run(self, job: _Job, seconds: float | None) -> tuple[list[Any], float]:
        ours, theirs = self._processes.Pipe()
        process = self._processes.Process(target=_work, args=(job, theirs))
        process.start()
        theirs.close()
        said: list[Any] = [ours.recv()]
        started = time.monotonic()
        if seconds is not None:
            time.sleep(seconds)
            process.kill()
        try:
            while True:
                said.append(ours.recv())
        except (EOFError, ConnectionResetError):
            took = time.monotonic() - started
        process.join(_PATIENCE_SECONDS)
        ours.close()
        return said, took

    def _check(self, job: _Job, expected: _Expected) -> str | None:
        ours, theirs = self._processes.Pipe()
        process = self._processes.Process(target=_look, args=(job, expected, theirs))
        process.start()
        theirs.close()
        try:
            fault: str | None = ours.recv() if ours.poll(_PATIENCE_SECONDS) else "it hangs"
        except EOFError:
            fault = "the process that looked has died"
        if fault is not None:
            process.kill()
        process.join(_PATIENCE_SECONDS)
        ours.close()
        return fault


def _acknowledged(operation: Operation, said: Collection[Any], after: Mapping[str, str | None]) -> frozenset[str]:
    if _DONE in said:
        return frozenset(after)
    if operation not in (Operation.ADD, Operation.REPLACE):
        return frozenset()  # a document that is ready in a new generation is there when all of that is
    return frozenset(it.document for it in said if isinstance(it, Progress) and it.state is DocumentState.READY)


# --- in the other processes -------------------------------------------------------------------------------------------


def _work(job: _Job, channel: Connection) -> None:
    base = knowledge_base_in(job.data_dir)
    channel.send(_BEGUN)
    _perform(base, job, channel)
    channel.send(_DONE)
    base.close()
    channel.send(_CLOSED)


def _perform(base: KnowledgeBase, job: _Job, channel: Connection) -> None:
    pipeline = pipeline_of(base, job.turn)
    match job.operation:
        case Operation.ADD | Operation.REPLACE:
            pipeline.sync(report=channel.send)
        case Operation.DELETE:
            pipeline.remove(job.names)
        case Operation.REBUILD:
            pipeline.rebuild(report=channel.send)
        case Operation.REEMBED:
            pipeline.reembed(report=channel.send)
        case Operation.ENRICH:
            _enrich(base, job, channel.send)


def _enrich(base: KnowledgeBase, job: _Job, say: Callable[[str], object]) -> None:
    encoder = TurnedEncoder(job.turn)
    enrich(base, DerivedKind.QUESTIONS, _question, encoder=encoder, report=lambda summary: say("written"))


def _question(passage: str) -> list[str]:
    return [f"What is told of {marker(passage)}?"]


def _look(job: _Job, expected: _Expected, channel: Connection) -> None:
    try:
        _assert_recovers(job, expected)
    except BaseException:
        channel.send(traceback.format_exc())
        raise
    channel.send(None)


def _assert_recovers(job: _Job, expected: _Expected) -> None:
    base = knowledge_base_in(job.data_dir)
    seen = assert_whole(base, expected.possible())
    with base.writing("start"):
        pass
    with base.reading() as generation:
        assert generation.faults() == []
    assert assert_whole(base, {name: {text} for name, text in seen.items()}) == seen
    if job.operation in (Operation.REBUILD, Operation.REEMBED):
        new = {name for name, text in seen.items() if text != expected.before.get(name)}
        assert not new or seen == expected.after
    _finish(base, job)
    assert assert_whole(base, {name: {text} for name, text in expected.after.items()}) == expected.after
    with base.reading() as generation:
        assert generation.faults() == []
        assert generation.catalog.journal.garbage() == []
        ids = generation.catalog.chunk_ids()
        assert generation.vectors.ids() == set(ids) | generation.catalog.derived.ids()
        for (id_, _), texts in generation.catalog.derived.by_chunk(ids).items():
            assert texts == _question(generation.catalog.chunks([id_])[id_].chunk.text)
    base.close()
    assert_no_file_holds(job.data_dir, expected.old_texts)
    assert len(list(base.storage.index.glob("generation-*"))) == 1
    files = {path.name for path in base.storage.documents.rglob("*")}
    assert files == {name for name, text in expected.after.items() if text is not None}


def _finish(base: KnowledgeBase, job: _Job) -> None:
    """What the user does next: the same again, if it is not done."""
    pipeline = pipeline_of(base, job.turn)
    match job.operation:
        case Operation.DELETE:
            try:
                pipeline.remove(job.names)
            except UnknownDocument:
                pipeline.sync(report=_ignore)
        case Operation.REEMBED:
            pipeline.reembed(report=_ignore)
        case Operation.ENRICH:
            _enrich(base, job, lambda said: None)
        case _:
            pipeline.sync(report=_ignore)


def _ignore(progress: Progress) -> None:
    """Nobody watches."""
