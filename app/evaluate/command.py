"""`docent eval`: measure how well questions with known answers are answered. Knows output and files."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.evaluate.evaluation import Evaluation, Plan
from app.evaluate.load import find_datasets, load_dataset
from app.evaluate.result import as_json
from app.evaluate.table import table
from app.evaluate.variants import ablations, variant
from app.evaluate.write import write_report
from app.settings import AppSettings
from ingest.command_line import kept_or_temporary
from ingest.commands import put, put_json, say
from ingest.errors import SettingsError


def run_eval(arguments: argparse.Namespace, settings: AppSettings) -> int:
    """Measure and print; returns the exit status."""
    if arguments.questions is not None and arguments.questions < 1:
        arguments.wrong_usage(f"--questions is {arguments.questions}; it must be 1 or more")
    variants = [variant(changes, settings) for changes in arguments.compare]
    if arguments.ablate:
        variants += ablations(settings)
    judged = not arguments.no_judge
    plan = Plan(settings, tuple(variants), arguments.ablate, arguments.questions, arguments.seed, judged)
    datasets = [load_dataset(path) for path in find_datasets(arguments.datasets)]  # all, before hours go into the first
    foreign = load_dataset(_only(arguments.foreign)) if arguments.foreign else None
    with kept_or_temporary(arguments.keep) as folder:
        evaluation = Evaluation(plan, folder)
        results = [evaluation.of(dataset, foreign) for dataset in datasets]
    found = [as_json(item.result) for item in results]
    content = found if len(found) > 1 else found[0]
    if arguments.report:
        write_report(results, arguments.report, content)
        say(f"{arguments.report / 'report.html'} shows this as a page.")
    if arguments.json:
        put_json(content)
    else:
        put("\n\n".join(table(item.result) for item in results))
    return 0


def _only(path: Path) -> Path:
    found = find_datasets([path])
    if len(found) > 1:
        raise SettingsError(f"{str(path)!r} holds {len(found)} sets. Name one of them, such as {str(found[0])!r}.")
    return found[0]
