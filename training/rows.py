"""The rows of the training data that may be learned from. Knows files, licences and shares."""

from __future__ import annotations

import gzip
import json
import lzma
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LICENCES = frozenset({"open", "sharealike"})  # what ships learns from nothing else
HAS_CHINESE = re.compile(r"[\u3400-\u9fff]")
TRADITIONAL = 0.12  # share of the translations that are read in Traditional characters

# Rows of one source. Three quarters of the translations document software, and two sources are machine translated.
MOST_SENTENCES, MACHINE_TRANSLATED = 40_000, {"ms_windriver": 12_000, "ms_biztalk": 6_000}
SHORTEST, LONGEST = 4, 240  # characters of a Chinese sentence

Pair = tuple[str, str]


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a .jsonl.xz or .jsonl.gz file that may be learned from."""
    with (lzma.open if path.suffix == ".xz" else gzip.open)(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row.get("licence", "sharealike") in LICENCES:
                yield row


def translations(folder: Path, seed: int) -> list[Pair]:
    """(English, Chinese) sentences, shuffled, no source with more than its share, some in Traditional characters."""
    from opencc import OpenCC

    chance = random.Random(seed)
    found = [(r["src"], r["en"], r["zh"]) for r in rows(folder / "parallel.jsonl.xz")]
    chance.shuffle(found)
    proper = [x for x in found if SHORTEST <= len(x[2]) <= LONGEST and HAS_CHINESE.search(x[2])]
    taken: Counter[str] = Counter()
    kept = []
    for source, english, chinese in proper:
        if taken[source] < MACHINE_TRANSLATED.get(source, MOST_SENTENCES):
            taken[source] += 1
            kept.append((english, chinese))
    convert = OpenCC("s2t").convert
    return [(convert(e), convert(z)) if chance.random() < TRADITIONAL else (e, z) for e, z in kept]
