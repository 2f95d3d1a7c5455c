"""Questions to a collection that may not be written."""

from __future__ import annotations

from pathlib import Path

from tests.read_only import docent, read_only

QUESTION = "How long is a gift card valid?"


def test_question_is_searched_and_answered_on_a_disk_that_cannot_be_written(handbook: Path) -> None:
    with read_only(handbook):
        found = docent("search", QUESTION, "--data-dir", handbook, module="app.main")
        answer = docent("ask", QUESTION, "--data-dir", handbook, module="app.main")
        looked_over = docent("doctor", "--data-dir", handbook, module="app.main")
    assert (found.returncode, found.stderr) == (0, "")
    assert "Three years" in found.stdout
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith("Three years")
    assert (looked_over.returncode, looked_over.stderr) == (0, "")
    assert "which can be read and not written" in looked_over.stdout


def test_check_that_repairs_nothing_writes_nothing(handbook: Path) -> None:
    with read_only(handbook):
        done = docent("verify", "--data-dir", handbook, module="app.main")
    assert (done.returncode, done.stderr) == (0, "Catalog, keyword index, vectors and files agree.\n")
