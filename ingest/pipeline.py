"""Make a knowledge base agree with its files, build it anew, mend it, and take documents out. Knows what is to be done.

How a file becomes a document is the intake's work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ingest import files
from ingest.catalog import Catalog, SourceFile
from ingest.compare import Known, Plan, compare
from ingest.embed import Encoder
from ingest.enrich import take_over
from ingest.errors import IndexDamaged, UnknownDocument
from ingest.generation import Fingerprint, Generation, fingerprint, fingerprint_of
from ingest.intake import Intake, Report, SyncSummary, chunk_tokens
from ingest.knowledge_base import KnowledgeBase
from ingest.look_ahead import Cancellation
from ingest.parse import parser_version
from ingest.parse.isolated import ParserProcess
from ingest.probe import profile
from ingest.settings import IngestSettings
from ingest.split import SPLITTER_VERSION
from ingest.types import ParsedDocument


class Pipeline:
    """Turns files into searchable documents of one knowledge base."""

    def __init__(
        self,
        knowledge_base: KnowledgeBase,
        *,
        encoder: Encoder,
        parser: ParserProcess,
        settings: IngestSettings,
        cancellation: Cancellation | None = None,
    ) -> None:
        """Documents named in `cancellation`, then or while it works, are given up."""
        self._knowledge_base = knowledge_base
        self._documents = knowledge_base.storage.documents
        self._encoder = encoder
        self._parser = parser
        self._settings = settings
        self._cancellation = Cancellation() if cancellation is None else cancellation

    def sync(
        self,
        paths: Sequence[Path] = (),
        *,
        report: Report,
        wait_seconds: float = 0,
        busy: Collection[Path] = (),
    ) -> SyncSummary:
        """Make the index agree with the documents folder, or with the given files and folders.

        Files from elsewhere are copied into the documents folder; one that was copied from a given folder and is no
        longer there is removed. An unchanged file costs a stat, a renamed one is renamed. Files in `busy`, by absolute
        path, are left as they are. Raises IndexBusy and IndexMismatch.
        """
        self._knowledge_base.storage.prepare()
        taken = self._take_in(paths, busy)
        with self._knowledge_base.writing("sync", wait_seconds=wait_seconds) as generation:
            known = generation.catalog.sources()
            wanted = taken if paths else self._described(self._names(busy))
            gone = self._gone(known, wanted, paths, busy)
            plan = compare(known, wanted, gone, lambda name: files.sha256(self._documents / name), retry=bool(paths))
            summary = SyncSummary(
                unchanged=plan.unchanged,
                removed=plan.removed,
                renamed={new.name: old for old, new in plan.renamed.items()},
            )
            self._settle(generation, plan)
            if plan.due:
                self._bring_in(generation, plan.due, self._fingerprint(), report, summary)
            generation.catalog.purge()
            if plan.due:
                summary.advice = generation.advice(self._fingerprint())
        return summary

    def rebuild(self, *, report: Report, wait_seconds: float = 0) -> SyncSummary:
        """Build everything anew beside the serving generation, then switch. A failure leaves the old one serving."""
        self._knowledge_base.storage.prepare()
        summary = SyncSummary()
        with self._knowledge_base.rebuilding(wait_seconds=wait_seconds) as (old, new):
            wanted = self._described()
            if old is not None:
                wanted = _adopt(old, new.catalog, wanted)
            if wanted:
                self._bring_in(new, list(wanted.values()), self._fingerprint(), report, summary)
            if old is not None:
                take_over(old, new, self._encoder)
        return summary

    def reembed(self, *, report: Report, wait_seconds: float = 0) -> SyncSummary:
        """Split and embed the stored text anew, beside the serving generation, then switch; no file is parsed.

        A document whose structure was not kept, by an older Docent, is parsed after all. A failure leaves the old
        generation serving. Without a readable catalog everything is built anew.
        """
        summary = SyncSummary()
        with self._knowledge_base.rebuilding(wait_seconds=wait_seconds) as (old, new):
            if old is not None:
                facts = old.facts()
                new.catalog.adopt(facts)
                made_by = fingerprint_of(old)
                parser = made_by.parser if made_by else None
                due = [fact.source for fact in facts if fact.is_searchable]
                if due:
                    self._bring_in(new, due, self._fingerprint(parser), report, summary, stored=old.parsed)
                    take_over(old, new, self._encoder)
                return summary
        return self.rebuild(report=report, wait_seconds=wait_seconds)

    def repair(self, *, report: Report, wait_seconds: float = 0) -> SyncSummary:
        """Mend what `Generation.faults` reports, from the stored text or else from the files, then sync."""
        try:
            with self._knowledge_base.writing("repair", wait_seconds=wait_seconds) as generation:
                generation.catalog.check()
                mended = generation.mend()
                known = generation.catalog.sources()
                generation.catalog.queue([known[name][0] for name in generation.unsound()])
            if not mended:
                self.reembed(report=report, wait_seconds=wait_seconds)
        except IndexDamaged:
            return self.rebuild(report=report, wait_seconds=wait_seconds)
        return self.sync(report=report, wait_seconds=wait_seconds)

    def remove(self, names: Sequence[str], *, wait_seconds: float = 0) -> None:
        """Take documents and their files out, everywhere; raises UnknownDocument before anything is removed."""
        with self._knowledge_base.writing("remove", wait_seconds=wait_seconds) as generation:
            known = generation.catalog.sources()
            unknown = [name for name in names if name not in known]
            if unknown:
                raise UnknownDocument(f"There is no document named {unknown[0]!r}. `docent list` shows what there is.")
            # The file first: whatever stops this, the next sync finishes it and does not bring the document back.
            self._discard(names)
            generation.remove(names)
            generation.catalog.purge()

    # --- files --------------------------------------------------------------------------------------------------------

    def _described(self, but: Collection[str] = ()) -> dict[str, SourceFile]:
        described = {}
        for name, path in files.discover(self._documents):
            with suppress(FileNotFoundError):  # deleted since it was found
                if name not in but:
                    described[name] = files.describe(name, path)
        return described

    def _names(self, paths: Iterable[Path]) -> set[str]:
        root = self._documents.resolve()
        return {path.relative_to(root).as_posix() for path in paths if path.is_relative_to(root)}

    def _take_in(self, paths: Sequence[Path], busy: Collection[Path]) -> dict[str, SourceFile]:
        taken: dict[str, SourceFile] = {}
        root = self._documents.resolve()
        here = {path: path.resolve() for path in paths if path.exists() and path.resolve().is_relative_to(root)}
        for place in here.values():
            for file in [place] if place.is_file() else [file for _, file in files.discover(place)]:
                if file not in busy:
                    name = file.relative_to(root).as_posix()
                    taken[name] = files.describe(name, file)
        for item in files.incoming([path for path in paths if path not in here]):
            if item.path in busy:
                continue
            target = self._documents / item.name
            old = files.describe(item.name, target) if target.is_file() else None
            new = files.describe(item.name, item.path)
            if old is None or (old.bytes, old.modified_ns) != (new.bytes, new.modified_ns):
                files.store(item.path, self._documents, item.name)
            taken[item.name] = files.describe(item.name, target, origin=item.path)
        return taken

    def _gone(self, known: Known, wanted: Iterable[str], paths: Sequence[Path], busy: Collection[Path]) -> list[str]:
        """Documents whose files are no longer there: anywhere, or, where paths are given, in those folders."""
        root = self._documents.resolve()
        places = {name: Path(known[name][0].origin or root / name) for name in known.keys() - set(wanted)}
        folders = [path.resolve() for path in paths if path.is_dir()]
        return [
            name
            for name, place in places.items()
            if place not in busy
            and root / name not in busy
            and (not paths or any(place.is_relative_to(folder) for folder in folders))
        ]

    def _discard(self, names: Iterable[str]) -> None:
        files.discard(self._documents, [name for name in names if (self._documents / name).is_file()])

    # --- the generation -----------------------------------------------------------------------------------------------

    def _settle(self, generation: Generation, plan: Plan) -> None:
        """Everything of a plan that needs no model."""
        if plan.touched:
            generation.catalog.touch(plan.touched)
        if plan.renamed:
            # The file first, as in `remove`: a copy under a name that the catalog has forgotten would come back.
            self._discard(plan.renamed)
            generation.catalog.rename(plan.renamed)
        if plan.removed:
            self._discard(plan.removed)
            generation.remove(plan.removed)

    def _bring_in(
        self,
        generation: Generation,
        due: Sequence[SourceFile],
        made_by: Fingerprint,
        report: Report,
        summary: SyncSummary,
        stored: Callable[[str], ParsedDocument | None] = lambda name: None,
    ) -> None:
        generation.claim(made_by, lambda: profile(self._encoder))
        Intake(
            generation,
            documents=self._documents,
            encoder=self._encoder,
            parser=self._parser,
            settings=self._settings,
            report=report,
            summary=summary,
            cancellation=self._cancellation,
            stored=stored,
        ).run(due)

    def _fingerprint(self, parser: str | None = None) -> Fingerprint:
        return fingerprint(
            self._encoder.identity,
            parser=parser or parser_version(self._settings.parser),
            splitter=SPLITTER_VERSION,
            chunk_tokens=chunk_tokens(self._settings, self._encoder),
        )


def _adopt(old: Catalog, new: Catalog, wanted: dict[str, SourceFile]) -> dict[str, SourceFile]:
    """Let `new` know since when documents are here; returns the files with what is known of where they come from."""
    facts = {fact.source.name: fact for fact in old.facts() if fact.source.name in wanted}
    new.adopt(facts.values())
    return {
        name: replace(file, origin=facts[name].source.origin) if name in facts else file
        for name, file in wanted.items()
    }
