"""Simplified and Traditional Chinese become one."""

from __future__ import annotations

from ingest.chinese import to_simplified


def test_traditional_characters_become_simplified_and_nothing_else_changes() -> None:
    assert "員工請假須提前申請 annual leave 休假".translate(to_simplified()) == "员工请假须提前申请 annual leave 休假"


def test_a_simplified_character_stays_one() -> None:
    table = to_simplified()
    assert len(table) > 1_000
    assert not {ord(first) for first in table.values()} & table.keys()
