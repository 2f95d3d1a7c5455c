"""Read files that ship with Docent, if they are the very files that were released."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.resources import files

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
