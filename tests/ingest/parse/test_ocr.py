from __future__ import annotations

import subprocess
import sys

import pytest

from ingest.parse.ocr import OcrLine, Patience, Recognised, recognise
from ingest.parse.ocr_lines import even_sizes, page_lines
from ingest.parse.pdf_lines import turned
from ingest.types import Box
from tests.ingest.parse.pictures import picture


def _line(text: str, left: float, top: float, right: float, height: float = 0.02) -> OcrLine:
    return OcrLine(text, Box(left, top, right, top + height), 0.9)


@pytest.mark.parametrize("quarters", range(4))
def test_text_is_read_whichever_way_up_the_picture_stands(quarters: int) -> None:
    image = picture([(40, 40, "Keep this side up")], size=(500, 120))
    found = recognise(image.rotate(90 * quarters, expand=True))
    words = " ".join(line.text for line in sorted(found.lines, key=lambda line: line.box.left))
    assert (words, found.turn) == ("Keep this side up", quarters)
    assert found.lines[0].confidence > 0.8


def test_turning_a_box_back_gives_the_box() -> None:
    box = Box(0.1, 0.2, 0.3, 0.9)
    assert turned(box, 1) == Box(pytest.approx(0.1), 0.1, 0.8, 0.3)
    back = turned(turned(box, 3), -3)
    assert (back.left, back.top, back.right, back.bottom) == pytest.approx((0.1, 0.2, 0.3, 0.9))


def test_a_heading_over_two_columns_comes_before_both() -> None:
    lines = [_line("heading", 0.1, 0.1, 0.9)]
    lines += [_line(f"left {i}", 0.1, 0.2 + 0.03 * i, 0.45) for i in range(4)]
    lines += [_line(f"right {i}", 0.55, 0.2 + 0.03 * i, 0.9) for i in range(4)]
    page = page_lines(Recognised(tuple(reversed(lines))), 1, 600, 800)
    assert [line.text for line in page.lines] == [line.text for line in lines]


def test_heights_that_differ_by_their_letters_become_one_size_and_a_heading_keeps_its_own() -> None:
    heights = [0.05, 0.02, 0.022, 0.019, 0.021, 0.018]
    lines = [_line("words " * 5, 0.1, 0.1 + 0.1 * i, 0.9, height) for i, height in enumerate(heights)]
    (page,) = even_sizes([page_lines(Recognised(tuple(lines)), 1, 600, 800)])
    assert len({line.size for line in page.lines[1:]}) == 1
    assert page.lines[0].size > 2 * page.lines[1].size


def test_patience_begins_with_the_first_picture() -> None:
    assert not Patience(seconds=60).is_over()
    assert Patience(seconds=0).is_over()


def test_the_engine_works_within_the_limits_of_the_parsing_process_and_says_nothing() -> None:
    program = (
        "from ingest.confined import confine; confine(4_000_000_000)\n"
        "from ingest.parse.ocr import recognise\n"
        "from tests.ingest.parse.pictures import picture\n"
        "print(recognise(picture([(40, 40, 'Within limits')], size=(400, 120))).lines[0].text)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("Within limits\n", "")
