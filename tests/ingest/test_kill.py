"""A process that is killed while it changes the index loses nothing; `python -m bench.kill` does it 200 times."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from tests.ingest.killing import Victim

KILLS = 8


def test_killed_at_random_moments_every_document_is_wholly_its_old_or_its_new_version(tmp_path: Path) -> None:
    for kill in islice(Victim(tmp_path / "data", seed=3).kills(), KILLS):
        assert kill.fault is None, f"{kill.operation} killed after {kill.stage!r}: {kill.fault}"
