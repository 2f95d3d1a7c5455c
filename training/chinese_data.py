"""What the Chinese rows of all-MiniLM-L6-v2 learn from. Knows files, licences and shares; knows no model."""

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
TRADITIONAL = 0.12  # share of the pairs that are read in Traditional characters

# Rows of one source. Three quarters of the translations document software, and two sources are machine translated.
MOST_SENTENCES, MACHINE_TRANSLATED = 40_000, {"ms_windriver": 12_000, "ms_biztalk": 6_000}
SHORTEST, LONGEST = 4, 240  # characters of a Chinese sentence
GENERAL = frozenset(  # everyday and encyclopaedic language
    {"tatoeba", "laser_tatoeba", "tico19", "ntrex128", "wesnoth", "hfcourse", "hfcourse_sub", "privacyguides"}
    | {"privacyguides_hant", "mozorg", "osguide", "sdg", "gnomehelp", "cncfgloss"}
)
MOST_HEADINGS = 6_000
NOISY_HEADINGS = {"ms_dotnet": 3_000, "ms_windriver": 2_000, "ms_vs": 3_000, "ms_d365": 4_000, "ms_biztalk": 1_500}
ASKED_BY_PEOPLE = frozenset({"cmedqa_toyhom", "cmrc2018", "fcc_zh", "ms_alchemy", "drcd"})  # taken whole
SHORTEST_PASSAGE = 21  # characters

Pair = tuple[str, str]


def translations(folder: Path, seed: int) -> tuple[list[Pair], set[str]]:
    """(English, Chinese) sentences, shuffled, no source with more than its share; and the English general ones."""
    chance = random.Random(seed)
    found = [(r["src"], r["en"], r["zh"]) for r in rows(folder / "parallel.jsonl.xz")]
    chance.shuffle(found)
    proper = [x for x in found if SHORTEST <= len(x[2]) <= LONGEST and HAS_CHINESE.search(x[2])]
    kept = _shares(proper, lambda source: MACHINE_TRANSLATED.get(source, MOST_SENTENCES))
    general = {english for source, english, _ in found if source in GENERAL}
    return _some_in_traditional(kept, chance), general


def question_passages(folder: Path, seed: int) -> list[Pair]:
    """(question or heading, Chinese passage), shuffled, headings with less than their share."""
    chance = random.Random(seed)
    found = [(r["src"], r["q"], r["p"]) for r in rows(folder / "pairs_zh.jsonl.xz")]
    found += [("drcd", r["question"], r["context"]) for r in rows(folder / "reader-drcd.jsonl.gz")]
    chance.shuffle(found)
    proper = [x for x in found if HAS_CHINESE.search(x[1]) and len(x[2]) >= SHORTEST_PASSAGE]
    kept = _shares(proper, lambda s: len(found) if s in ASKED_BY_PEOPLE else NOISY_HEADINGS.get(s, MOST_HEADINGS))
    return _some_in_traditional(kept, chance)


def encyclopaedia(folder: Path) -> list[str]:
    """Paragraphs of encyclopaedias: words that documentation lacks."""
    names = ("reader-cmrc2018.jsonl.gz", "reader-drcd.jsonl.gz")
    return [context for name in names for context in sorted({str(r["context"]) for r in rows(folder / name)})]


def development_questions(folder: Path) -> tuple[list[str], list[str], list[int]]:
    """Passages, questions, and the place of each question's passage: every seventh paragraph of CMRC 2018's train."""
    asked = [(r["question"], r["context"]) for r in rows(folder / "reader-cmrc2018.jsonl.gz")]
    passages = sorted({context for _, context in asked})[::7][:300]
    place = {context: i for i, context in enumerate(passages)}
    here = [(question, place[context]) for question, context in asked if context in place][:800]
    return passages, [question for question, _ in here], [i for _, i in here]


def development_medical(folder: Path, count: int) -> tuple[list[str], list[str], list[int]]:
    """The same of answers of doctors, in everyday words: passages, questions, and the place of each one's passage."""
    asked = [(r["q"], r["p"]) for r in rows(folder / "pairs_zh.jsonl.xz") if r["src"] == "cmedqa_toyhom"]
    here = list({passage: question for question, passage in asked[::7]}.items())[:count]
    return [passage for passage, _ in here], [question for _, question in here], list(range(len(here)))


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a .jsonl.xz or .jsonl.gz file that may be learned from."""
    with (lzma.open if path.suffix == ".xz" else gzip.open)(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row.get("licence", "sharealike") in LICENCES:
                yield row


def _shares(found: list[tuple[str, str, str]], most: Any) -> list[Pair]:
    taken: Counter[str] = Counter()
    kept = []
    for source, first, second in found:
        if taken[source] < most(source):
            taken[source] += 1
            kept.append((first, second))
    return kept


def _some_in_traditional(pairs: list[Pair], chance: random.Random) -> list[Pair]:
    from opencc import OpenCC

    convert = OpenCC("s2t").convert
    return [(convert(a), convert(b)) if chance.random() < TRADITIONAL else (a, b) for a, b in pairs]
