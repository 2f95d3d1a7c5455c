"""Find the passages that may answer a question, with one calibrated score. Knows the index and the encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from app.reading.sentence_evidence import TextMatches
from app.reading.span_reader import SpanReader, passage_text
from app.retrieval.passages import Scored, best_of_both, distinct, diverse, heading_of, merged, whole_sections
from app.retrieval.relevance import (
    Evidence,
    is_worth_reading,
    probabilities,
    probability,
    read_probability,
)
from app.retrieval.vector_cache import VectorCache
from app.retrieval.wordings import holds
from app.types import Passage, Scores, SearchOptions
from ingest.catalog import Catalog
from ingest.embed import Encoder
from ingest.errors import IndexMismatch, UnknownDocument
from ingest.generation import Generation, check_encoder
from ingest.knowledge_base import KnowledgeBase
from ingest.lexical import BilingualScorer, is_written_in, script_of
from ingest.nearness import similarities
from ingest.probe import EncoderProfile
from ingest.types import StoredChunk

CANDIDATES = 40  # from each of the two searches, at least
MOST_READ = 5  # of the best passages of a language; in bench/RESULTS.md hit@5 of the searches is .99 in each
_METADATA = ("document", "page", "heading", "start", "end", "score")


class PassageRetriever(BaseRetriever):
    """Keyword and vector search over one knowledge base, fused. Documents come best first; see `to_passage`.

    The encoder is the one that the serving generation was built with, so that a rebuild with another one, by this
    process or the next, changes both at once.
    """

    knowledge_base: Any  # KnowledgeBase; pydantic cannot describe it
    encoder_of: Any  # the setting of an encoder -> Encoder
    reader: Any  # SpanReader, or None to go by the two searches alone
    cache: Any  # VectorCache

    def __init__(
        self, knowledge_base: KnowledgeBase, encoder_of: Callable[[str], Encoder], reader: SpanReader | None = None
    ) -> None:
        super().__init__(knowledge_base=knowledge_base, encoder_of=encoder_of, reader=reader, cache=VectorCache())

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        top_k: int = 10,
        documents: Sequence[str] = (),
        shown: int | None = None,
        search: SearchOptions | None = None,
        queries: Sequence[str] = (),
        needs: Sequence[str] = (),
    ) -> list[Document]:
        """`top_k` candidates, of which the first `shown`, or all, are for an answer: those say so in their metadata.

        A passage that `queries` find as well, or find alone, has the best score that any query gives it. `needs` as in
        `scored`.
        """
        found = self._found(query, queries, top_k=top_k, documents=documents, needs=needs)
        if search is not None and search.diversity:
            found = self._diverse(found, search.diversity)
        count = len(found) if shown is None else shown
        kept, rest = found[:count], found[count:]
        if search is not None and (search.merge_neighbours or search.whole_sections):
            kept = self._readable(kept, whole=search.whole_sections)
        return [*(to_document(*item) for item in kept), *(to_document(*item, shown=False) for item in rest)]

    def find(
        self, question: str, *, top_k: int, documents: Sequence[str] = (), queries: Sequence[str] = ()
    ) -> list[Passage]:
        """Up to `top_k` passages, best first, with those that `queries` find; see `scored`."""
        return [passage for passage, _ in self._found(question, queries, top_k=top_k, documents=documents)]

    def _found(
        self,
        question: str,
        queries: Sequence[str],
        *,
        top_k: int,
        documents: Sequence[str],
        needs: Sequence[str] = (),
    ) -> list[Scored]:
        found = self.scored(question, top_k=top_k, documents=documents, needs=needs)
        for other in queries:
            found = best_of_both(found, self.scored(other, top_k=top_k, documents=documents))[:top_k]
        return found

    def scored(
        self, question: str, *, top_k: int, documents: Sequence[str] = (), needs: Sequence[str] = ()
    ) -> list[Scored]:
        """Up to `top_k` passages, best first, with what speaks for them; only from `documents` where given.

        The first in each language are read, where there is a reader, and ranked anew; none is where the first of all
        holds too few of `needs`, as in app.retrieval.wordings. Raises as `searched` does.
        """
        found = self.searched(question, top_k=max(top_k, 2 * MOST_READ), documents=documents)
        is_worth_it = bool(found) and holds(found[0][0].heading, found[0][0].text, needs)
        return (self._read(question, found) if is_worth_it else found)[:top_k]

    def searched(self, question: str, *, top_k: int, documents: Sequence[str] = ()) -> list[Scored]:
        """The same by the two searches alone.

        Raises UnknownDocument for a scope that names a document which is not there, and IndexMismatch when the
        encoder of this name has other weights now than when the index was built.
        """
        with self.knowledge_base.reading() as generation:
            _check_scope(generation, documents)
            if generation.profile is None:
                return []
            scorer = generation.catalog.keyword_scorer(question)
            count = max(CANDIDATES, top_k)
            parts = [list(scorer.own.occur), list(scorer.across.occur)] if documents else scorer.looked_for()
            found = [
                id_
                for terms in parts
                for id_ in generation.catalog.keyword_candidates(terms, count=count, documents=documents or None)
            ]
            query = self.cache.question(self._encoder(generation), question)
            near = similarities(generation, query, also=found, count=count, documents=documents)
            chunks = distinct(list(generation.catalog.chunks(list(near)).values()))
            profile: EncoderProfile = generation.profile
        evidence = [_evidence(question, chunk, scorer, profile, near[chunk.id]) for chunk in chunks]
        asked_in = script_of(question)
        is_own = [is_written_in(chunk.chunk.text, asked_in) for chunk in chunks]
        scored = zip(chunks, probabilities(evidence, is_own), evidence, strict=True)
        best = sorted(scored, key=lambda item: (-item[1], item[0].id))[:top_k]
        return [(_passage(chunk, score), _scores(said, near[chunk.id])) for chunk, score, said in best]

    def _diverse(self, found: Sequence[Scored], diversity: float) -> list[Scored]:
        with self.knowledge_base.reading() as generation:
            encoder = self._encoder(generation)
        vectors = self.cache.passages(encoder, [passage.text for passage, _ in found])
        order = diverse([passage.score for passage, _ in found], list(vectors), diversity)
        return [found[i] for i in order]

    def _readable(self, found: Sequence[Scored], *, whole: bool) -> list[Scored]:
        with self.knowledge_base.reading() as generation:
            text = cache(generation.catalog.text)  # each document is read once, however many of its passages were found
            if not whole:
                return merged(found, text)
            return whole_sections(found, cache(partial(_in_order, generation.catalog)), text)

    def _read(self, question: str, found: Sequence[Scored]) -> list[Scored]:
        """The first in each language ranked anew by what the reader says of them: those near the best one, first in the
        question's language and then, near what that has shown, in the other one; and what then comes first."""
        if self.reader is None:
            return list(found)
        asked_in = script_of(question)
        reader: SpanReader = self.reader
        is_own = [is_written_in(passage.text, asked_in) for passage, _ in found]
        own, across = (_places(is_own, kind)[:MOST_READ] for kind in (True, False))
        places, result = [*own, *across], list(found)

        def best() -> int:
            return max(places, key=lambda i: result[i][0].score)

        def read(batch: Sequence[int]) -> None:
            readings = reader.read(question, [passage_text(found[i][0]) for i in batch])
            for i, reading in zip(batch, readings, strict=True):
                passage, scores = found[i]
                score = read_probability(passage.score, reading.answers, is_own=is_own[i])
                result[i] = replace(passage, score=score), replace(scores, reader=probability(reading.answers))

        for kind in (own, across):
            most = result[best()][0].score
            read([i for i in kind if is_worth_reading(found[i][0].score, most)])
        while result[first := best()] is found[first]:  # not read yet
            read([first])
        return sorted(result, key=lambda item: -item[0].score)

    def match(self, question: str) -> TextMatches:
        """How texts from the collection match a question, measured as passages are."""
        with self.knowledge_base.reading() as generation:
            scorer = generation.catalog.keyword_scorer(question)
            encoder, profile = self._encoder(generation), generation.profile
        return TextMatches(scorer, partial(self.cache.evidence, encoder, profile, question))

    def _encoder(self, generation: Generation) -> Encoder:
        fingerprint = generation.fingerprint
        if fingerprint is None:
            raise IndexMismatch("The index is empty and has no encoder yet. Add a document first.")
        encoder: Encoder = self.encoder_of(fingerprint.encoder.setting)
        check_encoder(fingerprint, encoder.identity)
        return encoder


def _places(values: Sequence[bool], wanted: bool) -> list[int]:
    return [i for i, value in enumerate(values) if value is wanted]


def _evidence(
    question: str, stored: StoredChunk, scorer: BilingualScorer, profile: EncoderProfile, similarity: float
) -> Evidence:
    trust = profile.of(question, stored.chunk.text)
    return Evidence(scorer.score(stored.chunk.searchable_text), trust.evidence(similarity), trust.weight)


def _check_scope(generation: Generation, documents: Sequence[str]) -> None:
    unknown = [name for name in documents if generation.catalog.record(name) is None]
    if unknown:
        raise UnknownDocument(f"The question is limited to {unknown[0]!r}, which is not here. Choose other documents.")


def _passage(stored: StoredChunk, score: float) -> Passage:
    chunk = stored.chunk
    return Passage(stored.document, chunk.page, heading_of(stored), chunk.start, chunk.end, chunk.text, score)


def _scores(evidence: Evidence, similarity: float) -> Scores:
    return Scores(evidence.keyword.bm25, evidence.keyword.coverage, similarity)


def _in_order(catalog: Catalog, name: str) -> list[StoredChunk]:
    chunks = catalog.chunks(catalog.chunk_ids([name])).values()
    return sorted(chunks, key=lambda stored: stored.chunk.ordinal)


def to_document(passage: Passage, scores: Scores | None = None, *, shown: bool = True) -> Document:
    """A passage as LangChain's type; every field but the text stands in the metadata under its name."""
    metadata = {
        "document": passage.document,
        "page": passage.page,
        "heading": passage.heading,
        "start": passage.start,
        "end": passage.end,
        "score": passage.score,
        "scores": scores or Scores(),
        "shown": shown,
    }
    return Document(page_content=passage.text, metadata=metadata)


def to_passage(document: Document) -> Passage:
    """The passage that `to_document` was given; KeyError names a field that a foreign retriever left out."""
    return Passage(text=document.page_content, **{name: document.metadata[name] for name in _METADATA})


def to_scores(document: Document) -> Scores:
    """The scores that `to_document` was given; none of a foreign retriever's document."""
    scores = document.metadata.get("scores")
    return scores if isinstance(scores, Scores) else Scores()


def is_shown(document: Document) -> bool:
    """Whether a document is for the answer, and not only what that was chosen among."""
    return bool(document.metadata.get("shown", True))
