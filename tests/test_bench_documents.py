"""The ingest benchmarks count what they say: on files small enough to count by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.types import Language
from bench.documents import main, measure, true_text
from bench.documents_report import Measured, Outcome, as_json, grouped, report, wording
from bench.ingest_speed import in_turn, measure_many
from bench.sample_files import write_files
from bench.stand_in import StandInEncoder
from bench.watch_processes import ProcessWatch, TimedParse, temporary_files_in, turns
from bench.word_match import Match, match, together
from ingest.errors import BrokenDocument
from ingest.parse import parse
from ingest.settings import IngestSettings
from ingest.types import DocumentState

OUTCOME = Outcome("a.txt", "ready", None, 10, 1, 0.5, None)
MEASURED = Measured([OUTCOME], 1.0, {"together": 1_000_000}, "a.txt", [], [], [])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files that can be read, one with a true text of twice its words, and two that cannot."""
    folder = tmp_path / "files"
    (folder / "sources").mkdir(parents=True)
    (folder / "groundtruth").mkdir()
    (folder / "sources" / "notes.txt").write_text("Parcels leave on Monday.\n\n礼品卡。", encoding="utf-8")
    (folder / "groundtruth" / "notes.txt.md").write_text(
        "# Parcels leave on Monday.\n\n礼品卡。<!-- image -->\n\n[They](http://a.b/c) come back late, 两年内",
        encoding="utf-8",
    )
    (folder / "empty.txt").write_bytes(b"")
    (folder / "song.mp9").write_bytes(b"la")
    return folder


# --- a folder of files ------------------------------------------------------------------------------------------------


def test_every_file_of_a_folder_gets_a_state_a_reason_and_its_share_of_the_true_words(
    folder: Path, tmp_path: Path
) -> None:
    measured = measure(folder, _empty(tmp_path / "work"), StandInEncoder(), IngestSettings())
    by_name = {outcome.name: outcome for outcome in measured.outcomes}
    assert {name: outcome.state for name, outcome in by_name.items()} == {
        "empty.txt": "failed",
        "groundtruth/notes.txt.md": "ready",
        "song.mp9": "unsupported",
        "sources/notes.txt": "ready",
    }
    assert by_name["sources/notes.txt"].match == Match(true=14, read=7, shared=7)
    assert by_name["groundtruth/notes.txt.md"].match is None
    assert (measured.unfinished, measured.left_files, measured.left_processes, measured.index_faults) == (
        [],
        [],
        [],
        [],
    )
    assert measured.memory["together"] > measured.memory["below it"] > 10_000_000
    assert 0 < by_name["sources/notes.txt"].seconds < measured.seconds


def test_the_command_prints_tables_and_writes_a_line_for_each_file_that_is_not_searchable(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(folder), "--no-embedding", "--report", str(tmp_path / "report.json")]) == 0
    printed = capsys.readouterr().out
    assert "| .txt | 2 | 1 | 1 | 0 | 0 |" in printed
    assert "- 1 (1 .mp9), such as 'song.mp9': Files of type .X are not supported." in printed
    assert "| .txt | 1 | 14 | 0.500 | 1.000 | 0.500 sources/notes.txt |" in printed
    lines = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["not_searchable"]
    assert [line.split(" | ")[:2] for line in lines] == [["failed", "empty.txt"], ["unsupported", "song.mp9"]]


def test_a_true_text_is_known_by_the_whole_name_or_by_the_stem_of_a_source(tmp_path: Path) -> None:
    sources, truth = _empty(tmp_path / "sources"), _empty(tmp_path / "groundtruth")
    for name in ("a.docx.md", "b.md"):
        (truth / name).touch()
    assert true_text(sources / "a.docx") == truth / "a.docx.md"
    assert true_text(sources / "b.pdf") == truth / "b.md"
    assert true_text(sources / "a.pdf") is None
    assert true_text(tmp_path / "b.pdf") is None


# --- the report -------------------------------------------------------------------------------------------------------


def test_reasons_that_differ_in_names_and_numbers_are_one_group() -> None:
    reasons = [
        "It has 1,200 pages; the limit is 99. Split 'a b.pdf'.",
        "It has 7 pages; the limit is 99. Split 'c.pdf'.",
        "It is empty.",
    ]
    outcomes = [replace(OUTCOME, state="failed", reason=reason) for reason in reasons]
    groups = grouped(outcomes, DocumentState.FAILED)
    assert [(text, len(found)) for text, found in groups] == [
        ("It has N pages; the limit is N. Split '...'.", 2),
        ("It is empty.", 1),
    ]
    assert wording("Files of type .mp9 are 0xff (UTF-16).") == "Files of type .X are N (UTF-N)."


def test_a_file_without_a_final_state_is_told(tmp_path: Path) -> None:
    measured = replace(MEASURED, outcomes=[OUTCOME, replace(OUTCOME, name="b.txt", state="parsing")])
    assert measured.unfinished == as_json(measured)["without_a_final_state"] == ["b.txt"]
    assert "without a final state: b.txt" in report(measured)
    assert "without a final state: none" in report(MEASURED)


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("true", "read", "counts"),
    [
        ("Two two three", "two THREE three four", Match(3, 4, 2)),
        ("礼品卡两年", "礼品 卡", Match(5, 3, 3)),
        (r"a\_b &amp; ![c](d.png) [e](http://f.g/h_(i))", "a b e", Match(3, 3, 3)),
        ("ＡＢ１", "ab1", Match(1, 1, 1)),
        ("", "", Match(0, 0, 0)),
    ],
)
def test_words_are_counted_as_often_as_they_occur_and_markup_is_not(true: str, read: str, counts: Match) -> None:
    assert match(true, read) == counts


def test_shares_of_several_texts_weigh_by_their_words() -> None:
    total = together([Match(10, 5, 5), Match(30, 15, 5)])
    assert (total.recall, total.precision) == (0.25, 0.5)
    assert (Match(0, 0, 0).recall, Match(0, 0, 0).precision) == (1.0, 1.0)


# --- processes --------------------------------------------------------------------------------------------------------


def test_memory_and_survivors_of_processes_below_are_seen() -> None:
    code = "block = b'x' * 80_000_000; print('up', flush=True); import time; time.sleep(60)"
    with ProcessWatch() as watch, subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            _wait_until(lambda: watch.below.bytes > 80_000_000)
            assert any("block = " in line for line in watch.still_running())
        finally:
            process.kill()
            process.wait()
    assert watch.still_running() == []
    assert watch.together.bytes > watch.below.bytes


def test_temporary_files_go_where_they_are_counted_and_afterwards_where_they_went(tmp_path: Path) -> None:
    before = (tempfile.gettempdir(), os.environ.get("TMPDIR"))
    with temporary_files_in(tmp_path / "aside"):
        Path(tempfile.mkdtemp(), "left").touch()
        assert os.environ["TMPDIR"] == str(tmp_path / "aside")
    assert len(list((tmp_path / "aside").iterdir())) == 1
    assert (tempfile.gettempdir(), os.environ.get("TMPDIR")) == before


def test_what_a_process_from_before_starts_is_not_of_the_work() -> None:
    start_another = "subprocess.Popen([sys.executable, '-c', 'input()'], stdin=0); print(flush=True)"
    code = f"import subprocess, sys; input(); {start_another}; input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as before:
        with ProcessWatch() as watch:
            assert before.stdin is not None
            assert before.stdout is not None
            before.stdin.write(b"\n")
            before.stdin.flush()
            before.stdout.readline()
            time.sleep(0.5)
        assert watch.still_running() == []
        before.stdin.close()


def test_a_file_that_ends_the_parsing_process_is_timed_until_the_next_one_begins(tmp_path: Path) -> None:
    log, good = tmp_path / "log", tmp_path / "good.txt"
    good.write_text("Parcels leave on Monday.", encoding="utf-8")
    log.write_text(json.dumps([str(tmp_path / "deadly.pdf"), "began", time.time() - 5]) + "\n", encoding="utf-8")
    timed = TimedParse(log)
    assert timed(good, max_pages=9, ocr=False) == parse(good, max_pages=9, ocr=False)
    (tmp_path / "bad.txt").touch()
    with pytest.raises(BrokenDocument, match="empty"):
        timed(tmp_path / "bad.txt", max_pages=9, ocr=False)
    found = turns(log)
    assert [turn.path.name for turn in found] == ["deadly.pdf", "good.txt", "bad.txt"]
    assert found[0].ended - found[0].began == pytest.approx(5, abs=2)
    assert turns(tmp_path / "absent") == []


# --- speed ------------------------------------------------------------------------------------------------------------


def test_files_to_measure_with_are_the_same_text_in_every_format(tmp_path: Path) -> None:
    for language, heading in ((Language.ENGLISH, "Section 6"), (Language.CHINESE, "第6章 规定")):
        paths = write_files(tmp_path / language, language, of_each=1)
        texts = [parse(path, max_pages=9, ocr=False).text for path in paths]
        assert [path.suffix for path in paths] == [".md", ".docx", ".html", ".txt"]
        assert all(heading in text and len(text) > 3_000 for text in texts)


def test_two_ways_take_turns_and_swap_who_begins() -> None:
    order: list[str] = []
    ours, theirs = in_turn(lambda: order.append("a"), lambda: order.append("b"), 3)
    assert "".join(order) == "abbaab"
    assert 0 <= ours < 1 > theirs >= 0


def test_many_files_are_brought_in_and_one_change_is_noticed(tmp_path: Path) -> None:
    figures = {figure.what: figure for figure in measure_many(12, tmp_path / "data", 1)}
    assert figures["sync with one of 12 files changed"].value > figures["sync of 12 unchanged files"].value > 0
    assert figures["memory of this process after 12 documents"].value > 50


def test_a_stand_in_vector_is_the_same_each_time_and_of_length_one() -> None:
    encoder = StandInEncoder()
    first, second = encoder.encode_passages(["礼品卡", "card"]), encoder.encode_queries(["礼品卡"])
    assert first[0] @ second[0] == pytest.approx(1, abs=1e-5)
    assert abs(first[0] @ first[1]) < 0.3


def _empty(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until, "it never held"
        time.sleep(0.05)
