"""Take the reasoning of thinking models out of what they say. Knows <think> blocks; knows no model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

OPENING, CLOSING = "<think>", "</think>"


def without_thinking(pieces: Iterable[str], *, inside: bool = False) -> Iterator[str]:
    """The pieces with every <think>...</think> block left out, and the white space after it.

    `inside` says that the prompt already opened a block, as the templates of some models do. A tag may be spread over
    several pieces; text is held back only while it may turn out to be a tag. An unclosed block runs to the end.
    """
    held = ""
    fresh = True  # nothing was said yet since the start or the last block: white space here is the block's
    for piece in pieces:
        held += piece
        while held:
            tag = CLOSING if inside else OPENING
            before, found, after = held.partition(tag)
            keep = 0 if found else _partial_tag(held, tag)
            said = "" if inside else before[: len(before) - keep]
            said = said.lstrip() if fresh else said
            if said:
                fresh = False
                yield said
            if not found:
                held = held[len(held) - keep :]
                break
            held, inside, fresh = after, not inside, True
    if held and not inside:
        yield held


def _partial_tag(text: str, tag: str) -> int:
    """How many characters at the end of `text` may be the beginning of `tag`."""
    return next((n for n in range(len(tag) - 1, 0, -1) if text.endswith(tag[:n])), 0)
