"""The pipeline of a tutorial, to compare with: load, split by characters, embed, add to Chroma.

The steps of LangChain's PyPDFLoader, UnstructuredLoader, RecursiveCharacterTextSplitter, HuggingFaceEmbeddings and
Chroma.from_documents, written with the libraries under them, so that nothing is measured but the work itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ingest.parse.partition import partition

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from sentence_transformers import SentenceTransformer

CHUNK_CHARACTERS, OVERLAP_CHARACTERS = 500, 50
_AT_ONCE = 5_000  # chunks; Chroma takes no more than 5,461 in one call


@dataclass(frozen=True, slots=True)
class Stocked:
    """What the stock pipeline made of some files."""

    chunks: int
    tokens: int  # of all chunks
    tokens_read: int  # of these, what the encoder reads: it cuts long chunks


def ingest(paths: Sequence[Path], folder: Path, encoder: SentenceTransformer) -> list[str]:
    """Bring files into a new Chroma collection in `folder`; returns the chunks."""
    from chromadb import PersistentClient
    from chromadb.config import Settings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK_CHARACTERS, chunk_overlap=OVERLAP_CHARACTERS)
    pairs = [(path.name, text) for path in paths for text in splitter.split_text(load(path))]
    # Cast, as the interface it is declared as lacks close().
    client = cast("Client", PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False)))
    try:
        collection = client.create_collection("stock")
        chunks = [text for _, text in pairs]
        vectors = encoder.encode(chunks, show_progress_bar=False)
        for at in range(0, len(pairs), _AT_ONCE):
            part = pairs[at : at + _AT_ONCE]
            collection.add(
                ids=[str(at + number) for number in range(len(part))],
                documents=[text for _, text in part],
                embeddings=vectors[at : at + _AT_ONCE],
                metadatas=[{"source": name} for name, _ in part],
            )
    finally:
        client.close()
    return chunks


def load(path: Path) -> str:
    """The text of a file, by pypdf or by unstructured.

    As unstructured comes, it downloads a spaCy model here and loads it, 4 s and 200 MB: it is spared that.
    """
    if path.suffix == ".pdf":
        return "\n".join(read_with_pypdf(path))
    kind = {".txt": "text"}.get(path.suffix, path.suffix[1:])
    return "\n\n".join(str(element) for element in partition(kind, filename=str(path)))


def read_with_pypdf(path: Path) -> list[str]:
    """The text of each page, as PyPDFLoader reads it."""
    from pypdf import PdfReader

    return [page.extract_text() for page in PdfReader(path).pages]


def read_with_pdfminer(path: Path) -> list[str]:
    """The text of each page, by the layout analysis that unstructured's fast strategy is made of."""
    from pdfminer.high_level import extract_pages
    from pdfminer.layout import LTTextContainer

    return [
        "\n".join(item.get_text() for item in page if isinstance(item, LTTextContainer)) for page in extract_pages(path)
    ]


def looked_at(chunks: Sequence[str], encoder: SentenceTransformer) -> Stocked:
    """How much of the chunks the encoder reads."""
    most = int(encoder.max_seq_length or 512) - 2  # its two special tokens take a place
    lengths = [len(found.ids) for found in encoder.tokenizer.encode_batch(list(chunks), add_special_tokens=False)]
    return Stocked(len(chunks), sum(lengths), sum(min(length, most) for length in lengths))
