"""The commands that fill and check a collection: sync, rebuild, list, remove, verify. Knows arguments and output."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ingest import files
from ingest.embed import Encoder
from ingest.errors import DocentError
from ingest.generation import Generation
from ingest.knowledge_base import KnowledgeBase
from ingest.parse.isolated import ParserProcess
from ingest.pipeline import Pipeline, SyncSummary
from ingest.settings import IngestSettings
from ingest.storage import Storage
from ingest.types import DocumentRecord, DocumentState, Progress

WAIT_SECONDS = 60.0  # how long a command waits for another writer

Command = Callable[[argparse.Namespace, IngestSettings], int]
Subcommands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def say(text: str) -> None:
    """A line of progress or explanation, on stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def put(text: str) -> None:
    """A line of the result, on stdout."""
    sys.stdout.write(f"{text}\n")


def put_json(value: object) -> None:
    """The result as one JSON value, on stdout."""
    put(json.dumps(value, ensure_ascii=False, indent=2))


def add_commands(commands: Subcommands, common: argparse.ArgumentParser) -> None:
    """Add the commands of this module to a command line; `common` holds the options that all of them take."""

    def add(name: str, run: Command, text: str) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, parents=[common], help=text, description=f"{text[0].upper()}{text[1:]}.")
        parser.set_defaults(run=run)
        return parser

    sync = add("sync", _sync, "make the index agree with the documents folder, or with the given files and folders")
    sync.add_argument("paths", metavar="PATH", type=Path, nargs="*", help="files and folders to copy in and index")
    add("rebuild", _rebuild, "build everything anew beside the old index, then switch")
    listing = add("list", _list, "show every document and its state")
    listing.add_argument("--json", action="store_true", help="print one JSON array")
    remove = add("remove", _remove, "take documents out, everywhere: index, stored text and file")
    remove.add_argument("documents", metavar="DOCUMENT", nargs="+", help="names as `docent list` shows them")
    verify = add("verify", _verify, "check catalog, keyword index, vectors and files against each other")
    verify.add_argument("--repair", action="store_true", help="mend what differs, from the stored files")


@dataclass(frozen=True, slots=True)
class _Collection:
    knowledge_base: KnowledgeBase
    pipeline: Pipeline


@contextmanager
def _opened(settings: IngestSettings) -> Iterator[_Collection]:
    knowledge_base = KnowledgeBase(Storage(settings.data_dir, settings.collection))
    encoder = Encoder(settings.encoder, device=settings.device, batch_size=settings.batch_size)
    try:
        with ParserProcess(settings) as parser:
            yield _Collection(
                knowledge_base, Pipeline(knowledge_base, encoder=encoder, parser=parser, settings=settings)
            )
    finally:
        knowledge_base.close()


def _sync(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    with _opened(settings) as collection:
        summary = collection.pipeline.sync(arguments.paths, report=_show, wait_seconds=WAIT_SECONDS)
        if not any((summary.ready, summary.unchanged, summary.removed, summary.rejected)):
            say(
                f"There are no files in {collection.knowledge_base.storage.documents}. Put some there and run it again."
            )
        _tell(summary)
    return 0


def _rebuild(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    with _opened(settings) as collection:
        _tell(collection.pipeline.rebuild(report=_show, wait_seconds=WAIT_SECONDS))
    return 0


def _list(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    with _opened(settings) as collection:
        records = collection.knowledge_base.records()
    if arguments.json:
        put_json([_as_json(record) for record in records])
    else:
        for record in records:
            put(f"{record.state.value:<12} {record.chunks:>7} chunks  {record.bytes:>12,} bytes  {record.name}")
            if record.reason:
                put(f"             {record.reason}")
    return 0


def _remove(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    with _opened(settings) as collection:
        collection.pipeline.remove(arguments.documents, wait_seconds=WAIT_SECONDS)
    say(f"Removed {len(arguments.documents)}.")
    return 0


def _verify(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    with _opened(settings) as collection:
        documents = collection.knowledge_base.storage.documents
        if arguments.repair:
            _tell(collection.pipeline.repair(report=_show, wait_seconds=WAIT_SECONDS))
        with collection.knowledge_base.reading() as generation:
            faults = [*generation.faults(), *_file_faults(generation, documents)]
    for fault in faults:
        put(fault)
    if faults:
        raise DocentError(f"{len(faults)} differences found. Run `docent verify --repair`, or else `docent rebuild`.")
    say("Catalog, keyword index, vectors and files agree.")
    return 0


def _file_faults(generation: Generation, documents: Path) -> list[str]:
    here = {name for name, _ in files.discover(documents)} if documents.is_dir() else set()
    known = {record.name for record in generation.catalog.records()}
    return [
        *(f"{name!r} is in the catalog, and its file is missing" for name in sorted(known - here)),
        *(f"{name!r} is in the documents folder and not in the catalog" for name in sorted(here - known)),
    ]


def _show(progress: Progress) -> None:
    if progress.state is DocumentState.READY:
        say(f"ready        {progress.document} ({progress.total} chunks)")
    elif progress.state.is_final:
        say(f"{progress.state.value:<12} {progress.document}: {progress.reason}")


def _tell(summary: SyncSummary) -> None:
    say(
        f"{len(summary.ready)} indexed, {len(summary.unchanged)} unchanged, {len(summary.removed)} removed, "
        f"{len(summary.rejected)} not readable."
    )


def _as_json(record: DocumentRecord) -> dict[str, object]:
    return {
        "document": record.name,
        "state": record.state.value,
        "reason": record.reason,
        "bytes": record.bytes,
        "pages": record.pages,
        "chunks": record.chunks,
        "added_at": record.added_at,
    }
