"""Measure ingest beside the pipeline of a tutorial, in one run: python -m bench.ingest_speed

Both bring in the same files with the weights of the same encoder, in turn, on files that are made for it. Other work
on the machine slows both: the ratios are what counts. Then thousands of tiny files are synced, unchanged and changed.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import psutil

from app.types import Language
from bench import stock_encoder
from bench import stock_pipeline as stock
from bench.minilm import minilm_folder
from bench.sample_files import write_files, write_tiny_file, write_tiny_files
from bench.sample_pdf import write_pdf
from bench.stand_in import StandInEncoder
from bench.watch_processes import resident
from ingest.command_line import run
from ingest.commands import put, put_json, say
from ingest.embed import Encoder
from ingest.errors import SettingsError
from ingest.knowledge_base import KnowledgeBase
from ingest.parse import parse
from ingest.parse.isolated import ParserProcess
from ingest.pipeline import Pipeline
from ingest.settings import BUILT_IN, IngestSettings
from ingest.storage import Storage
from ingest.types import Progress

PDF_PAGES = 20
ENCODED, ENCODED_CHARACTERS = 128, {Language.ENGLISH: 800, Language.CHINESE: 220}  # all read whole by both encoders
MEMORY_AT = (1_000, 4_000)  # documents


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same work done two ways: medians of several rounds that took turns."""

    what: str
    ours: float  # seconds
    theirs: float  # seconds
    remark: str = ""

    @property
    def ratio(self) -> float:
        """How many times as fast ours is."""
        return self.theirs / self.ours


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of ours alone."""

    what: str
    value: float
    unit: str


# --- side by side -----------------------------------------------------------------------------------------------------


def compare_parsing(pdf: Path, rounds: int) -> list[Comparison]:
    """Reading a PDF of running text, each library inside this process."""
    ways = {"pypdf": stock.read_with_pypdf}
    if find_spec("pdfminer"):
        ways["pdfminer's layout analysis"] = stock.read_with_pdfminer
    else:
        say("pdfminer is left out, as it is not installed. `.venv/bin/pip install pdfminer.six` brings it in.")
    ours = partial(parse, pdf, max_pages=PDF_PAGES, ocr=False)
    ours()  # the first call loads what the others do not wait for
    found = []
    for name, read in ways.items():
        mine, other = in_turn(ours, partial(read, pdf), rounds)
        rates = f"{PDF_PAGES / mine:.1f} and {PDF_PAGES / other:.1f} pages/s"
        found.append(Comparison(f"reading a PDF of {PDF_PAGES} pages: {name}", mine, other, rates))
    return found


def compare_ingest(kinds: dict[str, list[Path]], folder: Path, rounds: int) -> list[Comparison]:
    """Files until searchable, models loaded and processes started before the clock runs."""
    encoder, other = Encoder(BUILT_IN), stock_encoder.load()
    settings = IngestSettings()
    numbers = iter(range(1_000))
    found = []
    with ParserProcess(settings) as parser:
        for what, paths in kinds.items():

            def ours(paths: list[Path] = paths) -> int:
                return _ingest(paths, folder / f"ours-{next(numbers)}", encoder, parser)

            def theirs(paths: list[Path] = paths) -> list[str]:
                return stock.ingest(paths, folder / f"stock-{next(numbers)}", other)

            chunks, made = ours(), stock.looked_at(theirs(), other)
            say(f"{what}: {chunks} chunks of ours, {made.chunks} of the stock pipeline")
            cut = 1 - made.tokens_read / made.tokens
            remark = f"{chunks} and {made.chunks} chunks; its encoder cuts off {cut:.0%} of the text"
            found.append(Comparison(f"whole ingest: {what}", *in_turn(ours, theirs, rounds), remark))
    return found


def compare_encoding(files: dict[Language, list[Path]], rounds: int) -> list[Comparison]:
    """Texts of the size of a chunk to vectors, beside the encoder of most tutorials."""
    from sentence_transformers import SentenceTransformer

    built_in, minilm = Encoder(BUILT_IN), SentenceTransformer(str(minilm_folder()), local_files_only=True)
    found = []
    for language, paths in files.items():
        text, size = "\n".join(map(stock.load, paths)), ENCODED_CHARACTERS[language]
        texts = [text[at : at + size] for at in range(0, len(text), size)][:ENCODED]
        ways = partial(built_in.encode_passages, texts), partial(minilm.encode, texts, show_progress_bar=False)
        for way in ways:
            way()  # the first call is slow
        what = f"encoding {len(texts)} texts, {language.name.title()}: all-MiniLM-L6-v2 in float32"
        found.append(Comparison(what, *in_turn(*ways, rounds), f"{size} characters each"))
    return found


def _ingest(paths: Sequence[Path], data: Path, encoder: Encoder, parser: ParserProcess) -> int:
    """Into a fresh collection; returns the number of its chunks."""
    settings = IngestSettings.from_mapping({"data_dir": data})
    with closing(KnowledgeBase(Storage(data))) as base:
        summary = Pipeline(base, encoder=encoder, parser=parser, settings=settings).sync(paths, report=_quiet)
        for name, reason in summary.rejected.items():  # the work was done all the same, so its time counts
            say(f"{name} was refused: {reason}")
        return sum(record.chunks for record in base.records())


def in_turn(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Median seconds of both, which take turns and swap who begins, so that a busy machine hits both alike."""
    seconds: dict[int, list[float]] = {0: [], 1: []}
    ways = (ours, theirs)
    for number in range(rounds):
        for way in (0, 1) if number % 2 == 0 else (1, 0):
            started = time.perf_counter()
            ways[way]()
            seconds[way].append(time.perf_counter() - started)
    return statistics.median(seconds[0]), statistics.median(seconds[1])


# --- many files -------------------------------------------------------------------------------------------------------


def measure_many(count: int, data: Path, rounds: int) -> list[Figure]:
    """Sync so many tiny files, again unchanged, and with one of them changed; and what memory that takes.

    Vectors are made up: the encoder's work is the same for each document and not measured here.
    """
    settings = IngestSettings.from_mapping({"data_dir": data})
    storage, me = Storage(data), psutil.Process()
    storage.prepare()
    figures, steps, seconds = [], sorted({*(step for step in MEMORY_AT if step < count), count}), 0.0
    with closing(KnowledgeBase(storage)) as base, ParserProcess(settings) as parser:
        pipeline = Pipeline(base, encoder=StandInEncoder(), parser=parser, settings=settings)

        def sync() -> float:
            started = time.perf_counter()
            pipeline.sync(report=_quiet)
            return time.perf_counter() - started

        for before, step in zip([0, *steps], steps, strict=False):
            write_tiny_files(storage.documents, range(before, step))
            seconds += sync()
            gc.collect()
            worker = sum(map(resident, me.children(recursive=True)))
            figures.append(Figure(f"memory of this process after {step} documents", resident(me) / 1e6, "MB"))
            figures.append(Figure(f"memory of the parsing process after {step} documents", worker / 1e6, "MB"))
            say(f"{step} documents after {seconds:.0f} s")
        unchanged = statistics.median(sync() for _ in range(rounds))
        changed = statistics.median(_change_one(storage.documents, number, sync) for number in range(1, rounds + 1))
    return [
        Figure(f"bringing in {count} tiny files, without embedding", count / seconds, "files/s"),
        Figure(f"sync of {count} unchanged files", unchanged, "s"),
        Figure(f"sync with one of {count} files changed", changed, "s"),
        *figures,
    ]


def _change_one(documents: Path, number: int, sync: Callable[[], float]) -> float:
    write_tiny_file(documents, number, shelf=10_000 + number)
    return sync()


def _quiet(_: Progress) -> None:
    """Nobody watches."""


# --- command line -----------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.ingest_speed", description="Measure the speed of ingest.")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is done; medians are told (default 3)")
    parser.add_argument("--of-each", type=int, default=2, help="files of each kind and language (default 2)")
    parser.add_argument("--files", type=int, default=10_000, help="tiny files to sync (default 10000)")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    parser.set_defaults(run=_run)
    return run(parser, IngestSettings, arguments)


def _run(arguments: argparse.Namespace, _: IngestSettings) -> int:
    if min(arguments.rounds, arguments.of_each, arguments.files) < 1:
        raise SettingsError("--rounds, --of-each and --files have to be at least 1. Give larger numbers.")
    say(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="docent-bench-") as name:
        folder = Path(name)
        many = measure_many(arguments.files, folder / "many", arguments.rounds)
        if not arguments.json:  # at once: what follows takes minutes
            put("| | measured |\n|---|---|")
            for figure in many:
                put(f"| {figure.what} | {figure.value:,.2f} {figure.unit} |")
        compared = _compare(folder, arguments.of_each, arguments.rounds)
    if arguments.json:
        put_json({"compared": [{**asdict(c), "ratio": c.ratio} for c in compared], "alone": [asdict(f) for f in many]})
    else:
        put("\n| | Docent, s | stock, s | times as fast | |\n|---|---|---|---|---|")
        for c in compared:
            put(f"| {c.what} | {c.ours:.2f} | {c.theirs:.2f} | {c.ratio:.2f} | {c.remark} |")
    say(f"load average {os.getloadavg()[0]:.1f}")
    return 0


def _compare(folder: Path, of_each: int, rounds: int) -> list[Comparison]:
    pdf = write_pdf(folder / "manual.pdf", PDF_PAGES)
    files = {language: write_files(folder / language, language, of_each=of_each) for language in Language}
    kinds = {f"{len(paths)} files, {language.name.title()}": paths for language, paths in files.items()}
    kinds[f"that PDF of {PDF_PAGES} pages"] = [pdf]
    return [
        *compare_parsing(pdf, rounds),
        *compare_encoding(files, rounds),
        *compare_ingest(kinds, folder, rounds),
    ]


if __name__ == "__main__":
    sys.exit(main())
