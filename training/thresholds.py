"""What a threshold refuses and answers. Knows rows of a question's passages: its number, whether the passage is right,
its features; numbers of a collection begin at a thousand times its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.retrieval import relevance
from app.types import THRESHOLD

FOUND, NOT_FOUND, FOREIGN = "found", "not found", "about other things"


def by_question(rows: np.ndarray) -> list[np.ndarray]:
    """Places of the rows of each question, which follow each other."""
    return np.split(np.arange(len(rows)), np.flatnonzero(np.diff(rows[:, 0])) + 1)


def best_odds(part: np.ndarray, odds: np.ndarray, asked: int) -> dict[str, np.ndarray]:
    """Log odds of each question's best passage, of each kind; `odds` are those of the rows, (rows,).

    FOREIGN are the questions behind the first `asked` of a collection, of the others FOUND those with a right passage.
    """
    kinds: dict[str, list[float]] = {FOUND: [], NOT_FOUND: [], FOREIGN: []}
    for group in by_question(part):
        is_foreign = part[group[0], 0] % 1000 >= asked
        kind = FOREIGN if is_foreign else FOUND if part[group, 1].any() else NOT_FOUND
        kinds[kind].append(odds[group].max())
    return {kind: np.array(best) for kind, best in kinds.items()}


def report_threshold(name: str, best: dict[str, np.ndarray]) -> None:
    """Print the share of the questions of each kind that reaches the default threshold."""
    least = relevance.log_odds(THRESHOLD)
    reached = (f"{kind}: {(odds >= least).mean():.3f} of {len(odds)}" for kind, odds in best.items())
    print(f"{name:16}", ", ".join(reached))


def report_thresholds(sources: Sequence[dict[str, np.ndarray]]) -> None:
    """Print by threshold the share of the FOUND that misses it, and of the FOREIGN that reaches it; each source counts
    the same."""
    for threshold in np.arange(0.06, 0.21, 0.01):
        least = relevance.log_odds(float(threshold))
        missed = np.mean([(best[FOUND] < least).mean() for best in sources])
        reached = np.mean([(best[FOREIGN] >= least).mean() for best in sources])
        print(f"a threshold of {threshold:.2f} refuses {missed:.3f} of those found and answers {reached:.3f} of others")
