"""One generation of the index: a catalog and its vectors, changed together. Knows chunks and vectors; loads no model.

The order of every change makes a kill harmless: ids are journalled, vectors written, then one catalog transaction
makes the new version visible and the old one invisible, then the vectors of what is invisible are deleted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ingest.catalog import Catalog, SourceFile
from ingest.embed import EncoderIdentity
from ingest.errors import IndexMismatch
from ingest.lexical import ANALYZER_VERSION
from ingest.probe import EncoderProfile
from ingest.types import Chunk, DocumentState, FloatMatrix, ParsedDocument
from ingest.vectors import VectorIndex

CATALOG_FILE = "catalog.sqlite3"
_FINGERPRINT = "fingerprint"
_PROFILE = "encoder_profile"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What made the index. Vectors and keywords made otherwise cannot be compared with it."""

    encoder: EncoderIdentity
    metric: str
    analyzer: str
    parser: str
    splitter: str
    chunk_tokens: int


class Generation:
    """A catalog and a vector index in one folder. One instance per folder and process."""

    def __init__(self, folder: Path) -> None:
        """Open or create; raises IndexDamaged when a part cannot be read."""
        self.name = folder.name
        self.catalog = Catalog(folder / CATALOG_FILE)
        self.vectors = VectorIndex(folder / "vectors")

    def close(self) -> None:
        """Let go of all files."""
        self.catalog.close()
        self.vectors.close()

    # --- fingerprint --------------------------------------------------------------------------------------------------

    @property
    def fingerprint(self) -> Fingerprint | None:
        """What made this index; None while it is empty."""
        stored = self.catalog.meta(_FINGERPRINT)
        if stored is None:
            return None
        values = json.loads(stored)
        return Fingerprint(**{**values, "encoder": EncoderIdentity(**values["encoder"])})

    @property
    def profile(self) -> EncoderProfile | None:
        """What the encoder of this index knows of each language; None while the index is empty."""
        stored = self.catalog.meta(_PROFILE)
        return None if stored is None else EncoderProfile.from_json(stored)

    def claim(self, fingerprint: Fingerprint, measure: Callable[[], EncoderProfile]) -> None:
        """Say what is about to be added; raises IndexMismatch when it cannot stand beside what is there.

        `measure` profiles the fingerprint's encoder; it is called when the index is empty.

        Documents read or split by another version can; another encoder's vectors and another analyzer's terms cannot.
        """
        mine = self.fingerprint
        if mine is None or not self.catalog.chunk_ids():
            self.catalog.set_meta(_PROFILE, measure().to_json())
            self.catalog.set_meta(_FINGERPRINT, json.dumps(asdict(fingerprint)))
            return
        check_encoder(mine, fingerprint.encoder)
        if mine.analyzer != fingerprint.analyzer:
            raise IndexMismatch(
                f"The keyword index was built by analyzer {mine.analyzer}; this Docent has {fingerprint.analyzer}. "
                f"Run `make rebuild`."
            )

    # --- writing ------------------------------------------------------------------------------------------------------

    def add(self, source: SourceFile, document: ParsedDocument, chunks: Sequence[Chunk], vectors: FloatMatrix) -> None:
        """Make a document searchable, in place of its old version. Row i of `vectors` is `chunks[i]`."""
        ids = self.catalog.reserve_ids(len(chunks))
        self.vectors.add(ids, vectors)
        self.catalog.commit(source, document, chunks, ids)
        self.collect_garbage()

    def reject(self, source: SourceFile, state: DocumentState, reason: str) -> None:
        """Record that the file as it is now cannot be searched, and take out its old version."""
        self.catalog.reject(source, state, reason)
        self.collect_garbage()

    def remove(self, names: Sequence[str]) -> None:
        """Take documents out, everywhere; raises UnknownDocument, and removes none, when one is not there."""
        self.catalog.remove(names)
        self.collect_garbage()

    def collect_garbage(self) -> None:
        """Delete the vectors that an interrupted or a finished change left behind."""
        for ids in self.catalog.garbage():
            self.vectors.remove(ids)
            self.catalog.garbage_collected(ids)

    # --- checking -----------------------------------------------------------------------------------------------------

    def faults(self) -> list[str]:
        """What disagrees between catalog, keyword index and vectors; empty when all is well."""
        ids = set(self.catalog.chunk_ids())
        found = [
            *_difference("keyword index", ids, self.catalog.keyword_ids()),
            *_difference("vector index", ids, self.vectors.ids()),
        ]
        for record in self.catalog.records():
            if record.state is DocumentState.READY and not record.chunks:
                found.append(f"{record.name!r} is ready but has no chunks")
            elif record.chunks:
                text = self.catalog.text(record.name)
                stored = self.catalog.chunks(self.catalog.chunk_ids([record.name])).values()
                if any(text[s.chunk.start : s.chunk.end] != s.chunk.text for s in stored):
                    found.append(f"{record.name!r} has chunks that are not in its stored text")
        return found

    def mend(self) -> list[str]:
        """Put right what can be put right without a model; returns the documents whose vectors have to be made anew."""
        ids, vectors = set(self.catalog.chunk_ids()), self.vectors.ids()
        self.vectors.remove(sorted(vectors - ids))
        if self.catalog.keyword_ids() != ids:
            self.catalog.rebuild_keywords()
        return sorted({chunk.document for chunk in self.catalog.chunks(sorted(ids - vectors)).values()})


def fingerprint(encoder: EncoderIdentity, *, parser: str, splitter: str, chunk_tokens: int) -> Fingerprint:
    """The fingerprint of an index made today with these parts."""
    return Fingerprint(encoder, "cosine", ANALYZER_VERSION, parser, splitter, chunk_tokens)


def check_encoder(built_with: Fingerprint, encoder: EncoderIdentity) -> None:
    """Raise IndexMismatch when `encoder` makes other vectors than those in the index."""
    mine = built_with.encoder
    same = (mine.weights_sha256, mine.dimension, mine.query_prefix, mine.passage_prefix) == (
        encoder.weights_sha256,
        encoder.dimension,
        encoder.query_prefix,
        encoder.passage_prefix,
    )
    if not same:
        raise IndexMismatch(
            f"The index was built with the encoder {mine.name!r} ({mine.dimension} dimensions, weights "
            f"{mine.weights_sha256[:8]}); the settings ask for {encoder.name!r} ({encoder.dimension} dimensions, "
            f"weights {encoder.weights_sha256[:8]}). Run `make rebuild`, or set DOCENT_ENCODER={mine.setting}."
        )


def _difference(part: str, catalog: set[int], other: set[int]) -> list[str]:
    faults = []
    if missing := catalog - other:
        faults.append(f"the {part} lacks {len(missing)} of the catalog's {len(catalog)} chunks")
    if extra := other - catalog:
        faults.append(f"the {part} holds {len(extra)} chunks that the catalog does not know")
    return faults
