"""Choose the Chinese characters and words that get a row of their own. Knows counts; knows no model.

A word is an n-gram that occurs often, whose parts occur together far more often than by chance, and that stands in
many surroundings: the classic criteria of new-word discovery (pointwise mutual information and boundary entropy).
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

LONGEST_WORD = 4
LEAST_COUNT = 25  # of an n-gram, before it is asked whether it is a word
LEAST_COUNTED = 12  # of an n-gram, to be looked at as a part of another
LEAST_COHESION = {2: 12.0, 3: 40.0, 4: 80.0}  # times as often as by chance, at the weakest of its joints
LEAST_ENTROPY = 1.0  # nats of what stands left and right of it
EDGE_NATS = 1.5  # what the edge of a run of characters counts for
KEPT_COUNT = {2: 30, 3: 40, 4: 40}  # of a word in both scripts
KEPT_CHARACTER = 4

_RUN = re.compile(r"[\u3400-\u9fff]+")
_VARIANTS = ("s2t", "s2tw", "s2hk", "s2twp")


def choose(texts: Iterable[str]) -> list[list[str]]:
    """The spellings of each row: Simplified first, then the Traditional ones. Characters come before words."""
    from opencc import OpenCC

    simplify = OpenCC("t2s").convert
    grams = _grams(texts)
    characters: Counter[str] = Counter()
    for character, count in grams[1].items():
        characters[simplify(character)] += count
    merged: Counter[str] = Counter()
    for word, count in _words(grams).items():
        merged[simplify(word)] += count
    kept = {n: {w for w, c in merged.items() if len(w) == n and c >= least} for n, least in KEPT_COUNT.items()}
    kept[4] = {w for w in kept[4] if w[:2] in kept[2] and w[2:] in kept[2]}
    rows = [c for c, count in characters.most_common() if count >= KEPT_CHARACTER and len(c) == 1]
    rows += [word for n in sorted(kept) for word in sorted(kept[n])]
    return _with_variants(rows, grams[1], simplify)


def sample(groups: Sequence[tuple[Sequence[str], int]], seed: int) -> list[str]:
    """Texts of each group, at most so many."""
    chance = random.Random(seed)
    return [text for texts, most in groups for text in chance.sample(list(texts), min(most, len(texts)))]


def _grams(texts: Iterable[str]) -> dict[int, Counter[str]]:
    grams: dict[int, Counter[str]] = {n: Counter() for n in range(1, LONGEST_WORD + 1)}
    for text in texts:
        for run in _RUN.findall(text):
            for n, counter in grams.items():
                counter.update(run[i : i + n] for i in range(len(run) - n + 1))
    return grams


def _words(grams: dict[int, Counter[str]]) -> dict[str, int]:
    total = sum(grams[1].values())
    counts = dict(grams[1])
    for n in range(2, LONGEST_WORD + 1):
        counts |= {gram: count for gram, count in grams[n].items() if count >= LEAST_COUNTED}
    left, right = defaultdict(list), defaultdict(list)
    for n in range(3, LONGEST_WORD + 1):
        for gram, count in grams[n].items():
            left[gram[1:]].append(count)
            right[gram[:-1]].append(count)
    words = {}
    for gram, count in counts.items():
        n = len(gram)
        if n == 1 or count < LEAST_COUNT:
            continue
        joints = [counts[gram[:i]] * counts[gram[i:]] for i in range(1, n) if gram[:i] in counts and gram[i:] in counts]
        free = n == LONGEST_WORD or min(_entropy(left[gram], count), _entropy(right[gram], count)) >= LEAST_ENTROPY
        if free and total * count / max(joints) >= LEAST_COHESION[n]:
            words[gram] = count
    return words


def _entropy(neighbours: Sequence[int], total: int) -> float:
    inside = -sum(count / total * math.log(count / total) for count in neighbours)
    return inside + (total - sum(neighbours)) / total * EDGE_NATS


def _with_variants(rows: list[str], seen: Iterable[str], simplify: Callable[[str], str]) -> list[list[str]]:
    from opencc import OpenCC

    converters = [OpenCC(name).convert for name in _VARIANTS]
    taken = set(rows)
    characters: dict[str, list[str]] = defaultdict(list)
    for character in seen:
        if simplify(character) != character:
            characters[simplify(character)].append(character)
    spelled = []
    for row in rows:
        spellings = [row]
        for variant in [*(convert(row) for convert in converters), *characters.get(row, [])]:
            if variant not in taken and len(variant) == len(row):
                taken.add(variant)
                spellings.append(variant)
        spelled.append(spellings)
    return spelled
