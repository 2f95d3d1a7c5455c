from __future__ import annotations

import pytest

from app.models.thinking import without_thinking
from app.models.transformers_model import until


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plain answer [1].", "plain answer [1]."),
        ("<think>secret</think>\n\nanswer", "answer"),
        ("<think>\n\n</think>\n\n三十天 [1]。", "三十天 [1]。"),
        ("a < b and <thin air> stay", "a < b and <thin air> stay"),
        ("before <think>x</think> after", "before after"),
        ("<think>never closed", ""),
        ("ends with <thi", "ends with <thi"),
        ("", ""),
    ],
)
def test_thinking_is_left_out_however_the_stream_is_cut(text: str, said: str, size: int) -> None:
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert "".join(without_thinking(pieces)) == said


def test_thinking_opened_by_the_prompt_is_left_out() -> None:
    assert "".join(without_thinking(["I wonder", "</th", "ink>\nanswer"], inside=True)) == "answer"


@pytest.mark.parametrize("size", [1, 2, 5, 50])
def test_text_ends_before_a_stop_however_the_stream_is_cut(size: int) -> None:
    text = "answer [1].\nQuestion: another"
    pieces = (text[at : at + size] for at in range(0, len(text), size))
    assert "".join(until(pieces, ["\nQuestion:"])) == "answer [1]."


def test_text_without_a_stop_is_whole() -> None:
    assert "".join(until(iter(["a\nQ", "ue", "st"]), ["\nQuestion:"])) == "a\nQuest"
