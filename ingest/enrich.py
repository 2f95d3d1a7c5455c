"""Have something written about every chunk, so that it is found by other words too. Knows the order of the work.

Who writes is given. While it thinks nothing is held: documents come in and are asked meanwhile, and what stops the work
leaves what was written until then, so that the next run goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ingest.catalog import Catalog
from ingest.derived import MOST_TEXTS, Derived
from ingest.embed import Encoder
from ingest.generation import Generation, check_encoder
from ingest.knowledge_base import KnowledgeBase
from ingest.types import DerivedKind, StoredChunk

Write = Callable[[str], Sequence[str]]  # a chunk's searchable text -> texts about it, perhaps none

_AT_ONCE = 32  # chunks written about before they are stored: the most that a kill can cost

Written = list[tuple[StoredChunk, Sequence[str]]]


@dataclass(slots=True)
class EnrichSummary:
    """What one run did, in chunks."""

    described: int = 0
    passed_over: int = 0  # nothing was written about them; the next run tries again


def enrich(
    knowledge_base: KnowledgeBase,
    kind: DerivedKind,
    write: Write,
    *,
    encoder: Encoder,
    report: Callable[[EnrichSummary], None],
    wait_seconds: float = 0,
) -> EnrichSummary:
    """Let `write` write about each chunk of which nothing of this kind is written yet.

    `encoder` is the index's own. Raises IndexMismatch where it is not, IndexBusy, and whatever `write` raises.
    """
    with knowledge_base.storage.writing("enrich", wait_seconds=wait_seconds):
        pass  # where nothing can be stored, that is told before anything is written
    summary = EnrichSummary()
    last = 0
    while chunks := _lacking(knowledge_base, kind, last):
        last = chunks[-1].id
        written: Written = []
        try:
            for chunk in chunks:
                written.append((chunk, _distinct(write(chunk.chunk.searchable_text))))
        finally:
            with knowledge_base.writing("enrich", wait_seconds=wait_seconds) as generation:
                _store(generation, kind, written, encoder)
        summary.described += sum(bool(texts) for _, texts in written)
        summary.passed_over += sum(not texts for _, texts in written)
        report(summary)
    return summary


def take_over(old: Catalog, new: Generation, encoder: Encoder) -> None:
    """Let what was written about chunks of another generation point at the same text in the same document in `new`."""
    for record in new.catalog.records():
        before = old.chunks(old.chunk_ids([record.name]))
        known = old.derived.by_chunk(list(before))
        if not known:
            continue
        stored = new.catalog.chunks(new.catalog.chunk_ids([record.name]))
        now = {chunk.chunk.searchable_text: id_ for id_, chunk in stored.items()}
        kept = [
            Derived(now[text], kind, texts)
            for (id_, kind), texts in known.items()
            if (text := before[id_].chunk.searchable_text) in now
        ]
        _add(new, kept, encoder)


def forget(knowledge_base: KnowledgeBase, kind: DerivedKind, *, wait_seconds: float = 0) -> int:
    """Take out all that was written of one kind, and return about how many chunks it was."""
    with knowledge_base.writing("forget", wait_seconds=wait_seconds) as generation:
        count = generation.catalog.derived.remove(kind)
        generation.collect_garbage()
        generation.catalog.purge()
    return count


def _lacking(knowledge_base: KnowledgeBase, kind: DerivedKind, after: int) -> list[StoredChunk]:
    with knowledge_base.reading() as generation:
        return generation.catalog.derived.lacking(kind, after=after, count=_AT_ONCE)


def _distinct(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(text for text in (" ".join(text.split()) for text in texts) if text))[:MOST_TEXTS]


def _store(generation: Generation, kind: DerivedKind, written: Written, encoder: Encoder) -> None:
    """Store what was written, but for chunks that are gone: in a generation built since, ids stand for others."""
    here = generation.catalog.chunks([chunk.id for chunk, _ in written])
    kept = [(chunk, texts) for chunk, texts in written if texts and here.get(chunk.id) == chunk]
    _add(generation, [Derived(chunk.id, kind, texts) for chunk, texts in kept], encoder)


def _add(generation: Generation, derived: Sequence[Derived], encoder: Encoder) -> None:
    made_by = generation.fingerprint
    if not derived or made_by is None:
        return
    check_encoder(made_by, encoder.identity)
    ids = generation.catalog.journal.reserve([len(one.texts) for one in derived])
    generation.vectors.add(list(_flat(ids)), encoder.encode_passages([text for one in derived for text in one.texts]))
    generation.catalog.derived.add(derived, ids)
    generation.collect_garbage()


def _flat(ranges: Sequence[range]) -> Iterator[int]:
    return (id_ for ids in ranges for id_ in ids)
