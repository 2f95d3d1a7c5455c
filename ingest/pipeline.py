"""Bring files in: compare, parse, split, embed, commit, and tell how far it is. Knows the order of the work."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ingest import files
from ingest.catalog import SourceFile
from ingest.embed import Encoder
from ingest.errors import DocumentError, UnknownDocument, UnsupportedDocument
from ingest.generation import Fingerprint, Generation, fingerprint
from ingest.knowledge_base import KnowledgeBase
from ingest.parse import PARSER_VERSION
from ingest.parse.isolated import ParserProcess
from ingest.probe import profile
from ingest.settings import IngestSettings
from ingest.split import SPLITTER_VERSION, split
from ingest.types import Chunk, DocumentState, FloatMatrix, ParsedDocument, Progress

Report = Callable[[Progress], None]

log = logging.getLogger(__name__)


@dataclass(slots=True)
class SyncSummary:
    """What one sync did, by document name."""

    ready: list[str] = field(default_factory=list)  # added or replaced
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    rejected: dict[str, str] = field(default_factory=dict)  # failed or unsupported -> reason


class Pipeline:
    """Turns files into searchable documents of one knowledge base."""

    def __init__(
        self, knowledge_base: KnowledgeBase, *, encoder: Encoder, parser: ParserProcess, settings: IngestSettings
    ) -> None:
        self._knowledge_base = knowledge_base
        self._documents = knowledge_base.storage.documents
        self._encoder = encoder
        self._parser = parser
        self._settings = settings

    def sync(self, paths: Sequence[Path] = (), *, report: Report, wait_seconds: float = 0) -> SyncSummary:
        """Make the index agree with the documents folder, or with the given files and folders.

        Files from elsewhere are copied into the documents folder; one that was copied from a given folder and is no
        longer there is removed. An unchanged file costs a stat. Raises IndexBusy and IndexMismatch.
        """
        self._knowledge_base.storage.prepare()
        taken = self._take_in(paths)
        with self._knowledge_base.writing("sync", wait_seconds=wait_seconds) as generation:
            known = generation.catalog.sources()
            wanted = dict(taken) if paths else {n: files.describe(n, p) for n, p in files.discover(self._documents)}
            gone = self._gone(known, wanted, paths)
            summary = SyncSummary(removed=gone)
            if gone:
                generation.remove(gone)
                files.discard(self._documents, gone)
            self._update(generation, wanted, summary, report, retry=bool(paths))
            generation.catalog.purge()
        return summary

    def rebuild(self, *, report: Report, wait_seconds: float = 0) -> SyncSummary:
        """Build everything anew beside the serving generation, then switch. A failure leaves the old one serving."""
        self._knowledge_base.storage.prepare()
        with self._knowledge_base.rebuilding(wait_seconds=wait_seconds) as (old, new):
            origins = {name: source.origin for name, (source, _) in old.catalog.sources().items()}
            wanted = {
                name: replace(files.describe(name, path), origin=origins.get(name))
                for name, path in files.discover(self._documents)
            }
            summary = SyncSummary()
            self._update(new, wanted, summary, report, retry=True)
        return summary

    def repair(self, *, report: Report, wait_seconds: float = 0) -> SyncSummary:
        """Mend what `Generation.faults` reports, bring documents without vectors in again, then sync."""
        with self._knowledge_base.writing("repair", wait_seconds=wait_seconds) as generation:
            known = generation.catalog.sources()
            for name in generation.mend():
                generation.catalog.note(known[name][0], DocumentState.QUEUED)
        return self.sync(report=report, wait_seconds=wait_seconds)

    def remove(self, names: Sequence[str], *, wait_seconds: float = 0) -> None:
        """Take documents and their files out, everywhere; raises UnknownDocument before anything is removed."""
        with self._knowledge_base.writing("remove", wait_seconds=wait_seconds) as generation:
            known = generation.catalog.sources()
            unknown = [name for name in names if name not in known]
            if unknown:
                raise UnknownDocument(f"There is no document named {unknown[0]!r}. `docent list` shows what there is.")
            generation.remove(names)
            files.discard(self._documents, names)
            generation.catalog.purge()

    def _take_in(self, paths: Sequence[Path]) -> dict[str, SourceFile]:
        taken: dict[str, SourceFile] = {}
        root = self._documents.resolve()
        for item in files.incoming(paths):
            if item.path.is_relative_to(root):
                name = item.path.relative_to(root).as_posix()
                taken[name] = files.describe(name, item.path)
            else:
                target = self._documents / item.name
                here = files.describe(item.name, target) if target.is_file() else None
                there = files.describe(item.name, item.path)
                if here is None or (here.bytes, here.modified_ns) != (there.bytes, there.modified_ns):
                    files.store(item.path, self._documents, item.name)
                taken[item.name] = files.describe(item.name, target, origin=item.path)
        return taken

    def _gone(
        self, known: dict[str, tuple[SourceFile, DocumentState]], wanted: Iterable[str], paths: Sequence[Path]
    ) -> list[str]:
        """Documents whose files are no longer there: anywhere, or, where paths are given, in those folders."""
        missing = sorted(known.keys() - set(wanted))
        if not paths:
            return missing
        folders = [path.resolve() for path in paths if path.is_dir()]
        places = {name: Path(known[name][0].origin or (self._documents / name).resolve()) for name in missing}
        return [name for name, place in places.items() if any(place.is_relative_to(folder) for folder in folders)]

    def _update(
        self,
        generation: Generation,
        wanted: dict[str, SourceFile],
        summary: SyncSummary,
        report: Report,
        *,
        retry: bool,
    ) -> None:
        known = generation.catalog.sources()
        due = [
            source for name, source in wanted.items() if not self._is_current(generation, source, known, retry=retry)
        ]
        summary.unchanged.extend(sorted(wanted.keys() - {source.name for source in due}))
        if not due:
            return
        generation.claim(self._fingerprint(), lambda: profile(self._encoder))
        for source in due:
            generation.catalog.note(source, DocumentState.QUEUED)
            report(Progress(source.name, DocumentState.QUEUED))
        for source in due:
            self._ingest(generation, source, summary, report)

    def _is_current(
        self,
        generation: Generation,
        source: SourceFile,
        known: dict[str, tuple[SourceFile, DocumentState]],
        *,
        retry: bool,
    ) -> bool:
        if source.name not in known:
            return False
        old, state = known[source.name]
        if not state.is_final or (retry and state is not DocumentState.READY):
            return False
        if (old.bytes, old.modified_ns) == (source.bytes, source.modified_ns):
            return True
        if old.bytes != source.bytes or old.sha256 != files.sha256(self._documents / source.name):
            return False
        # The same bytes with another time stamp: remember the time, so that the next sync need not read the file.
        generation.catalog.touch(source)
        return True

    def _ingest(self, generation: Generation, source: SourceFile, summary: SyncSummary, report: Report) -> None:
        def enter(state: DocumentState, done: int = 0, total: int = 0) -> None:
            if not done:
                generation.catalog.note(source, state)
            report(Progress(source.name, state, done, total))

        try:
            source = replace(source, sha256=files.sha256(self._documents / source.name))
            enter(DocumentState.PARSING)
            document = self._parser.parse(self._documents / source.name)
            enter(DocumentState.SPLITTING)
            chunks = self._split(document)
            enter(DocumentState.EMBEDDING, 0, len(chunks))
            vectors = self._embed(chunks, lambda done: enter(DocumentState.EMBEDDING, done, len(chunks)))
            generation.add(source, document, chunks, vectors)
        except (DocumentError, OSError) as error:
            unsupported = isinstance(error, UnsupportedDocument)
            state = DocumentState.UNSUPPORTED if unsupported else DocumentState.FAILED
            log.info("%s: %s", source.name, error)
            generation.reject(source, state, str(error))
            summary.rejected[source.name] = str(error)
            report(Progress(source.name, state, reason=str(error)))
        else:
            summary.ready.append(source.name)
            report(Progress(source.name, DocumentState.READY, len(chunks), len(chunks)))

    def _split(self, document: ParsedDocument) -> list[Chunk]:
        return split(document, count_tokens=self._encoder.count_tokens, chunk_tokens=self._chunk_tokens())

    def _embed(self, chunks: Sequence[Chunk], done: Callable[[int], None]) -> FloatMatrix:
        texts = [chunk.searchable_text for chunk in chunks]
        size = self._settings.batch_size
        batches = []
        for at in range(0, len(texts), size):
            batches.append(self._encoder.encode_passages(texts[at : at + size]))
            done(min(at + size, len(texts)))
        return np.concatenate(batches)

    def _chunk_tokens(self) -> int:
        return min(self._settings.chunk_tokens, self._encoder.max_tokens)

    def _fingerprint(self) -> Fingerprint:
        return fingerprint(
            self._encoder.identity,
            parser=PARSER_VERSION,
            splitter=SPLITTER_VERSION,
            chunk_tokens=self._chunk_tokens(),
        )
