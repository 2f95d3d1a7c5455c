"""Results as text for a terminal. Pure; knows no figures but those it is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.evaluate.bootstrap import Figure
from app.evaluate.result import Comparison, Result

# Of a comparison a terminal shows these; JSON and the report hold all.
HEADLINES = (
    "document hit@1",
    "document ndcg@10",
    "evidence hit@1",
    "evidence recall@100",
    "span recall",
    "span precision",
    "span iou",
    "answer em",
    "answer f1",
    "answer contains",
    "refusal wrong",
    "refusal f1",
    "refusal auroc",
    "confidence brier",
    "judge faithfulness",
    "judge completeness",
    "judge preference",
    "seconds total p50",
)


def summary(item: Result) -> str:
    """What was asked of what, in one line."""
    unanswerable = f", {item.unanswerable} without an answer" if item.unanswerable else ""
    foreign = f" ({item.foreign} of another set)" if item.foreign else ""
    refused = f" ({item.indexed.unsearchable} not searchable)" if item.indexed.unsearchable else ""
    return (
        f"{item.dataset}: {item.answerable} questions with an answer{unanswerable}{foreign}; {item.indexed.documents} "
        f"documents{refused}, {item.indexed.chunks} chunks, indexed in {item.indexed.seconds:.1f} s"
    )


def table(item: Result) -> str:
    """The figures of one set, and its comparisons below them."""
    rows = [(name, f"{of.value:.3f}", interval(of), str(of.n)) for name, of in item.figures.items()]
    lines = [summary(item), _settings(item), "", *_aligned(("measure", "value", "95% interval", "n"), rows)]
    for comparison in item.comparisons:
        head = (comparison.variant, "value", "difference", "95% interval", "higher", "lower")
        lines += ["", *_aligned(head, list(_compared(comparison)))]
    return "\n".join(lines)


def interval(of: Figure, sign: str = "") -> str:
    """The 95% interval, with signs where `sign` is "+"."""
    return f"[{of.low:{sign}.3f}, {of.high:{sign}.3f}]"


def _compared(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    for name in HEADLINES:
        if name in comparison.differences:
            of = comparison.differences[name]
            value = comparison.figures.get(name)
            yield (
                name,
                f"{value.value:.3f}" if value else "",
                f"{of.figure.value:+.3f}",
                interval(of.figure, "+"),
                "" if of.wins is None else str(of.wins),
                "" if of.losses is None else str(of.losses),
            )


def _settings(item: Result) -> str:
    return ", ".join(f"{name} = {value}" for name, value in item.configuration.items())


def _aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        first, *others = (
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(("", first, *others)).rstrip()
