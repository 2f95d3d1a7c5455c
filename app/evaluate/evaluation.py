"""Measure a set from end to end: index, ask, compare. Knows the order of the work."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.engine import Engine
from app.evaluate.ask import Asked, ask_all
from app.evaluate.collection import Collection, MakeEngine, open_collection
from app.evaluate.dataset import Dataset, Question
from app.evaluate.judge import Judge
from app.evaluate.result import Comparison, Result, compared, result
from app.evaluate.variants import KEYWORDS, VECTORS, Variant, searched_alone
from app.models import LoadedModel
from app.settings import AppSettings
from app.types import AskOptions
from ingest.commands import say
from ingest.settings import BUILT_IN

BASELINE = "as configured"
# What a reader of the figures has to know; the address of a server and its key are nobody else's business.
_SHOWN = ("encoder", "chunk_tokens", "llm", "temperature", "max_tokens", "top_k", "threshold")
# Settings that a loaded model is made of.
_OF_THE_MODEL = (
    *("llm", "llm_url", "llm_key", "llm_context", "llm_bits", "device"),
    *("temperature", "top_p", "sampling_top_k", "max_tokens"),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with every set."""

    settings: AppSettings
    variants: tuple[Variant, ...] = ()
    searches_alone: bool = False  # keywords and vectors beside both together
    count: int | None = None  # questions of each set, drawn at random; None asks all
    seed: int = 7
    judged: bool = True  # by the chat model, where there is one


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A result and what it was made of."""

    result: Result
    asked: Mapping[str, Sequence[Asked]]  # name of the configuration -> its questions


@dataclass(slots=True)
class Evaluation:
    """Measures sets below one folder. A chat model is loaded once for all of them."""

    plan: Plan
    folder: Path
    make_engine: MakeEngine = Engine
    _models: dict[tuple[object, ...], LoadedModel] = field(default_factory=dict)

    def of(self, dataset: Dataset, foreign: Dataset | None = None) -> Evaluated:
        """Everything about one set, also asked the questions of `foreign`. Raises DocentError."""
        dataset = drawn(dataset, self.plan.count, self.plan.seed)
        strangers = drawn(foreign, len(dataset.questions), self.plan.seed).questions if foreign else ()
        asked: dict[str, Sequence[Asked]] = {}
        comparisons: list[Comparison] = []
        with open_collection(dataset, self.plan.settings, self.folder, self.make_engine) as collection:
            indexed = collection.indexed
            say(f"{dataset.name}: {indexed.chunks} chunks after {indexed.seconds:.1f} s; asking")
            judge = self._judge(collection.engine)
            baseline = asked[BASELINE] = self._ask(collection, strangers, judge)
            for way in (KEYWORDS, VECTORS) if self.plan.searches_alone else ():
                alone = searched_alone(collection, baseline, way)
                comparisons.append(compared(way, baseline, alone, only_retrieval=True))
        for variant in self.plan.variants:
            say(f"{dataset.name}: {variant.name}")
            with open_collection(dataset, variant.settings, self.folder, self.make_engine) as collection:
                judge = judge or self._judge(collection.engine)
                other = asked[variant.name] = self._ask(collection, strangers, judge)
                comparisons.append(
                    compared(variant.name, baseline, other, preferences=_preferences(judge, baseline, other))
                )
        found = result(dataset.name, shown(self.plan.settings), indexed, baseline, comparisons)
        return Evaluated(found, asked)

    def _ask(self, collection: Collection, strangers: Sequence[Question], judge: Judge | None) -> list[Asked]:
        settings = collection.engine.settings
        assistant = collection.engine.assistant(self._model(collection.engine))
        options = AskOptions(top_k=settings.top_k, threshold=settings.threshold, search=settings.search)
        return ask_all(collection, assistant, options, collection.dataset.questions, strangers, judge)

    def _judge(self, engine: Engine) -> Judge | None:
        if not self.plan.judged or not _composes(engine.settings):
            return None
        return Judge(self._model(engine), engine.prompts)

    def _model(self, engine: Engine) -> LoadedModel:
        settings = engine.settings
        if not _composes(settings):
            return engine.load_model(settings)  # reads with the engine's own retriever
        key = tuple(getattr(settings, name) for name in _OF_THE_MODEL)
        if key not in self._models:
            self._models[key] = engine.load_model(settings)
        return self._models[key]


def drawn(dataset: Dataset, count: int | None, seed: int) -> Dataset:
    """The set with so many of its questions, drawn at random and the same every time; with all where it has fewer."""
    if count is None or count >= len(dataset.questions):
        return dataset
    return replace(dataset, questions=tuple(random.Random(seed).sample(dataset.questions, count)))  # noqa: S311


def shown(settings: AppSettings) -> dict[str, str]:
    """What a reader of the figures has to know of the settings."""
    return {name: str(getattr(settings, name)) for name in _SHOWN if getattr(settings, name) is not None}


def _composes(settings: AppSettings) -> bool:
    return settings.llm_url is not None or settings.llm != BUILT_IN


def _preferences(judge: Judge | None, baseline: Sequence[Asked], other: Sequence[Asked]) -> list[int | None]:
    if judge is None:
        return []
    return [
        judge.preference(mine.question.text, mine.answer, theirs.answer)
        for mine, theirs in zip(baseline, other, strict=True)
    ]
