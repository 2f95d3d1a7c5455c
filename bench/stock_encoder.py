"""The built-in encoder as transformers and sentence-transformers run it, to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import InputModule, Normalize
from sentence_transformers.sentence_transformer.modules import Pooling
from torch import Tensor
from transformers import BertConfig, BertModel

from ingest.bert import Bert
from ingest.e5 import TextEncoder, padded
from ingest.embed import built_in_file

_EMBEDDINGS = {
    "positions": "position_embeddings.weight",
    "types": "token_type_embeddings.weight",
    "norm.weight": "LayerNorm.weight",
    "norm.bias": "LayerNorm.bias",
}
_LAYER = {  # parts of ingest.bert, and which of BertModel's stand in each, one under the other
    "attention_in": ("attention.self.query", "attention.self.key", "attention.self.value"),
    "attention_out": ("attention.output.dense",),
    "attention_norm": ("attention.output.LayerNorm",),
    "inner": ("intermediate.dense",),
    "outer": ("output.dense",),
    "norm": ("output.LayerNorm",),
}


def as_bert_model(body: Bert) -> BertModel:
    """transformers' BertModel with the numbers, and the word embedding, of `body`."""
    shape = body.shape
    config = BertConfig(
        vocab_size=1,  # the embedding is set afterwards
        hidden_size=shape.hidden_size,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.intermediate_size,
        max_position_embeddings=shape.longest,
        type_vocab_size=shape.types,
        layer_norm_eps=shape.epsilon,
        pad_token_id=None,
    )
    made: Any = BertModel(config, add_pooling_layer=False)
    state: dict[str, Tensor] = {}
    for name, value in body.state_dict().items():
        if name in _EMBEDDINGS:
            state[f"embeddings.{_EMBEDDINGS[name]}"] = value
        elif name.startswith("layers"):
            _, layer, part, kind = name.split(".")
            theirs = _LAYER[part]
            names = [f"encoder.layer.{layer}.{one}.{kind}" for one in theirs]
            state |= dict(zip(names, value.chunk(len(theirs)), strict=True))
    made.load_state_dict(state, strict=False)
    made.set_input_embeddings(body.words)
    return made.eval()  # type: ignore[no-any-return]


def load() -> SentenceTransformer:
    """As HuggingFaceEmbeddings would use the built-in encoder."""
    encoder = TextEncoder(built_in_file(), None)
    size = encoder.get_embedding_dimension()
    return SentenceTransformer(modules=[_Texts(encoder), Pooling(size, "mean"), Normalize()]).eval()


class _Texts(InputModule):
    """Texts to the states of their tokens."""

    def __init__(self, encoder: TextEncoder) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.body = as_bert_model(encoder.body)
        self.tokenizer = encoder.tokenizer
        self.max_seq_length = encoder.max_seq_length
        self._rows = encoder.rows

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **_: Any) -> dict[str, Tensor]:
        """Tokens of the texts, cut to what the model reads: ids and mask, (texts, longest)."""
        ids, mask = padded(self._rows([f"{prompt or ''}{text}" for text in inputs]))
        return {"input_ids": ids, "attention_mask": mask.long()}

    def forward(self, features: dict[str, Tensor], **_: Any) -> dict[str, Tensor]:
        """`features` with token_embeddings, (texts, longest, size)."""
        states = self.body(input_ids=features["input_ids"], attention_mask=features["attention_mask"])
        return {**features, "token_embeddings": states.last_hidden_state}

    def save(self, *_: Any, **__: Any) -> None:
        """Never: it is only compared with."""
        raise NotImplementedError
