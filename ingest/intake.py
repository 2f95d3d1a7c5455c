"""Bring files into one generation: parse, split, embed, commit, and tell how far each is. Knows the order of the work.

While one file is embedded the next are parsed. Texts of small documents go to the encoder together; each document is
committed on its own and whole.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ingest import files
from ingest.catalog import SourceFile
from ingest.embed import Encoder
from ingest.errors import BrokenDocument, DocentError, DocumentError, UnsupportedDocument
from ingest.generation import Addition, Generation
from ingest.look_ahead import CANCELLED, Cancellation, LookAhead, Reading
from ingest.parse import parser_version
from ingest.parse.isolated import ParserProcess
from ingest.rows import with_repetition
from ingest.settings import IngestSettings
from ingest.split import split
from ingest.types import Chunk, DocumentState, FloatVector, ParsedDocument, Progress

Report = Callable[[Progress], None]

_OLD_VERSION = "Bringing in the changed file was cancelled; this is the version before. The next sync brings it in."
_PATIENCE_SECONDS = 0.05  # how soon a cancelled file is given up
_WORTH_A_DRAFT = 256  # chunks: embedding them takes so long that a kill should not cost the parsing too

log = logging.getLogger(__name__)


@dataclass(slots=True)
class SyncSummary:
    """What one sync did, by document name."""

    ready: list[str] = field(default_factory=list)  # added or replaced
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)  # new name -> old name
    duplicates: dict[str, str] = field(default_factory=dict)  # of those now ready -> the one with the same content
    rejected: dict[str, str] = field(default_factory=dict)  # failed, unsupported or cancelled -> reason
    advice: list[str] = field(default_factory=list)  # what a rebuild would better


@dataclass(slots=True)
class _Work:
    """A document that is split and on its way through the encoder."""

    source: SourceFile
    document: ParsedDocument
    chunks: Sequence[Chunk]
    vectors: list[FloatVector] = field(default_factory=list)  # of the first so many chunks
    is_draft: bool = False  # what was parsed is kept already


class Intake:
    """Brings files into one generation, which nobody else writes to meanwhile."""

    def __init__(
        self,
        generation: Generation,
        *,
        documents: Path,
        encoder: Encoder,
        parser: ParserProcess,
        settings: IngestSettings,
        report: Report,
        summary: SyncSummary,
        cancellation: Cancellation | None = None,
        stored: Callable[[str], ParsedDocument | None] = lambda name: None,
    ) -> None:
        """`stored` gives what was parsed of a document before, where that is to be used in place of its file."""
        self._generation = generation
        self._catalog = generation.catalog
        self._documents = documents
        self._encoder = encoder
        self._parser = parser
        self._settings = settings
        self._report = report
        self._summary = summary
        self._cancellation = Cancellation() if cancellation is None else cancellation
        self._stored = stored
        self._in_hand: list[_Work] = []

    def run(self, due: Sequence[SourceFile]) -> None:
        """Bring every file to a final state. What stops it leaves the rest queued, and what was parsed kept."""
        self._catalog.queue(due)
        for source in due:
            self._report(Progress(source.name, DocumentState.QUEUED))
        ahead = LookAhead(
            due,
            start=self._start,
            parsing=lambda name: self._enter(name, DocumentState.PARSING),
            cancellation=self._cancellation,
            cancelled=self._give_up,
        )
        try:
            while ahead or self._in_hand:
                self._step(ahead)
            self._generation.collect_garbage()
        except BaseException:
            ahead.stop()
            with suppress(DocentError):  # the first error is the one to tell
                self._put_back()
            raise

    def _step(self, ahead: LookAhead) -> None:
        self._cancellation.check_running()
        reading = ahead.take(wait_seconds=0 if self._in_hand else _PATIENCE_SECONDS)
        if reading is not None:
            self._take_up(reading)
        chunks = sum(len(work.chunks) for work in self._in_hand)
        if chunks >= self._settings.batch_size or (chunks and reading is None):
            self._embed(ahead.advance)
            self._commit()

    def _put_back(self) -> None:
        for work in self._in_hand:
            self._keep_draft(work)
        self._catalog.requeue()

    # --- one file -----------------------------------------------------------------------------------------------------

    def _start(self, source: SourceFile) -> Reading:
        stored = self._stored(source.name)
        if stored is not None:
            return Reading(source, draft=stored)
        path = self._documents / source.name
        try:
            source = replace(source, sha256=files.sha256(path))
            draft = self._catalog.draft(source.name, str(source.sha256), parser=parser_version(self._settings.parser))
            return Reading(source, None if draft else self._parser.start(path), draft)
        except (DocumentError, OSError) as error:
            return Reading(source, error=error)

    def _take_up(self, reading: Reading) -> None:
        source = reading.source
        try:
            document = reading.document()
            self._enter(source.name, DocumentState.SPLITTING)
            chunks = split(
                document,
                count_tokens=self._encoder.count_tokens,
                chunk_tokens=chunk_tokens(self._settings, self._encoder),
            )
            if not chunks:
                raise BrokenDocument("The file holds no text. Add a version with text in it.")
        except (DocumentError, OSError) as error:
            self._reject(source, error)
            return
        work = _Work(source, document, chunks, is_draft=reading.draft is not None)
        self._in_hand.append(work)
        if len(chunks) > _WORTH_A_DRAFT:
            self._keep_draft(work)

    def _enter(self, name: str, state: DocumentState) -> None:
        self._catalog.enter([name], state)
        self._report(Progress(name, state))

    def _keep_draft(self, work: _Work) -> None:
        if not work.is_draft:
            self._catalog.keep_draft(work.source, work.document, parser=parser_version(self._settings.parser))
            work.is_draft = True

    # --- the files in hand --------------------------------------------------------------------------------------------

    def _embed(self, between: Callable[[], None]) -> None:
        """Embed all chunks of the documents in hand, but those of documents that are cancelled meanwhile."""
        self._catalog.enter([work.source.name for work in self._in_hand], DocumentState.EMBEDDING)
        for work in self._in_hand:
            self._report(Progress(work.source.name, DocumentState.EMBEDDING, 0, len(work.chunks)))
        passages = [(work, chunk) for work in self._in_hand for chunk in work.chunks]
        size = self._settings.batch_size
        for at in range(0, len(passages), size):
            batch = [(w, c) for w, c in passages[at : at + size] if w.source.name not in self._cancellation]
            vectors = self._encoder.encode_passages([chunk.searchable_text for _, chunk in batch])
            for (work, _), vector in zip(batch, vectors, strict=True):
                work.vectors.append(vector)
            for work in {work.source.name: work for work, _ in batch}.values():
                done, total = len(work.vectors), len(work.chunks)
                self._report(Progress(work.source.name, DocumentState.EMBEDDING, done, total))
            self._cancellation.check_running()
            between()

    def _commit(self) -> None:
        for work in [work for work in self._in_hand if work.source.name in self._cancellation]:
            self._keep_draft(work)
            self._in_hand.remove(work)
            self._give_up(work.source)
        additions = [Addition(w.source, w.document, w.chunks, np.stack(w.vectors)) for w in self._in_hand]
        for staged in self._generation.stage(additions):
            source = staged.addition.source
            repeated = self._catalog.first_named(str(source.sha256))
            try:
                self._generation.commit(staged)
            except DocumentError as error:
                self._keep_draft(self._in_hand[0])
                self._reject(source, error)
            else:
                self._ready(staged.addition, repeated)
            del self._in_hand[0]
        self._generation.collect_garbage()

    # --- final states -------------------------------------------------------------------------------------------------

    def _ready(self, addition: Addition, repeated: str | None) -> None:
        name, chunks = addition.source.name, len(addition.chunks)
        self._summary.ready.append(name)
        if repeated is not None:
            self._summary.duplicates[name] = repeated
        reason = with_repetition(" ".join(addition.document.notices) or None, repeated)
        self._report(Progress(name, DocumentState.READY, chunks, chunks, reason))

    def _reject(self, source: SourceFile, error: DocumentError | OSError) -> None:
        log.info("%s: %s", source.name, error)
        unsupported = isinstance(error, UnsupportedDocument)
        self._end(source, DocumentState.UNSUPPORTED if unsupported else DocumentState.FAILED, str(error))

    def _give_up(self, source: SourceFile) -> None:
        """End a cancelled document: its old version stays as it was, if there is one."""
        self._cancellation.withdraw([source.name])
        record = self._catalog.record(source.name)
        if record is not None and record.chunks:
            self._catalog.enter([source.name], DocumentState.READY, _OLD_VERSION)
            self._summary.rejected[source.name] = _OLD_VERSION
            self._report(Progress(source.name, DocumentState.READY, record.chunks, record.chunks, _OLD_VERSION))
        else:
            self._end(source, DocumentState.FAILED, CANCELLED)

    def _end(self, source: SourceFile, state: DocumentState, reason: str) -> None:
        self._catalog.reject(source, state, reason)
        self._summary.rejected[source.name] = reason
        self._report(Progress(source.name, state, reason=reason))


def chunk_tokens(settings: IngestSettings, encoder: Encoder) -> int:
    """How long chunks may be: as set, and never longer than the encoder reads."""
    return min(settings.chunk_tokens, encoder.max_tokens)
