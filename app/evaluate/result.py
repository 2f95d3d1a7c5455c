"""What was measured on one set, as values. Pure; knows nothing of how it was measured or shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from app.evaluate.ask import Asked
from app.evaluate.bootstrap import Figure, Ratio, Statistic, differences, measured
from app.evaluate.collection import Indexed
from app.evaluate.measures import MEASURES, RETRIEVAL, reliability, statistics, values


@dataclass(frozen=True, slots=True)
class Difference:
    """A variant's figure less the baseline's on the same questions, and on how many it is higher and lower."""

    figure: Figure
    wins: int | None  # None where a single question has no value of its own, as for a share of time
    losses: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A variant beside the baseline."""

    variant: str
    figures: Mapping[str, Figure]
    differences: Mapping[str, Difference]


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same confidence."""

    claimed: Figure
    true: Figure


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that was measured on one set."""

    dataset: str
    configuration: Mapping[str, str]  # name of a setting -> value
    indexed: Indexed
    answerable: int  # questions asked
    unanswerable: int
    foreign: int  # those of the unanswerable that belong to another set
    figures: Mapping[str, Figure]  # "group name" -> figure
    reliability: tuple[Bin, ...]
    comparisons: tuple[Comparison, ...] = ()


def result(
    dataset: str,
    configuration: Mapping[str, str],
    indexed: Indexed,
    asked: Sequence[Asked],
    comparisons: Sequence[Comparison] = (),
) -> Result:
    """The figures of at least one question."""
    curve = measured(reliability(asked), len(asked))
    bins = len(curve) // 2
    return Result(
        dataset=dataset,
        configuration=configuration,
        indexed=indexed,
        answerable=sum(item.is_answerable for item in asked),
        unanswerable=sum(not item.is_answerable for item in asked),
        foreign=sum(item.is_foreign for item in asked),
        figures=measured(statistics(asked), len(asked)),
        reliability=tuple(Bin(curve[f"{number} claimed"], curve[f"{number} true"]) for number in range(bins)),
        comparisons=tuple(comparisons),
    )


def compared(
    variant: str,
    baseline: Sequence[Asked],
    other: Sequence[Asked],
    *,
    preferences: Sequence[int | None] = (),
    only_retrieval: bool = False,
) -> Comparison:
    """The variant's figures and how they differ, question by question; both lists hold the same questions in order.

    `preferences` are a judge's: 1 where the variant is better, -1 where the baseline is, None where it did not say.
    """
    of_variant, of_baseline = statistics(other), statistics(baseline)
    if only_retrieval:
        of_variant = {name: of for name, of in of_variant.items() if name in RETRIEVAL}
    figures = differences(of_variant, of_baseline, len(baseline))
    found = {name: Difference(figure, *_won_and_lost(name, baseline, other)) for name, figure in figures.items()}
    if any(preference is not None for preference in preferences):
        found["judge preference"] = _preferred(preferences)
    return Comparison(variant, measured(of_variant, len(other)), found)


def _won_and_lost(name: str, baseline: Sequence[Asked], other: Sequence[Asked]) -> tuple[int | None, int | None]:
    if name not in MEASURES:
        return None, None
    gains = values(other, name) - values(baseline, name)  # nan, which is neither, where one of them does not count
    return int((gains > 0).sum()), int((gains < 0).sum())


def _preferred(preferences: Sequence[int | None]) -> Difference:
    parts = np.array([preference or 0 for preference in preferences], dtype=np.float64)
    wholes = np.array([preference is not None for preference in preferences], dtype=np.float64)
    statistic: Statistic = Ratio(parts, wholes)
    figure = measured({"": statistic}, len(preferences))[""]
    return Difference(figure, int((parts > 0).sum()), int((parts < 0).sum()))


# --- JSON -------------------------------------------------------------------------------------------------------------


def as_json(item: Result) -> dict[str, Any]:
    """The result as one JSON object; figures stand in their groups."""
    return {
        "dataset": item.dataset,
        "configuration": dict(item.configuration),
        "indexed": asdict(item.indexed),
        "questions": {
            "asked": item.answerable + item.unanswerable,
            "answerable": item.answerable,
            "unanswerable": item.unanswerable,
            "foreign": item.foreign,
        },
        "figures": _grouped({name: asdict(figure) for name, figure in item.figures.items()}),
        "reliability": [asdict(group) for group in item.reliability],
        "comparisons": [
            {
                "variant": comparison.variant,
                "figures": _grouped({name: asdict(figure) for name, figure in comparison.figures.items()}),
                "differences": _grouped(
                    {
                        name: {**asdict(of.figure), "wins": of.wins, "losses": of.losses}
                        for name, of in comparison.differences.items()
                    }
                ),
            }
            for comparison in item.comparisons
        ],
    }


def _grouped(figures: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for name, figure in figures.items():
        group, _, own = name.partition(" ")
        groups.setdefault(group, {})[own] = figure
    return groups
