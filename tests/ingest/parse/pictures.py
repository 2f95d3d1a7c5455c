"""Pictures of text that the tests draw. Knows fonts that dependencies or the system bring along."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import reportlab
from PIL import Image, ImageDraw, ImageFont

VERA = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
NOTO = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
needs_chinese_font = pytest.mark.skipif(not NOTO.exists(), reason=f"{NOTO} is missing: apt-get install fonts-noto-cjk")

Drawn = tuple[int, int, str]  # x and y of the top left in pixels, text


def picture(texts: Sequence[Drawn], *, size: tuple[int, int] = (900, 400), height: int = 32) -> Image.Image:
    """Black on white."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for x, y, text in texts:
        font = ImageFont.truetype(VERA if text.isascii() else NOTO, height)
        draw.text((x, y), text, fill="black", font=font)
    return image
