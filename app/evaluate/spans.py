"""How much of the evidence the first passages cover, by characters without white space. Pure.

The method of Chroma's chunking study (Smith and Troynikov 2024): recall is the share of the evidence that is covered,
precision the share of what was retrieved that is evidence, IoU what is covered over both together. Text that was
retrieved twice counts twice, so that overlapping passages pay for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.evaluate.dataset import Span

DEPTH = 5  # passages looked at


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts of characters, white space left out."""

    covered: int
    evidence: int
    retrieved: int

    @property
    def recall(self) -> float:
        return self.covered / self.evidence if self.evidence else 0.0

    @property
    def precision(self) -> float:
        return self.covered / self.retrieved if self.retrieved else 0.0

    @property
    def iou(self) -> float:
        together = self.evidence + self.retrieved - self.covered
        return self.covered / together if together else 0.0


def coverage(evidence: Sequence[Span], passages: Sequence[Span], text: Callable[[Span], str]) -> Coverage:
    """What the first passages, best first, cover; `text` gives what stands at a place."""
    first = passages[:DEPTH]
    wanted = set().union(*(_characters(span, text(span)) for span in evidence))
    retrieved = [_characters(span, text(span)) for span in first]
    covered = wanted & set().union(*retrieved)
    return Coverage(len(covered), len(wanted), sum(map(len, retrieved)))


def _characters(span: Span, text: str) -> set[tuple[str, int]]:
    return {(span.document, at) for at, character in enumerate(text, span.start) if not character.isspace()}
