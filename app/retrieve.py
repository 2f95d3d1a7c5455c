"""Find the passages that may answer a question, with one calibrated score. Knows the index and the encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from app.relevance import Evidence, probabilities
from app.types import Passage
from ingest.embed import Encoder
from ingest.errors import UnknownDocument
from ingest.generation import Generation, check_encoder
from ingest.knowledge_base import KnowledgeBase
from ingest.lexical import KeywordScorer, query_terms
from ingest.probe import EncoderProfile
from ingest.types import StoredChunk

CANDIDATES = 40  # from each of the two searches, at least


class PassageRetriever(BaseRetriever):
    """Keyword and vector search over one knowledge base, fused. Documents come best first; see `to_passage`."""

    knowledge_base: Any  # KnowledgeBase; pydantic cannot describe it
    encoder: Any  # Encoder
    profile: Any  # EncoderProfile

    def __init__(self, knowledge_base: KnowledgeBase, encoder: Encoder, profile: EncoderProfile) -> None:
        super().__init__(knowledge_base=knowledge_base, encoder=encoder, profile=profile)  # type: ignore[call-arg]

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        top_k: int = 10,
        documents: Sequence[str] = (),
    ) -> list[Document]:
        return [to_document(passage) for passage in self.find(query, top_k=top_k, documents=documents)]

    def find(self, question: str, *, top_k: int, documents: Sequence[str] = ()) -> list[Passage]:
        """Up to `top_k` passages, best first; only from `documents` where given.

        Raises UnknownDocument for a scope that names a document which is not there, and IndexMismatch when the index
        was made by another encoder.
        """
        with self.knowledge_base.reading() as generation:
            _check_scope(generation, documents)
            terms = query_terms(question)
            count = max(CANDIDATES, top_k)
            found = generation.catalog.keyword_candidates(terms, count=count, documents=documents or None)
            similarities = self._similarities(generation, question, found, count, documents)
            chunks = list(generation.catalog.chunks(list(similarities)).values())
            scorer = generation.catalog.keyword_scorer(terms)
        evidence = [self._evidence(question, chunk, scorer, similarities[chunk.id]) for chunk in chunks]
        scored = zip(chunks, probabilities(evidence, chunks=scorer.chunks), strict=True)
        best = sorted(scored, key=lambda item: (-item[1], item[0].id))[:top_k]
        return [_passage(chunk, score) for chunk, score in best]

    def keyword_scorer(self, question: str) -> KeywordScorer:
        """How much each term of the question weighs in this collection."""
        with self.knowledge_base.reading() as generation:
            scorer: KeywordScorer = generation.catalog.keyword_scorer(query_terms(question))
        return scorer

    def _similarities(
        self, generation: Generation, question: str, found: Sequence[int], count: int, documents: Sequence[str]
    ) -> dict[int, float]:
        """Cosine similarity by chunk id, of the nearest chunks and of those that keywords found."""
        fingerprint = generation.fingerprint
        if fingerprint is None:
            return {}
        check_encoder(fingerprint, self.encoder.identity)
        query = self.encoder.encode_queries([question])[0]
        among = generation.catalog.chunk_ids(documents) if documents else None
        nearest = dict(generation.vectors.nearest(query, count=count, among=among))
        others = generation.vectors.get([id_ for id_ in found if id_ not in nearest])
        return nearest | {id_: float(vector @ query) for id_, vector in others.items()}

    def _evidence(self, question: str, chunk: StoredChunk, scorer: KeywordScorer, similarity: float) -> Evidence:
        trust = self.profile.of(question, chunk.chunk.text)
        return Evidence(scorer.score(chunk.chunk.searchable_text), trust.evidence(similarity), trust.weight)


def _check_scope(generation: Generation, documents: Sequence[str]) -> None:
    unknown = [name for name in documents if generation.catalog.record(name) is None]
    if unknown:
        raise UnknownDocument(f"The question is limited to {unknown[0]!r}, which is not here. Choose other documents.")


def _passage(stored: StoredChunk, score: float) -> Passage:
    chunk = stored.chunk
    heading = " > ".join(chunk.heading_path) or None
    return Passage(stored.document, chunk.page, heading, chunk.start, chunk.end, chunk.text, score)


def to_document(passage: Passage) -> Document:
    """A passage as LangChain's type; every field but the text stands in the metadata under its name."""
    metadata = {
        "document": passage.document,
        "page": passage.page,
        "heading": passage.heading,
        "start": passage.start,
        "end": passage.end,
        "score": passage.score,
    }
    return Document(page_content=passage.text, metadata=metadata)


def to_passage(document: Document) -> Passage:
    """The passage that `to_document` was given; KeyError names a field that a foreign retriever left out."""
    return Passage(text=document.page_content, **document.metadata)
