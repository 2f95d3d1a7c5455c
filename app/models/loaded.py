"""What a loaded model is to the rest of the application, whichever kind it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from langchain_core.language_models import BaseChatModel, LanguageModelInput

from app.types import AskOptions, Language, ModelStatus


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know, in both languages."""

    english: str
    chinese: str

    def in_language(self, language: Language) -> str:
        return self.chinese if language is Language.CHINESE else self.english


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A chat model that is ready to answer."""

    chat_model: BaseChatModel
    status: ModelStatus  # its notices are `notices` in English
    count_tokens: Callable[[str], int]  # exact where the tokenizer is known, else an upper estimate
    notices: tuple[Notice, ...] = ()
    defaults: AskOptions = field(default_factory=AskOptions)  # sampling as the settings have it


@dataclass(frozen=True, slots=True)
class Sampling:
    """How one answer is to be generated: `chat_model.bind(**sampling.arguments)`."""

    arguments: Mapping[str, float | int]  # only what the model supports
    notices: tuple[Notice, ...]  # one for each option asked for and not supported
    max_tokens: int  # the room to reserve for the answer; 0 when the model takes no limit


# Field of AskOptions -> argument of the chat models of this package, and its name for people.
_OPTIONS: Mapping[str, tuple[str, Notice]] = {
    "temperature": ("temperature", Notice("temperature", "温度（temperature）")),
    "top_p": ("top_p", Notice("top p", "top p")),
    "sampling_top_k": ("top_k", Notice("sampling top k", "采样 top k")),
    "max_tokens": ("max_tokens", Notice("max tokens", "最大输出长度（max tokens）")),
}


def sampling(loaded: LoadedModel, options: AskOptions) -> Sampling:
    """The arguments for this model, each from `options`, else from the settings, else the model's own default."""
    arguments: dict[str, float | int] = {}
    notices: list[Notice] = []
    for name, (argument, _) in _OPTIONS.items():
        asked = getattr(options, name)
        value = getattr(loaded.defaults, name) if asked is None else asked
        if value is not None and name in loaded.status.supports:
            arguments[argument] = value
        elif asked is not None:
            notices.append(unsupported(name, loaded.status.name))
    return Sampling(arguments, tuple(notices), int(arguments.get("max_tokens", 0)))


def short_reply(loaded: LoadedModel, prompt: LanguageModelInput, options: AskOptions, *, max_tokens: int) -> str:
    """What the model says to `prompt`, at temperature 0 and in so many tokens at most; else as `options` say."""
    arguments = sampling(loaded, replace(options, temperature=0.0, max_tokens=max_tokens)).arguments
    return str(loaded.chat_model.bind(**arguments).invoke(prompt).text)


def unsupported(option: str, model: str) -> Notice:
    """Says that this field of AskOptions has no effect on `model`."""
    name = _OPTIONS[option][1]
    return Notice(
        f"{model} does not support {name.english}; the setting has no effect.",
        f"{model} 不支持{name.chinese}，该设置不起作用。",
    )
