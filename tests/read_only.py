"""A folder that may not be written, and commands of Docent that find it so, whoever runs the tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# To root no file is closed, unless it gives up the right to pass over permissions: PR_CAPBSET_DROP, CAP_DAC_OVERRIDE.
_AS_ANY_USER = """
import ctypes, os, sys
if os.geteuid() == 0:
    assert ctypes.CDLL(None).prctl(24, 1, 0, 0, 0) == 0
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing in `folder` can be written meanwhile."""
    places = [folder, *folder.rglob("*")]
    for place in places:
        place.chmod(0o555 if place.is_dir() else 0o444)
    try:
        yield
    finally:
        for place in places:
            place.chmod(0o755 if place.is_dir() else 0o644)


def docent(*arguments: object, module: str) -> subprocess.CompletedProcess[str]:
    """`python -m module arguments` of somebody who may write only what is open to them."""
    command = [sys.executable, "-c", _AS_ANY_USER, "-m", module, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)
