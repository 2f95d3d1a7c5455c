"""Make what ingest/centred.py takes from the built-in encoder's vectors: python -m training.fit_centred [FOLDER]

Reads ingest/probe.json, whose sixteen questions and passages stand there in both languages, writes
ingest/built_in/centred.safetensors and prints the SHA-256 for ingest/centred.py. With FOLDER, which holds what
training.train_reader reads, prints what it brings.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from app.language import detect_language
from app.types import Language
from ingest.centred import FILE, Centre
from ingest.embed import Encoder
from ingest.lexical import Script
from ingest.probe import probes
from ingest.settings import BUILT_IN
from ingest.types import FloatMatrix
from training.fit_relevance import reader_questions
from training.translated import told

OUT = Path("ingest/built_in")
SEED = 3
CONTEXTS, QUESTIONS = 400, 300
TRANSLATED = {"ntrex128": 2_500, "tico19": 1_000}  # most questions on sentences of these


def fitted(encoder: Encoder) -> dict[str, np.ndarray]:
    """The tensors that ship."""
    tensors: dict[str, np.ndarray] = {}
    for kind, encode in (("query", encoder.encode_queries), ("passage", encoder.encode_passages)):
        chinese, english = (
            encode([probe[f"{kind[0]}_{script}"] for probe in probes()]) for script in (Script.CHINESE, Script.LATIN)
        )
        centre = Centre.of(chinese, english)
        tensors |= {f"{kind}.mean": centre.mean, f"{kind}.axis": centre.axis}
    return tensors


def report(name: str, encoder: Encoder, folder: Path) -> None:
    """Print how often the right passage comes first; across languages also how often it is among the first ten where
    as many passages are in the question's language."""
    for source in ("squad", "cmrc2018", "drcd"):
        pairs = reader_questions(folder, source)
        chance = random.Random(SEED)
        contexts = chance.sample(sorted({context for _, context in pairs}), CONTEXTS)
        place = {context: i for i, context in enumerate(contexts)}
        asked = chance.sample([(q, place[c]) for q, c in pairs if c in place], QUESTIONS)
        ranks = _ranks(encoder, [q for q, _ in asked], encoder.encode_passages(contexts), [i for _, i in asked])
        print(f"{name:8} {source:10} first {np.mean(ranks == 0):.3f}")
    items = told(folder, TRANSLATED, random.Random(SEED))
    made = {language: [i for i in items if detect_language(i.question) is language] for language in Language}
    passages = {
        language: encoder.encode_passages([i.passage for i in own[:CONTEXTS]]) for language, own in made.items()
    }
    for language in Language:
        (other,) = set(Language) - {language}
        questions, right = [i.question for i in made[language][:CONTEXTS]], range(CONTEXTS)
        alone = _ranks(encoder, questions, passages[language], right)
        among = _ranks(encoder, questions, np.concatenate([passages[language], passages[other]]), right)
        found = f"first {np.mean(alone == 0):.3f}, in ten of both languages {np.mean(among < 10):.3f}"
        print(f"{name:8} asked in {language}: {found}")


def _ranks(encoder: Encoder, questions: list[str], passages: FloatMatrix, right: Sequence[int]) -> np.ndarray:
    similarity = encoder.encode_queries(questions) @ passages.T
    own = similarity[np.arange(len(questions)), list(right)]
    ranks: np.ndarray = (similarity > own[:, np.newaxis]).sum(axis=1)
    return ranks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    folder = parser.parse_args().folder
    data = save(fitted(Encoder(BUILT_IN, device="cpu", bfloat16=False, centre=False)))
    (OUT / FILE).write_bytes(data)
    print(hashlib.sha256(data).hexdigest())
    if folder:
        for name, centre in (("as it is", False), ("centred", True)):
            report(name, Encoder(BUILT_IN, centre=centre), folder)


if __name__ == "__main__":
    main()
