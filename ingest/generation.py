"""One generation of the index: a catalog and its vectors, changed together. Knows chunks and vectors; loads no model.

The order of every change makes a kill harmless: ids are journalled, vectors written, then one catalog transaction
makes the new version visible and the old one invisible, then the vectors of what is invisible are deleted.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ingest.catalog import Catalog, SourceFile
from ingest.embed import EncoderIdentity
from ingest.errors import IndexDamaged, IndexMismatch
from ingest.findable import ALIKE, missed_by_meaning, not_found_by
from ingest.lexical import ANALYZER_VERSION
from ingest.probe import EncoderProfile
from ingest.types import Chunk, DocumentState, FloatMatrix, FloatVector, ParsedDocument
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


@dataclass(frozen=True, slots=True)
class Addition:
    """A document that is ready to become searchable. Row i of `vectors` is `chunks[i]`."""

    source: SourceFile
    document: ParsedDocument
    chunks: Sequence[Chunk]  # at least one
    vectors: FloatMatrix


@dataclass(frozen=True, slots=True)
class Staged:
    """A document whose vectors are stored, and which nobody sees yet."""

    addition: Addition
    ids: range  # of its chunks
    is_found: bool  # a search for its first passage finds it


class Generation:
    """A catalog and a vector index in one folder. One instance per folder and process."""

    def __init__(self, folder: Path) -> None:
        """Open or create; raises IndexUnusable when the catalog cannot be read. The vectors are opened at first use."""
        self.name = folder.name
        self.catalog = Catalog(folder / CATALOG_FILE)
        self._vectors_folder = folder / "vectors"
        self._vectors: VectorIndex | None = None
        self._damage: IndexDamaged | None = None
        self._opening = threading.Lock()

    @property
    def vectors(self) -> VectorIndex:
        """Raises IndexDamaged when they cannot be read: what needs only the catalog goes on without them."""
        with self._opening:
            if self._damage is not None:
                raise self._damage  # Chroma cannot be asked for the same folder twice
            if self._vectors is None:
                try:
                    self._vectors = VectorIndex(self._vectors_folder)
                except IndexDamaged as error:
                    self._damage = error
                    raise
            return self._vectors

    def close(self) -> None:
        """Let go of all files."""
        self.catalog.close()
        if self._vectors is not None:
            self._vectors.close()

    # --- fingerprint --------------------------------------------------------------------------------------------------

    @property
    def fingerprint(self) -> Fingerprint | None:
        """What made this index; None while it is empty."""
        return fingerprint_of(self.catalog)

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
        if mine is None or not self.catalog.has_chunks():
            self.catalog.set_meta(_PROFILE, measure().to_json())
            self.catalog.set_meta(_FINGERPRINT, json.dumps(asdict(fingerprint)))
            return
        check_encoder(mine, fingerprint.encoder)
        if mine.analyzer != fingerprint.analyzer:
            raise IndexMismatch(
                f"The keyword index was built by analyzer {mine.analyzer}; this Docent has {fingerprint.analyzer}. "
                f"Run `docent rebuild --from-text`, which makes it anew from the stored text."
            )

    def advice(self, fingerprint: Fingerprint) -> list[str]:
        """What a rebuild would better: how documents were read or split, where that has changed since."""
        mine = self.fingerprint
        if mine is None:
            return []
        told = []
        if mine.parser != fingerprint.parser:
            told.append(
                f"Documents here were read by parser {mine.parser}, and today's is {fingerprint.parser}: "
                f"`docent rebuild` reads them anew."
            )
        if (mine.splitter, mine.chunk_tokens) != (fingerprint.splitter, fingerprint.chunk_tokens):
            told.append(
                f"Documents here were split by splitter {mine.splitter} to {mine.chunk_tokens} tokens, and today's is "
                f"{fingerprint.splitter} to {fingerprint.chunk_tokens}: `docent rebuild --from-text` splits them anew."
            )
        return told

    # --- writing ------------------------------------------------------------------------------------------------------

    def stage(self, additions: Sequence[Addition]) -> list[Staged]:
        """Store the vectors of several documents, to be seen by nobody yet. Each is then given to `commit`.

        Until all of them are, nothing but `commit` may be called; then `collect_garbage`.
        """
        if not additions:
            return []
        staged = self.catalog.journal.reserve([len(addition.chunks) for addition in additions])
        self.vectors.add(
            [id_ for ids in staged for id_ in ids], np.concatenate([addition.vectors for addition in additions])
        )
        first = {ids.start: addition.vectors[0] for ids, addition in zip(staged, additions, strict=True)}
        missed = missed_by_meaning(self.vectors, first)
        if missed:
            missed -= self._link_anew({id_: first[id_] for id_ in missed})
        return [Staged(addition, ids, ids.start not in missed) for ids, addition in zip(staged, additions, strict=True)]

    def _link_anew(self, passages: Mapping[int, FloatVector]) -> set[int]:
        """Take vectors out of the graph and put them in again; returns those that are stored as they should be.

        The graph is approximate: about one new vector in a thousand is linked so that no search reaches it. That is
        no reason to refuse a document whose vectors are all there; a vector that is wrong or missing is.
        """
        stored = self.vectors.get(list(passages))
        right = sorted(id_ for id_, vector in stored.items() if float(vector @ passages[id_]) >= ALIKE)
        self.vectors.remove(right)
        if right:
            self.vectors.add(right, np.stack([passages[id_] for id_ in right]))
        return set(right)

    def commit(self, staged: Staged) -> None:
        """Make a document searchable, in place of its old version.

        Raises DocumentError, and changes nothing, when a search for its first passage does not find it.
        """
        if not staged.is_found:
            raise not_found_by("meaning")
        added = staged.addition
        self.catalog.commit(added.source, added.document, added.chunks, staged.ids)

    def remove(self, names: Sequence[str]) -> None:
        """Take documents out, everywhere; raises UnknownDocument, and removes none, when one is not there."""
        self.catalog.remove(names)
        self.collect_garbage()

    def collect_garbage(self) -> None:
        """Delete the vectors that an interrupted or a finished change left behind."""
        garbage = self.catalog.journal.garbage()
        if garbage:
            self.vectors.remove([id_ for ids in garbage for id_ in ids])
            self.catalog.journal.collected(garbage)

    # --- checking -----------------------------------------------------------------------------------------------------

    def faults(self) -> list[str]:
        """What disagrees between catalog, keyword index and vectors; raises IndexDamaged for a damaged catalog."""
        self.catalog.check()
        ids = set(self.catalog.chunk_ids())
        found = _difference("keyword index", ids, self.catalog.keyword_ids())
        try:
            derived, vectors = self.catalog.derived.ids(), self.vectors.ids()
            found += _difference("vector index", ids, vectors - derived)
            if missing := derived - vectors:
                found.append(f"the vector index lacks {len(missing)} of {len(derived)} texts written about chunks")
        except IndexDamaged as error:
            found.append(str(error))
        return [*found, *self.unsound().values()]

    def unsound(self) -> dict[str, str]:
        """What is wrong with documents in themselves, by name: their files have to be read again."""
        found = {}
        for record in self.catalog.records():
            if record.state is DocumentState.READY and not record.chunks:
                found[record.name] = f"{record.name!r} is ready but has no chunks"
            elif record.chunks:
                text = self.catalog.text(record.name)
                stored = self.catalog.chunks(self.catalog.chunk_ids([record.name])).values()
                if any(text[s.chunk.start : s.chunk.end] != s.chunk.text for s in stored):
                    found[record.name] = f"{record.name!r} has chunks that are not in its stored text"
        return found

    def mend(self) -> bool:
        """Put right what needs no model; returns whether all is well then, or vectors have to be made anew."""
        ids = set(self.catalog.chunk_ids())
        if self.catalog.keyword_ids() != ids:
            self.catalog.rebuild_keywords()
        try:
            vectors = self.vectors.ids()
            wanted = ids | self.catalog.derived.ids()
            self.vectors.remove(sorted(vectors - wanted))
            return wanted <= vectors
        except IndexDamaged:
            return False


def fingerprint(encoder: EncoderIdentity, *, parser: str, splitter: str, chunk_tokens: int) -> Fingerprint:
    """The fingerprint of an index made today with these parts."""
    return Fingerprint(encoder, "cosine", ANALYZER_VERSION, parser, splitter, chunk_tokens)


def fingerprint_of(catalog: Catalog) -> Fingerprint | None:
    """What made the index of this catalog; None while it is empty."""
    stored = catalog.meta(_FINGERPRINT)
    if stored is None:
        return None
    values = json.loads(stored)
    return Fingerprint(**{**values, "encoder": EncoderIdentity(**values["encoder"])})


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
            f"weights {encoder.weights_sha256[:8]}). "
            f"{_way_out(mine, encoder)}"
        )


def _difference(part: str, catalog: set[int], other: set[int]) -> list[str]:
    faults = []
    if missing := catalog - other:
        faults.append(f"the {part} lacks {len(missing)} of the catalog's {len(catalog)} chunks")
    if extra := other - catalog:
        faults.append(f"the {part} holds {len(extra)} chunks that the catalog does not know")
    return faults


def _way_out(mine: EncoderIdentity, encoder: EncoderIdentity) -> str:
    anew = "Run `docent rebuild --from-text`, which embeds the stored text anew"
    # An encoder that was itself replaced by an update cannot be named in the settings any more.
    return f"{anew}." if mine.setting == encoder.setting else f"{anew}, or set DOCENT_ENCODER={mine.setting}."
