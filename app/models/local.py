"""Load a transformers chat model into this process, or say why it cannot be. Knows transformers' loaders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.models.hardware import Placement, place
from app.models.loaded import LoadedModel, Notice
from app.settings import AppSettings
from app.types import ModelKind, ModelStatus
from ingest.checkpoint import Checkpoint, read_checkpoint
from ingest.errors import ModelUnavailable
from ingest.hub import OnProgress, find_model

_SUPPORTS = frozenset({"temperature", "top_p", "sampling_top_k", "max_tokens"})


def load_local(settings: AppSettings, *, on_progress: OnProgress | None = None) -> LoadedModel:
    """The model in folder `settings.llm` or of that hub name; raises ModelUnavailable."""
    from app.models.transformers_model import TransformersChatModel

    checkpoint = read_checkpoint(find_model(settings.llm, on_progress=on_progress))
    _require_causal(checkpoint)
    placement = place(checkpoint, device=settings.device, bits=settings.llm_bits, context=settings.llm_context)
    tokenizer = _load_tokenizer(checkpoint)
    model = _load_weights(checkpoint, placement)
    chat_model = TransformersChatModel(
        model, tokenizer, context_tokens=placement.context_tokens, max_tokens=settings.max_tokens
    )
    notices = _notices(settings.llm, checkpoint, placement, has_template=chat_model.has_chat_template)
    status = ModelStatus(
        ModelKind.TRANSFORMERS,
        name=settings.llm,
        device=str(model.device) if placement.device != "auto" else "cuda",
        context_tokens=placement.context_tokens,
        supports=_SUPPORTS,
        notices=tuple(notice.english for notice in notices),
        memory_bytes=int(model.get_memory_footprint()),
    )
    return LoadedModel(chat_model, status, chat_model.count_tokens, notices)


def _require_causal(checkpoint: Checkpoint) -> None:
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    known = {name for names in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.values() for name in _as_tuple(names)}
    named = checkpoint.config.get("architectures") or []
    if known.intersection(named):
        return
    folder, architecture = checkpoint.folder, ", ".join(named) or "an architecture it does not name"
    if checkpoint.config.get("auto_map"):
        raise ModelUnavailable(
            f"{folder} brings code of its own ({architecture}), and Docent runs no code from model folders. Choose a "
            "model that transformers knows, or serve this one with vLLM and set DOCENT_LLM_URL."
        )
    raise ModelUnavailable(
        f"{folder} holds {architecture}, which is not a causal language model that this transformers knows and cannot "
        "answer in words. Choose a chat model."
    )


def _as_tuple(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _load_tokenizer(checkpoint: Checkpoint) -> Any:
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(checkpoint.folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        raise ModelUnavailable(
            f"The tokenizer in {checkpoint.folder} cannot be loaded: {_line(error)}. Download the model again."
        ) from error


def _load_weights(checkpoint: Checkpoint, placement: Placement) -> Any:
    import torch
    import transformers
    from safetensors import SafetensorError

    loader: Any = transformers.AutoModelForCausalLM  # its annotations leave out what output_loading_info adds

    try:
        model, report = loader.from_pretrained(
            checkpoint.folder,
            dtype=getattr(torch, placement.dtype),
            device_map="auto" if placement.device == "auto" else {"": placement.device},
            quantization_config=_quantisation(placement),
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            output_loading_info=True,
        )
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError, SafetensorError) as error:
        raise ModelUnavailable(
            f"The model in {checkpoint.folder} cannot be loaded: {_line(error)}. Download the model again, or choose "
            "another."
        ) from error
    _require_all_weights(checkpoint, report)
    return model.eval()


def _require_all_weights(checkpoint: Checkpoint, report: Mapping[str, Any]) -> None:
    # transformers fills what is missing with random numbers and goes on.
    missing = sorted(report.get("missing_keys") or ())
    if missing:
        raise ModelUnavailable(
            f"The weights in {checkpoint.folder} lack {len(missing)} tensors that its config asks for, such as "
            f"{missing[0]}. Download the model again."
        )


def _quantisation(placement: Placement) -> Any:
    if placement.bits is None:
        return None
    import torch
    import transformers

    configuration: Any = transformers.BitsAndBytesConfig  # not annotated

    if placement.bits == 8:
        return configuration(load_in_8bit=True)
    return configuration(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=getattr(torch, placement.dtype)
    )


def _notices(name: str, checkpoint: Checkpoint, placement: Placement, *, has_template: bool) -> tuple[Notice, ...]:
    notices = []
    if not has_template:
        notices.append(
            Notice(
                f"{name} has no chat template: it is a base model that continues text and was not made to answer. It "
                "is asked in a plain question-and-answer format; a chat or instruct model answers better.",
                f"{name} 没有对话模板：它是续写文本的基础模型，并非为回答问题而训练。现以普通问答格式提问；"
                "换用对话（chat 或 instruct）模型效果更好。",
            )
        )
    longest = checkpoint.context_tokens
    if longest and placement.context_tokens > longest:
        notices.append(
            Notice(
                f"The context is set to {placement.context_tokens} tokens; {name} was made for {longest}. Answers may "
                "degrade beyond that.",
                f"上下文设为 {placement.context_tokens} 个词元，而 {name} 只支持 {longest} 个，"
                "超出部分的回答质量可能下降。",
            )
        )
    elif longest and placement.context_tokens < longest:
        notices.append(
            Notice(
                f"The context is limited to {placement.context_tokens} tokens of the {longest} that {name} can take.",
                f"上下文限制为 {placement.context_tokens} 个词元，{name} 最多支持 {longest} 个。",
            )
        )
    return tuple(notices)


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
