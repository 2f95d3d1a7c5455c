"""Find out how well an encoder knows Chinese, English and the way between them, on a few fixed questions.

An encoder that does not know a language still returns similarities for it, and they are noise. The profile says, for
each language of question and passage, how similarities of unrelated texts are distributed and how far to trust them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from itertools import product

import numpy as np

from ingest.embed import Encoder
from ingest.lexical import Script, script_of


@dataclass(frozen=True, slots=True)
class Trust:
    """What an encoder's similarities mean for questions in one script and passages in another."""

    unrelated_mean: float  # cosine similarity of a question and a passage that does not answer it
    unrelated_deviation: float
    weight: float  # in [0, 1]: 1 where the encoder finds the answering passage, 0 where it guesses

    def evidence(self, similarity: float) -> float:
        """How far a similarity stands out from unrelated texts, in standard deviations, scaled by the weight."""
        return self.weight * (similarity - self.unrelated_mean) / self.unrelated_deviation


@dataclass(frozen=True, slots=True)
class EncoderProfile:
    """Trust by (script of the question, script of the passage)."""

    trust: Mapping[tuple[Script, Script], Trust]

    def of(self, question: str, passage: str) -> Trust:
        """The trust that applies to these two texts."""
        return self.trust[script_of(question), script_of(passage)]

    def to_json(self) -> str:
        return json.dumps({f"{q}-{p}": asdict(trust) for (q, p), trust in self.trust.items()})

    @classmethod
    def from_json(cls, text: str) -> EncoderProfile:
        pairs = {tuple(map(Script, key.split("-"))): Trust(**value) for key, value in json.loads(text).items()}
        return cls({(q, p): trust for (q, p), trust in pairs.items()})


def profile(encoder: Encoder) -> EncoderProfile:
    """Measure an encoder; it embeds 64 short texts."""
    texts = probes()
    questions = {s: encoder.encode_queries([probe[f"q_{s}"] for probe in texts]) for s in Script}
    passages = {s: encoder.encode_passages([probe[f"p_{s}"] for probe in texts]) for s in Script}
    trust = {}
    for asked, read in product(Script, Script):
        similarity = questions[asked] @ passages[read].T  # row i: question i against every passage
        unrelated = similarity[~np.eye(len(texts), dtype=bool)]
        # Mean reciprocal rank of the right passage, from the level of guessing (0) to always first (1); squared,
        # because among 16 passages a little skill is easy, and it does not help among thousands.
        ranks = 1 + (similarity > np.diag(similarity)[:, np.newaxis]).sum(axis=1)
        guess = float(np.mean(1 / np.arange(1, len(texts) + 1)))
        skill = max(0.0, (float(np.mean(1 / ranks)) - guess) / (1 - guess))
        trust[asked, read] = Trust(float(unrelated.mean()), max(float(unrelated.std()), 1e-6), skill**2)
    return EncoderProfile(trust)


@cache
def probes() -> list[dict[str, str]]:
    """Questions and passages that answer them: `q_en`, `q_zh`, `p_en` and `p_zh` of each."""
    found: list[dict[str, str]] = json.loads((files("ingest") / "probe.json").read_text(encoding="utf-8"))
    return found
