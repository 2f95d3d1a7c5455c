"""The two scripts of Chinese, made one for whatever compares words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_TABLE = "simplified.txt"  # a Simplified character a line, and behind it the Traditional ones that it stands for


@cache
def to_simplified() -> Mapping[int, str]:
    """A table for `str.translate` that makes Traditional characters Simplified."""
    lines = (files("ingest") / "built_in" / _TABLE).read_text(encoding="utf-8").splitlines()
    rows = (line.split() for line in lines)
    return {ord(variant): first for first, *variants in rows for variant in variants}
