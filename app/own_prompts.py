"""The user's own wording of the prompts. Knows files in one folder, and that each is checked before it is kept."""

from __future__ import annotations

from pathlib import Path

from app.prompt import Prompts, load_prompts, prompt_text
from app.types import Language
from ingest.errors import SettingsError

FOLDER = "prompts"  # under the data directory; a file there stands for the shipped one of its name


def answer_file(language: Language) -> str:
    """The name of the prompt that asks for the answer."""
    return f"answer.{language}.md"


EDITABLE = tuple(answer_file(language) for language in Language)


class OwnPrompts:
    """The prompts in `folder`, before those that Docent brings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def texts(self) -> dict[str, str]:
        """The user's own texts by file name."""
        return {name: _read(path) for name in EDITABLE if (path := self._folder / name).is_file()}

    def text(self, name: str) -> str:
        """The text that is used: the user's own, else the shipped one."""
        return self.texts().get(name) or prompt_text(name)

    def load(self, draft: dict[str, str] | None = None) -> Prompts:
        """All prompts, with `draft` before what is kept. Raises SettingsError that names a bad variable."""
        return load_prompts(own={**self.texts(), **(draft or {})})

    def save(self, texts: dict[str, str]) -> None:
        """Use these from now on; raises SettingsError, and then keeps none of them."""
        if unknown := sorted(texts.keys() - set(EDITABLE)):
            raise SettingsError(f"There is no prompt {unknown[0]!r} to be edited. There are: {', '.join(EDITABLE)}.")
        self.load(texts)
        for name, text in texts.items():
            if text.strip() == prompt_text(name):
                self.reset(name)
                continue
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                (self._folder / name).write_text(f"{text.strip()}\n", encoding="utf-8")
            except OSError as error:
                raise SettingsError(f"The prompt {name} cannot be written to {self._folder}: {error}.") from error

    def reset(self, name: str) -> None:
        """Use the shipped one again."""
        if name in EDITABLE:
            (self._folder / name).unlink(missing_ok=True)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The prompt {path} cannot be read: {error}. Mend or delete the file.") from error
