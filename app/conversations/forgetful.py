"""Filling a collection so that conversations keep nothing of what goes, and follow what is renamed. Knows when."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from ingest.embed import Encoder
from ingest.intake import Report, SyncSummary
from ingest.knowledge_base import KnowledgeBase
from ingest.look_ahead import Cancellation
from ingest.parse.isolated import ParserProcess
from ingest.pipeline import Pipeline
from ingest.settings import IngestSettings

Forget = Callable[[Collection[str] | None], None]  # of these documents, or of all
Follow = Callable[[Mapping[str, str]], None]  # as SyncSummary.renamed


class ForgetfulPipeline(Pipeline):
    """A pipeline after each of whose changes kept conversations are rid of text that is no document's any more."""

    def __init__(
        self,
        knowledge_base: KnowledgeBase,
        *,
        encoder: Encoder,
        parser: ParserProcess,
        settings: IngestSettings,
        cancellation: Cancellation | None,
        forget: Forget,
        follow: Follow,
    ) -> None:
        super().__init__(knowledge_base, encoder=encoder, parser=parser, settings=settings, cancellation=cancellation)
        self._forget = forget
        self._follow = follow

    def sync(
        self, paths: Sequence[Path] = (), *, report: Report, wait_seconds: float = 0, busy: Collection[Path] = ()
    ) -> SyncSummary:
        """As of a pipeline. Whole folders may have lost anything, given files only what they name."""
        summary = super().sync(paths, report=report, wait_seconds=wait_seconds, busy=busy)
        self._follow(summary.renamed)
        changed = {*summary.ready, *summary.rejected, *summary.removed}
        self._forget(changed if paths else None)
        return summary

    def rebuild(self, *, report: Report, wait_seconds: float = 0) -> SyncSummary:
        """As of a pipeline. Another parser may have read another text."""
        summary = super().rebuild(report=report, wait_seconds=wait_seconds)
        self._forget(None)
        return summary

    def remove(self, names: Sequence[str], *, wait_seconds: float = 0) -> None:
        """As of a pipeline."""
        super().remove(names, wait_seconds=wait_seconds)
        self._forget(names)
