"""Questions to passages in the other language, for the built-in reader and for what weighs such passages.

Headings with their sections, and questions made of a translated sentence (training/cloze.py) to the sentences around it
in the language that it was translated from or into.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from training.cloze import clozes
from training.reader_data import SHORTEST, Item
from training.rows import MACHINE_TRANSLATED, rows

HEADINGS = 1_800  # of each language with a section in the other one
DOCUMENTATION = ("k8s", "mdn", "pydoc", "tfdocs", "reactdev", "rustbook", "hfcourse", "gnomehelp", "mozorg", "wesnoth")
PROSE = ("ntrex128", "privacyguides", "privacyguides_hant", "osguide", "sdg")
LEARNED = dict.fromkeys(DOCUMENTATION, 600) | dict.fromkeys(PROSE, 2_500)  # questions on sentences of each, at most
HELD_OUT = {"crossed": 300, "told": 500}  # questions
SHORTEST_HEADING, SHORTEST_PASSAGE = 4, 40  # characters
SENTENCES = 3  # of a passage
_SAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z.,%_ -]*[0-9A-Za-z%]")  # what a translation writes as its original does
_BESIDE_NUMBERS = re.compile(r"[年月日多万亿%％《》\s]")


def items(folder: Path, seed: int) -> tuple[list[Item], list[Item]]:
    """For training and held out, which share no passage."""
    chance = random.Random(seed)
    found = {"crossed": crossed(folder, chance, asking=False), "told": told(folder, LEARNED, chance)}
    test = [item for source, own in found.items() for item in chance.sample(own, HELD_OUT[source])]
    passages = {item.passage for item in test}
    return [item for own in found.values() for item in own if item.passage not in passages], test


def crossed(folder: Path, chance: random.Random, *, asking: bool) -> list[Item]:
    """Headings as their translators wrote them, with the section in the other language; only headings that are there
    once, which say what their section is about; those that ask, or the others."""
    english: dict[str, str] = {}
    chinese: dict[str, str] = {}
    for row in rows(folder / "parallel.jsonl.xz"):
        if row["src"] not in MACHINE_TRANSLATED:
            english.setdefault(row["zh"].strip(), row["en"].strip())
            chinese.setdefault(row["en"].strip(), row["zh"].strip())
    found: list[Item] = []
    for name, translation in (("pairs_en.jsonl.xz", chinese), ("pairs_zh.jsonl.xz", english)):
        pairs = [r for r in rows(folder / name) if r["q"].strip() in translation and len(r["p"]) > 2 * SHORTEST]
        times = Counter(r["q"] for r in pairs)
        once = [r for r in pairs if times[r["q"]] == 1 and len(r["q"]) >= SHORTEST_HEADING]
        once = [r for r in once if r["q"].rstrip().endswith(("?", "？")) is asking]
        for row in chance.sample(once, min(HEADINGS, len(once))):
            asked = translation[row["q"].strip()]
            found.append(Item(asked, row["p"], "", source="crossed", original=row["q"]))
    return found


def told(folder: Path, sources: Mapping[str, int], chance: random.Random) -> list[Item]:
    """Questions made of one of a few sentences, which are in the other language; of each source up to so many.

    Where the answer stands is known only where it is a number or a name that both languages write alike.
    """
    by_source: dict[str, list[dict[str, str]]] = {source: [] for source in sources}
    for row in rows(folder / "parallel.jsonl.xz"):
        if row["src"] in by_source:
            by_source[row["src"]].append(row)
    found: list[Item] = []
    for source, sentences in by_source.items():
        groups = [sentences[at : at + SENTENCES] for at in range(0, len(sentences), SENTENCES)]
        chance.shuffle(groups)
        made = (item for group in groups if (item := _told(group, chance)))
        found += islice(made, sources[source])
    return found


def _told(sentences: list[dict[str, str]], chance: random.Random) -> Item | None:
    own, other = chance.sample(["en", "zh"], 2)
    passage = (" " if other == "en" else "").join(row[other] for row in sentences)
    if len(passage) < SHORTEST_PASSAGE:
        return None
    for row in chance.sample(sentences, len(sentences)):
        for cloze in clozes(row[own], 1, chance):
            start, end = _same(cloze.passage[cloze.start : cloze.end], passage)
            return Item(cloze.question, passage, "", start, end, source="told", original=row[other])
    return None


def _same(answer: str, passage: str) -> tuple[int, int]:
    """Where the passage has the answer as it is written; -1, -1 where it does not, or more than once."""
    match = _SAME.search(answer)
    if match is None or passage.count(match.group()) != 1:
        return -1, -1
    if match.group() not in (answer, _BESIDE_NUMBERS.sub("", answer)):
        return -1, -1
    start = passage.index(match.group())
    end = start + len(match.group())
    return start, end + passage.startswith("年", end)
