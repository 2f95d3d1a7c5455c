"""The sample handbook: what a first visitor can ask about. Knows its files and a few good questions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.types import Language

FOLDER = Path(__file__).parent.parent / "data" / "samples"
SUGGESTIONS: Mapping[Language, tuple[str, ...]] = {
    Language.CHINESE: (
        "我在书店干满一年了，能休几天年假？",
        "作者签名的书能退吗？",
        "租望舟厅一个小时多少钱？",
        "旧书拿到店里能换多少积分？",
    ),
    Language.ENGLISH: (
        "How long is a gift card valid?",
        "Can I bring my dog into the shop?",
        "I lost my key card. Whom do I tell, and how soon?",
        "What is the price of a latte?",
    ),
}


def sample_files() -> list[Path]:
    """The handbook's files, by name; empty where Docent is installed without them."""
    return sorted(path for path in FOLDER.glob("*") if path.is_file() and not path.name.startswith("."))
