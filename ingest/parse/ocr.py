"""Recognise the lines of text in a picture, offline, in Chinese and English. Knows RapidOCR; knows no file format.

The models (PP-OCRv6) are in RapidOCR's wheel: nothing is fetched. A full A4 page takes 5 to 8 s of one core, most of
it for reading the lines, in proportion to their length; a page of a few lines takes one or two.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from ingest.parse.pdf_lines import turned
from ingest.types import Box

if TYPE_CHECKING:
    from PIL.Image import Image

LEAST_CONFIDENCE = 0.7  # lines read with less are mostly wrong, or texture taken for letters
WIDEST = 1600  # pixels: 10 pt text on A4 is 27 pixels high then, and wider pictures only take longer
_TALLEST = 2400  # pixels looked at in one go; taller pictures are cut between lines
_CUT_WITHIN = 0.25  # of a part, at its end: where the emptiest row of pixels is looked for
_FEWEST_CHARACTERS = 2  # a single one is a shape taken for a letter
_SLIMMEST = 6  # times as long as wide is what the engine is given at most
_SMALLEST = 32  # pixels of each side it is given at least
_THREADS = 2
_UPSIDE_DOWN = "180"


@dataclass(frozen=True, slots=True)
class OcrLine:
    """One line of recognised text."""

    text: str
    box: Box  # in fractions of the picture once it is upright
    confidence: float  # in [0, 1], mean over the characters


@dataclass(frozen=True, slots=True)
class Recognised:
    """The lines of one picture, in no particular order."""

    lines: tuple[OcrLine, ...]
    turn: int = 0  # quarter turns clockwise that set the picture upright

    @property
    def characters(self) -> int:
        return sum(len("".join(line.text.split())) for line in self.lines)


@dataclass
class Patience:
    """How long recognising may go on for one file; it begins with the first picture."""

    seconds: float
    _end: float | None = field(default=None, init=False)

    def is_over(self) -> bool:
        if self._end is None:
            self._end = time.monotonic() + self.seconds
        return time.monotonic() >= self._end


def recognise(image: Image) -> Recognised:
    """Read a picture (mode RGB or L), whichever way up it stands; a very tall one is taken to stand upright."""
    if image.height <= _TALLEST:
        return _read(image)
    lines = []
    for top, part in _parts(image):
        found = _read(part)
        for line in found.lines:
            box = turned(line.box, -found.turn)
            first, height = top / image.height, part.height / image.height
            box = Box(box.left, first + box.top * height, box.right, first + box.bottom * height)
            lines.append(OcrLine(line.text, box, line.confidence))
    return Recognised(tuple(lines))


def _parts(image: Image) -> Iterator[tuple[int, Image]]:
    """The picture from top to bottom in parts of bounded height, each with the pixel row on which it begins."""
    import numpy as np

    top = 0
    while image.height - top > _TALLEST:
        first = int(_TALLEST * (1 - _CUT_WITHIN))
        end = np.asarray(image.crop((0, top + first, image.width, top + _TALLEST)).convert("L"), dtype=np.float32)
        unevenness = end.std(axis=1)
        emptiest = np.flatnonzero(unevenness <= unevenness.min() + 1)
        height = first + int(emptiest[len(emptiest) // 2])
        yield top, image.crop((0, top, image.width, top + height))
        top += height
    yield top, image.crop((0, top, image.width, image.height))


def _read(image: Image) -> Recognised:
    from rapidocr.main import RapidOCRError

    engine = _engine()
    pixels = engine.load_img(_padded(image))
    operations: dict[str, Any] = {}
    try:
        crops, found = engine.detect_and_crop(pixels, operations)
    except RapidOCRError:  # its way to say that there is no text
        return Recognised(())
    turn, upside_down = _directions(found.boxes, crops)
    texts = _texts([crop[::-1, ::-1] if down else crop for crop, down in zip(crops, upside_down, strict=True)])
    corners = (found.boxes - [0, operations["padding_1"]["top"]]) / [image.width, image.height]
    lines = (
        OcrLine(text.strip(), turned(_bounds(line), turn), float(confidence))
        for line, (text, confidence) in zip(corners, texts, strict=True)
        if text.strip() and confidence >= LEAST_CONFIDENCE
    )
    found = Recognised(tuple(lines), turn)
    return found if found.characters >= _FEWEST_CHARACTERS else Recognised(())


def _texts(crops: Sequence[Any]) -> list[tuple[str, float]]:
    """Text and confidence of each picture of a line, read by several threads.

    They take lines of their own, since the threads onnxruntime would share one line among wait in busy loops: beside
    the embedding of other documents that takes half as much time again.
    """
    share = min(_THREADS, len(crops))
    texts: list[tuple[str, float]] = [("", 0.0)] * len(crops)
    with ThreadPoolExecutor(share) as threads:
        for first, found in enumerate(threads.map(_engine().recognize_txt, [crops[i::share] for i in range(share)])):
            texts[first::share] = zip(found.txts, found.scores, strict=True)
    return texts


def _padded(image: Image) -> Image:
    """The picture with room to its right or below, as RapidOCR enlarges pictures until their short side suits it."""
    from PIL import ImageOps

    shortest = max(_SMALLEST, max(image.size) // _SLIMMEST)
    missing = [max(0, shortest - side) for side in image.size]
    return ImageOps.expand(image, (0, 0, missing[0], missing[1]), fill="white") if any(missing) else image


def _directions(boxes: Any, crops: Sequence[Any]) -> tuple[int, list[bool]]:
    """Quarter turns clockwise that set most of the text upright, and which pictures of lines are upside down.

    Boxes are (n, 4, 2), the corners of line i in pixels from the top left clockwise; the picture of a line that stands
    on end has been turned a quarter to the left. Lines that run the same way share one direction, as the classifier
    takes one in twenty of them for the opposite.
    """
    import numpy as np

    labels = [label for label, _ in _engine().cls_and_rotate(list(crops))[1].cls_res]
    width = np.linalg.norm(boxes[:, 1] - boxes[:, 0], axis=1)
    height = np.linalg.norm(boxes[:, 3] - boxes[:, 0], axis=1)
    on_end = height >= 1.5 * width
    votes = np.maximum(width, height) * np.array([1 if label == _UPSIDE_DOWN else -1 for label in labels])
    lying_down, standing_down = bool(votes[~on_end].sum() > 0), bool(votes[on_end].sum() > 0)
    upside_down = [standing_down if end else lying_down for end in on_end]
    if height[on_end].sum() > width[~on_end].sum():
        return (1 if standing_down else 3), upside_down
    return (2 if lying_down else 0), upside_down


def _bounds(corners: Any) -> Box:
    (left, top), (right, bottom) = corners.min(axis=0).clip(0, 1), corners.max(axis=0).clip(0, 1)
    return Box(float(left), float(top), float(right), float(bottom))


@cache
def _engine() -> Any:
    """RapidOCR, loaded once per process, which takes two seconds."""
    import cv2
    from rapidocr import RapidOCR

    cv2.setNumThreads(1)
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Rec.rec_batch_num": 1,  # lines of a batch are padded to its longest: one by one takes 4/5 of the time
        }
    )
