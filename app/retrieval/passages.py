"""Make what was found readable: say it once, in whole pieces, and from more than one angle. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.types import Passage, Scores
from ingest.types import FloatVector, StoredChunk

MOST_CHARACTERS = 2_400  # of a passage that has grown; some 500 tokens, which is what the reader reads at once
_SHORTEST_REPEAT = 20  # characters; less, such as a label, may stand in many places and mean another thing in each

Scored = tuple[Passage, Scores]
Text = Callable[[str], str]  # a document's name -> its stored text
Chunks = Callable[[str], Sequence[StoredChunk]]  # a document's name -> its chunks, in the order of the text


def distinct(chunks: Sequence[StoredChunk]) -> list[StoredChunk]:
    """The chunks that say what no other says, in their order.

    Of chunks with the same letters the one with the lowest id stays, and of one within another the longer one. A
    document that was uploaded twice would else compete with itself, and take the place of what differs.
    """
    letters = {c.id: "".join(c.chunk.text.split()).casefold() for c in chunks}
    kept: dict[int, str] = {}
    for id_ in sorted(letters, key=lambda i: (-len(letters[i]), i)):
        if not any(_repeats(letters[id_], other) for other in kept.values()):
            kept[id_] = letters[id_]
    return [chunk for chunk in chunks if chunk.id in kept]


def _repeats(text: str, longer: str) -> bool:
    return text == longer or (len(text) >= _SHORTEST_REPEAT and text in longer)


def diverse(scores: Sequence[float], vectors: Sequence[FloatVector], diversity: float) -> list[int]:
    """Places in the order of maximal marginal relevance (Carbonell and Goldstein, 1998): likely, and not said before.

    `diversity` in [0, 1] weighs the cosine similarity to what stands before against the score; `vectors` are of unit
    length, in the order of `scores`. What scores highest comes first.
    """
    left, order = list(range(len(scores))), []
    nearest = [0.0] * len(scores)
    while left:
        best = max(left, key=lambda i: (1 - diversity) * scores[i] - diversity * nearest[i])
        left.remove(best)
        order.append(best)
        for i in left:
            nearest[i] = max(nearest[i], float(vectors[i] @ vectors[best]))
    return order


def best_of_both(found: Sequence[Scored], others: Sequence[Scored]) -> list[Scored]:
    """What either search found, best first, each passage once and with its better score."""
    best: dict[tuple[str, int], Scored] = {}
    for item in (*found, *others):
        place = item[0].document, item[0].start
        if place not in best or item[0].score > best[place][0].score:
            best[place] = item
    return sorted(best.values(), key=lambda item: -item[0].score)


def whole_sections(found: Sequence[Scored], chunks: Chunks, text: Text) -> list[Scored]:
    """Each passage with its neighbours of the same section, as far as MOST_CHARACTERS allow, and then `merged`."""
    return merged([(_grown(passage, chunks, text), scores) for passage, scores in found], text)


def _grown(passage: Passage, chunks: Chunks, text: Text) -> Passage:
    """One neighbour after the other, from either side in turn, until the section or the room ends."""
    inside = [c.chunk for c in chunks(passage.document) if heading_of(c) == passage.heading]
    first = last = next((i for i, chunk in enumerate(inside) if chunk.start == passage.start), None)
    if first is None or last is None:
        return passage
    grown = True
    while grown:
        grown = False
        for before, after in ((0, 1), (1, 0)):
            if first - before < 0 or last + after == len(inside):
                continue
            if inside[last + after].end - inside[first - before].start <= MOST_CHARACTERS:
                first, last, grown = first - before, last + after, True
    start, end, page = inside[first].start, inside[last].end, inside[first].page
    return replace(passage, start=start, end=end, page=page, text=text(passage.document)[start:end])


def heading_of(stored: StoredChunk) -> str | None:
    """The heading path of a chunk as a passage has it."""
    return " > ".join(stored.chunk.heading_path) or None


def merged(found: Sequence[Scored], text: Text) -> list[Scored]:
    """Passages of one section that touch or overlap made one, in the place and with the scores of the best of them."""
    result: list[Scored] = []
    for passage, scores in found:
        for at, (other, best) in enumerate(result):
            if (joined := _joined(other, passage, text)) is not None:
                result[at] = (joined, best)
                break
        else:
            result.append((passage, scores))
    return result


def _joined(one: Passage, other: Passage, text: Text) -> Passage | None:
    first, second = sorted((one, other), key=lambda p: p.start)
    if (first.document, first.heading) != (second.document, second.heading):
        return None
    end = max(first.end, second.end)
    stored = text(first.document)
    if end - first.start > MOST_CHARACTERS or stored[first.end : second.start].strip():
        return None
    return replace(one, start=first.start, end=end, page=first.page, text=stored[first.start : end])
