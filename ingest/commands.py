"""The commands that fill and check a collection: sync, rebuild, list, remove, verify. Knows arguments and output."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeAlias

from ingest import web_page
from ingest.collections import collections
from ingest.errors import DocentError
from ingest.settings import IngestSettings
from ingest.storage import Storage
from ingest.types import DocumentRecord, DocumentState, Progress

# A command imports what it works with when it runs: help, completion and wrong usage are there at once.
if TYPE_CHECKING:
    from ingest.intake import SyncSummary
    from ingest.knowledge_base import KnowledgeBase
    from ingest.pipeline import Pipeline

WAIT_SECONDS = 60.0  # how long a command waits for another writer
PAGE_LIMITS = web_page.Limits()  # of fetching a web page; its size is bounded by the settings

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
    sync.add_argument(
        "paths", metavar="PATH", type=_path_or_url, nargs="*", help="files, folders and URLs of web pages to take in"
    )
    sync.add_argument("--watch", action="store_true", help="then go on whenever files change, until Ctrl-C")
    sync.set_defaults(on_renamed=lambda settings, renamed: None)  # what else is to know; old names by the new ones
    rebuild = add("rebuild", _rebuild, "build everything anew beside the old index, then switch")
    rebuild.add_argument(
        "--from-text",
        action="store_true",
        help="parse no file: split and embed the stored text, as a new encoder needs",
    )
    listing = add("list", _list, "show every document and its state")
    listing.add_argument("--collections", action="store_true", help="show the collections instead")
    listing.add_argument("--json", action="store_true", help="print one JSON array")
    remove = add("remove", _remove, "take documents out, everywhere: index, stored text and file")
    what = remove.add_mutually_exclusive_group(required=True)
    what.add_argument("documents", metavar="DOCUMENT", nargs="*", default=[], help="names as `docent list` shows them")
    what.add_argument("--everything", action="store_true", help="the whole collection: its documents and its index")
    verify = add("verify", _verify, "check catalog, keyword index, vectors and files against each other")
    verify.add_argument("--repair", action="store_true", help="mend what differs, from the stored files")


@dataclass(frozen=True, slots=True)
class _Collection:
    knowledge_base: KnowledgeBase
    pipeline: Pipeline


@contextmanager
def _opened(settings: IngestSettings, *, make: bool = False) -> Iterator[_Collection]:
    """The collection of the settings; raises DocentError when there is none, unless it is to be made."""
    from ingest.embed import Encoder
    from ingest.knowledge_base import KnowledgeBase
    from ingest.parse.isolated import ParserProcess
    from ingest.pipeline import Pipeline

    knowledge_base = KnowledgeBase(Storage(settings.data_dir, settings.collection) if make else _existing(settings))
    encoder = Encoder(settings.encoder, device=settings.device, batch_size=settings.batch_size)
    try:
        with ParserProcess(settings) as parser:
            yield _Collection(
                knowledge_base, Pipeline(knowledge_base, encoder=encoder, parser=parser, settings=settings)
            )
    finally:
        knowledge_base.close()


def _existing(settings: IngestSettings) -> Storage:
    storage = Storage(settings.data_dir, settings.collection)
    if not storage.exists():
        raise DocentError(
            f"There is no collection {settings.collection!r}. `docent list --collections` shows what there is; "
            f"`docent sync --collection` makes one."
        )
    return storage


def _path_or_url(text: str) -> Path | str:
    return text if web_page.is_url(text) else Path(text)


def _fetched(urls: Sequence[str], settings: IngestSettings, documents: Path) -> list[Path]:
    """The pages as files in the documents folder; of one that cannot be had a line tells why."""
    from ingest import files

    pages = []
    limits = replace(PAGE_LIMITS, bytes=settings.max_file_bytes)
    with TemporaryDirectory(prefix="docent-page-") as folder:
        for url in urls:
            try:
                page = web_page.fetch(url, Path(folder), limits)
                pages.append(files.store(page, documents, page.name))
            except DocentError as error:
                say(f"docent: {' '.join(str(error).split())}")
    return pages


def _sync(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    paths = [source for source in arguments.paths if isinstance(source, Path)]
    urls = [source for source in arguments.paths if isinstance(source, str)]
    with _opened(settings, make=True) as collection:
        pages = _fetched(urls, settings, collection.knowledge_base.storage.documents)
        if urls and not paths and not pages:
            return 1
        summary = collection.pipeline.sync([*paths, *pages], report=_show, wait_seconds=WAIT_SECONDS)
        if not any((summary.ready, summary.unchanged, summary.removed, summary.renamed, summary.rejected)):
            say(
                f"There are no files in {collection.knowledge_base.storage.documents}. Put some there and run it again."
            )
        _tell(summary)
        arguments.on_renamed(settings, summary.renamed)
        if arguments.watch:
            _watch(collection, paths, lambda renamed: arguments.on_renamed(settings, renamed))
    return 0 if len(pages) == len(urls) else 1


def _watch(collection: _Collection, paths: Sequence[Path], on_renamed: Callable[[Mapping[str, str]], None]) -> None:
    """Sync whenever files have changed, until Ctrl-C."""
    from ingest.watch import keep_in_step, stopped_by_ctrl_c

    def sync(busy: frozenset[Path]) -> bool:
        try:
            there = [path for path in paths if path.exists()]
            summary = collection.pipeline.sync(there, report=_show, wait_seconds=WAIT_SECONDS, busy=busy)
            if any((summary.ready, summary.removed, summary.renamed, summary.rejected)):
                _tell(summary)
                on_renamed(summary.renamed)
        except DocentError as error:
            say(f"docent: {' '.join(str(error).split())}")
            return False
        return True

    places = paths or [collection.knowledge_base.storage.documents]
    say(f"Watching {', '.join(map(str, places))}. Press Ctrl-C to stop, twice to stop at once.")
    with stopped_by_ctrl_c() as stop:
        keep_in_step(places, sync, stop=stop)


def _rebuild(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    with _opened(settings) as collection:
        build = collection.pipeline.reembed if arguments.from_text else collection.pipeline.rebuild
        _tell(build(report=_show, wait_seconds=WAIT_SECONDS))
    return 0


def _list(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    if arguments.collections:
        return _list_collections(settings, as_json=arguments.json)
    records = _records(_existing(settings))
    if arguments.json:
        put_json([_as_json(record) for record in records])
    else:
        for record in records:
            put(f"{record.state.value:<12} {record.chunks:>7} chunks  {record.bytes:>12,} bytes  {record.name}")
            if record.reason:
                put(f"             {record.reason}")
    return 0


def _list_collections(settings: IngestSettings, *, as_json: bool) -> int:
    found = []
    for collection in collections(settings.data_dir):
        storage = Storage(settings.data_dir, collection.name)
        found.append(
            {"collection": collection.name, "documents": len(_records(storage)), "folder": str(storage.documents)}
        )
    if as_json:
        put_json(found)
    else:
        for row in found:
            put(f"{row['documents']:>7} documents  {row['collection']}  in {row['folder']}")
    return 0


def _records(storage: Storage) -> list[DocumentRecord]:
    if storage.current() is None:
        return []  # opening it would make its index
    from ingest.knowledge_base import KnowledgeBase

    with closing(KnowledgeBase(storage)) as knowledge_base:
        return knowledge_base.records()


def _remove(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    if arguments.everything:
        _existing(settings).delete()
        say(f"Removed the collection {settings.collection!r}, with its documents and its index.")
        return 0
    with _opened(settings) as collection:
        collection.pipeline.remove(arguments.documents, wait_seconds=WAIT_SECONDS)
    say(f"Removed {len(arguments.documents)}.")
    return 0


def _verify(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    from ingest import check

    with _opened(settings) as collection:
        if arguments.repair:
            _tell(collection.pipeline.repair(report=_show, wait_seconds=WAIT_SECONDS))
        faults = check.faults(collection.knowledge_base)
    for fault in faults:
        put(fault)
    if faults:
        raise DocentError(f"{len(faults)} differences found. Run `docent verify --repair`, or else `docent rebuild`.")
    say("Catalog, keyword index, vectors and files agree.")
    return 0


def _show(progress: Progress) -> None:
    if progress.state is DocumentState.READY:
        say(f"ready        {progress.document} ({progress.total} chunks){_because(progress.reason)}")
    elif progress.state.is_final:
        say(f"{progress.state.value:<12} {progress.document}: {progress.reason}")


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def _tell(summary: SyncSummary) -> None:
    renamed = f" {len(summary.renamed)} renamed." if summary.renamed else ""
    say(
        f"{len(summary.ready)} indexed, {len(summary.unchanged)} unchanged, {len(summary.removed)} removed, "
        f"{len(summary.rejected)} not readable.{renamed}"
    )
    if summary.duplicates:
        name, other = next(iter(summary.duplicates.items()))
        say(f"{len(summary.duplicates)} have the same content as another, such as {name!r} and {other!r}.")
    for line in summary.advice:
        say(line)


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
