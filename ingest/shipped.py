"""Find files that ship with Docent or come in a package, if they are the very files that were released or measured."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from ingest.errors import ModelUnavailable


def read_shipped(package: str, names: Sequence[str], sha256: str) -> list[bytes]:
    """Contents of `names` in the package's folder built_in; `sha256` is that of all of them, one behind the other.

    Raises ModelUnavailable where a file is missing or they are other ones.
    """
    folder = files(package) / "built_in"
    try:
        contents = [(folder / name).read_bytes() for name in names]
    except FileNotFoundError as error:
        raise ModelUnavailable(
            f"A file that ships with Docent is missing: {error.filename}. Reinstall Docent."
        ) from error
    found = hashlib.sha256(b"".join(contents)).hexdigest()
    if found != sha256:
        raise ModelUnavailable(
            f"{' and '.join(names)} in {package} have SHA-256 {found}; {sha256} was expected. Reinstall Docent."
        )
    return contents


def carried(package: str, name: str, sha256: str) -> Path:
    """The file `name` in the folder of a package, which is named as pip names it; nothing of the package runs.

    Raises ModelUnavailable where the package is not installed or the file is another one.
    """
    spec = importlib.util.find_spec(package.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnavailable(f"The package {package} is not installed. Run `make run`, which installs it.")
    path = Path(spec.submodule_search_locations[0]) / name
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnavailable(
            f"The package {package} lacks {name}: {error}. Reinstall with `make clean run`."
        ) from error
    if found != sha256:
        raise ModelUnavailable(
            f"{name} in the package {package} has SHA-256 {found}; {sha256} was expected. "
            f"Reinstall with `make clean run`."
        )
    return path
