"""Bring every file of a folder in and tell what became of each: python -m bench.documents FOLDER

The files go through the real pipeline into a fresh data folder, as with `docent sync FOLDER`. A true text is looked for
beside a file, as `groundtruth/<name>.md` where the file lies in a folder `sources` (the tests of Docling are so).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from bench.documents_report import Measured, Outcome, as_json, report
from bench.stand_in import StandInEncoder
from bench.watch_processes import ProcessWatch, TimedParse, Turn, temporary_files_in, turns
from bench.word_match import Match, match
from ingest import files
from ingest.command_line import kept_or_temporary, run
from ingest.commands import put, say
from ingest.embed import Encoder
from ingest.knowledge_base import KnowledgeBase
from ingest.parse.isolated import ParserProcess
from ingest.pipeline import Pipeline
from ingest.settings import IngestSettings
from ingest.storage import Storage
from ingest.types import DocumentState, Progress

_SAY_EVERY = 25  # files


def measure(folder: Path, work: Path, encoder: Encoder, settings: IngestSettings) -> Measured:
    """Bring in all files of `folder`; `work` is an empty folder."""
    settings = settings.model_copy(update={"data_dir": work / "data"})
    sources = {item.name: item.path for item in files.incoming([folder])}
    put_aside, log = work / "temporary", work / "turns.jsonl"
    storage = Storage(settings.data_dir)
    with temporary_files_in(put_aside), closing(KnowledgeBase(storage)) as base, ProcessWatch() as watch:
        with ParserProcess(settings, parse=TimedParse(log)) as parser:
            pipeline = Pipeline(base, encoder=encoder, parser=parser, settings=settings)
            started = time.perf_counter()
            pipeline.sync([folder], report=_show(len(sources)))
            seconds = time.perf_counter() - started
        read = turns(log)
        outcomes = _outcomes(base, sources, read)
        with base.reading() as generation:
            faults = generation.faults()
    return Measured(
        outcomes,
        seconds,
        {"this process": watch.own.bytes, "below it": watch.below.bytes, "together": watch.together.bytes},
        _at_work(read, watch.together.at, storage.documents),
        [path.relative_to(put_aside).as_posix() for path in sorted(put_aside.iterdir())],
        watch.still_running(),
        faults,
    )


def true_text(source: Path) -> Path | None:
    """The Markdown that a file's text should be; None where there is none."""
    if source.parent.name != "sources":
        return None
    folder = source.parent.with_name("groundtruth")
    return next((path for name in (source.name, source.stem) if (path := folder / f"{name}.md").is_file()), None)


def _outcomes(base: KnowledgeBase, sources: Mapping[str, Path], read: Sequence[Turn]) -> list[Outcome]:
    records = {record.name: record for record in base.records()}
    documents = base.storage.documents
    seconds = {turn.path.relative_to(documents).as_posix(): turn.ended - turn.began for turn in read}
    outcomes = []
    for name, source in sources.items():
        record = records.get(name)
        state, reason, chunks = (record.state.value, record.reason, record.chunks) if record else ("missing", None, 0)
        found = _match(base, name, source) if state == DocumentState.READY else None
        size = source.stat().st_size
        outcomes.append(Outcome(name, state, reason, size, chunks, seconds.get(name, 0.0), found))
    return outcomes


def _match(base: KnowledgeBase, name: str, source: Path) -> Match | None:
    true = true_text(source)
    return None if true is None else match(true.read_text(encoding="utf-8"), base.text(name))


def _at_work(read: Sequence[Turn], at: float, documents: Path) -> str:
    paths = [turn.path for turn in read if turn.began <= at <= turn.ended]
    return paths[0].relative_to(documents).as_posix() if paths else ""


def _show(total: int) -> Callable[[Progress], None]:
    done = 0

    def report(progress: Progress) -> None:
        nonlocal done
        if progress.state.is_final:
            done += 1
            if done % _SAY_EVERY == 0:
                say(f"{done} of {total} files")

    return report


# --- command line -----------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit status: 1 where a file has no final state or something is left behind."""
    parser = argparse.ArgumentParser(prog="python -m bench.documents", description="Measure ingest on real files.")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="every file below it is brought in")
    parser.add_argument("--no-embedding", action="store_true", help="measure parsing: vectors are made up")
    parser.add_argument("--report", metavar="FILE", type=Path, help="write everything there as JSON")
    parser.add_argument("--keep", metavar="DIR", type=Path, help="keep the data folder there, which is empty before")
    parser.set_defaults(run=_run)
    return run(parser, IngestSettings, arguments)


def _run(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    encoder = (
        StandInEncoder()
        if arguments.no_embedding
        else Encoder(settings.encoder, device=settings.device, batch_size=settings.batch_size)
    )
    with kept_or_temporary(arguments.keep) as work:
        measured = measure(arguments.folder, work, encoder, settings)
    if arguments.report is not None:
        arguments.report.write_text(json.dumps(as_json(measured), ensure_ascii=False, indent=1), encoding="utf-8")
    put(report(measured))
    return 1 if measured.unfinished or measured.left_files or measured.left_processes or measured.index_faults else 0


if __name__ == "__main__":
    sys.exit(main())
