"""Run a program that is not ours on one file. Knows processes and their ends; knows no file format."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from ingest.errors import BrokenDocument, UnsupportedDocument


@dataclass(frozen=True, slots=True)
class Program:
    """A program that some formats need beside the Python packages."""

    name: str
    package: str  # what Debian and Ubuntu call the package that holds it
    commands: tuple[str, ...]  # names on PATH or whole paths, the preferred one first
    package_file: tuple[str, str] | None = None  # a Python package that may carry it, and where in that

    def find(self) -> str | None:
        """Its path; None where it is not installed."""
        if self.package_file is not None:
            package = find_spec(self.package_file[0])
            carried = Path(package.origin).parent / self.package_file[1] if package and package.origin else None
            if carried is not None and carried.exists():
                return str(carried)
        return next((found for command in self.commands if (found := shutil.which(command))), None)

    def require(self, suffix: str) -> str:
        """Its path; raises UnsupportedDocument where it is not installed."""
        found = self.find()
        if found is None:
            raise UnsupportedDocument(
                f"Files of type {suffix} are read through {self.name}, which is not installed here. Install it (Debian "
                f"and Ubuntu: apt install {self.package}) and add the file again, or convert it to a newer format."
            )
        return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a program left behind."""

    exit_code: int
    output: bytes
    complaint: str  # the last line on stderr


@contextmanager
def work_folder(purpose: str) -> Iterator[Path]:
    """A temporary folder that is gone afterwards, also where the time limit ends this process inside."""
    with _unwound_by_termination(), TemporaryDirectory(prefix=f"docent-{purpose}-") as name:
        yield Path(name)


def run(command: Sequence[str], *, folder: Path, seconds: int, data: bytes = b"") -> Outcome:
    """Run a program with `data` as its input; its home and its temporary files are in `folder`.

    It and whatever it started is ended with this function. Raises BrokenDocument where it takes longer than `seconds`.
    """
    environment = {"PATH": os.defpath, "HOME": str(folder), "TMPDIR": str(folder), "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(  # noqa: S603 - the programs are named by our own code, the paths are ours
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # a group of its own, which can be ended as a whole
    )
    try:
        output, errors = process.communicate(data, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise BrokenDocument(
            f"{Path(command[0]).name} took longer than {seconds} s to read the file. Split it, or save it in a newer "
            "format and add that."
        ) from error
    finally:
        _end(process)
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return Outcome(process.returncode, output, lines[-1][:200] if lines else "")


def _end(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # all of the group have ended by themselves
    else:
        process.kill()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    process.wait()


class _Terminated(BaseException):
    """SIGTERM as an exception; no `except Exception` on the way stops it."""


@contextmanager
def _unwound_by_termination() -> Iterator[None]:
    """Leave the code inside through its `finally` clauses when SIGTERM comes, then let the signal do its work."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are handled in the main thread alone, and a parsing process works in its
        return

    def unwind(number: int, frame: FrameType | None) -> None:
        raise _Terminated

    before = signal.signal(signal.SIGTERM, unwind)
    try:
        yield
    except _Terminated:
        signal.signal(signal.SIGTERM, before)
        os.kill(os.getpid(), signal.SIGTERM)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
