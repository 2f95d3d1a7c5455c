"""The sample handbook: what a first visitor can ask about. Knows its files and a few good questions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.types import Language

FOLDER = Path(__file__).parent.parent / "data" / "samples"
SUGGESTIONS: Mapping[Language, tuple[str, ...]] = {
    Language.CHINESE: (
        "我在书店干满一年了，能休几天年假？",
        "网上买的书，收到以后几天内可以无理由退？",
        "租望舟厅一个小时多少钱？",
        "生病来不了上班，应该怎么请假？",
    ),
    Language.ENGLISH: (
        "How long is a gift card valid?",
        "Can I bring my dog into the shop?",
        "I lost my key card. Whom do I tell, and how soon?",
        "When do unsold cakes become cheaper?",
    ),
}


def sample_files() -> list[Path]:
    """The handbook's files, by name; empty where Docent is installed without them."""
    return sorted(path for path in FOLDER.glob("*") if path.is_file() and not path.name.startswith("."))
