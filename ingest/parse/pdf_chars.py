"""Ask pdfium for the characters of a PDF page and their places, all at once. Knows text pages; knows no lines' text.

The text comes in one call, and the boxes go straight into one array. An object in Python for each character took ten
times as long as pdfium takes to find what is on the page.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np

from ingest.parse.pdf_lines import HYPHEN_MARKS

if TYPE_CHECKING:
    import numpy.typing as npt

Flags: TypeAlias = "npt.NDArray[np.bool_]"
Points: TypeAlias = "npt.NDArray[np.float64]"

_Number = TypeVar("_Number", float, Points)

_LINE_ENDS = "\r\n\x0b\x0c\u2028"
_MARK = 0xFFFE  # what the text in one piece has for a hyphen at a line's end and for a character without a code


@dataclass(frozen=True, slots=True)
class Characters:
    """The characters of a page in reading order. Arrays hold a value for each, in points from the page's top left."""

    text: str
    left: Points
    top: Points
    right: Points
    bottom: Points
    visible: Flags  # it is no white space
    starts_line: Flags
    ends_line: Flags  # it is the end of a line, and part of none

    @property
    def height(self) -> Points:
        """With ascent and descent."""
        return self.bottom - self.top


class Frame:
    """Turns a page's own coordinates into those of the page as displayed, origin at the top left."""

    def __init__(self, page: Any) -> None:
        self._left, self._bottom, self._right, self._top = page.get_bbox()
        self._rotation = page.get_rotation()

    def place(
        self, left: _Number, top: _Number, right: _Number, bottom: _Number
    ) -> tuple[_Number, _Number, _Number, _Number]:
        """Left, top, right, bottom of a box, or of many, given with y upwards."""
        if self._rotation == 90:
            return bottom - self._bottom, left - self._left, top - self._bottom, right - self._left
        if self._rotation == 180:
            return self._right - right, bottom - self._bottom, self._right - left, top - self._bottom
        if self._rotation == 270:
            return self._top - top, self._right - right, self._top - bottom, self._right - left
        return left - self._left, self._top - top, right - self._left, self._top - bottom


def characters(text_page: Any, frame: Frame) -> Characters:
    """The characters of a page (a pypdfium2.PdfTextPage)."""
    import pypdfium2.raw as pdfium

    count = max(0, pdfium.FPDFText_CountChars(text_page.raw))
    text = _text(text_page.raw, count)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    box = frame.place(*_boxes(text_page.raw, count).T)
    visible = ~_among(codes, (char for char in set(text) if char.isspace()))
    ends = _among(codes, _LINE_ENDS)
    starts = visible & _moved(codes, visible, *box)
    starts[:1] = True
    starts[1:] |= ends[:-1]
    return Characters(text, *box, visible, starts & ~ends, ends)


def _text(text_page: Any, count: int) -> str:
    """A character for each that pdfium counts; half of one for each half of a pair of surrogates."""
    import pypdfium2.raw as pdfium

    units = np.zeros(2 * count + 1, np.uint16)
    written = pdfium.FPDFText_GetText(text_page, 0, count, units.ctypes.data_as(ctypes.POINTER(ctypes.c_ushort)))
    if written != count + 1:  # with the final zero: what has no code is not counted alike
        return "".join(chr(pdfium.FPDFText_GetUnicode(text_page, i)) for i in range(count))
    codes = units[:count].astype(np.uint32)
    for i in np.flatnonzero(codes == _MARK):
        codes[i] = pdfium.FPDFText_GetUnicode(text_page, int(i))
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


def _boxes(text_page: Any, count: int) -> Points:
    """Left, top, right, bottom of each character, in the page's own coordinates."""
    boxes = np.zeros((count, 4), np.float32)
    handle = ctypes.cast(text_page, ctypes.c_void_p).value
    first, step = boxes.ctypes.data, 4 * boxes.itemsize
    deque(map(_box_of(), repeat(handle), range(count), range(first, first + count * step, step)), maxlen=0)
    return boxes.astype(np.float64)


@cache
def _box_of() -> Callable[..., int]:
    """FPDFText_GetLooseCharBox for bare addresses, which takes half the time: no object is made, no lock passed on."""
    import pypdfium2.raw as pdfium

    prototype = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
    return prototype(ctypes.cast(pdfium.FPDFText_GetLooseCharBox, ctypes.c_void_p).value or 0)


def _among(codes: npt.NDArray[np.uint32], wanted: Iterable[str]) -> Flags:
    return np.isin(codes, [ord(char) for char in wanted])


def _moved(
    codes: npt.NDArray[np.uint32], visible: Flags, left: Points, top: Points, right: Points, bottom: Points
) -> Flags:
    """Which stand on another line than the one before: pdfium runs a word that is hyphenated there into the next."""
    went_back = (top[1:] > bottom[:-1]) & (right[1:] < left[:-1])
    next_column = (bottom[1:] < top[:-1]) & (left[1:] > right[:-1] + bottom[:-1] - top[:-1])
    moved = np.zeros(len(codes), np.bool_)
    moved[1:] = _among(codes, HYPHEN_MARKS)[:-1] | (visible[:-1] & (went_back | next_column))
    return moved
