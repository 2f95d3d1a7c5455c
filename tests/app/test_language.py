from __future__ import annotations

import pytest

from app.language import detect_language, estimate_tokens
from app.types import Language


@pytest.mark.parametrize(
    "text",
    [
        "七天无理由退货怎么申请？",
        "iPhone 15 Pro Max 的退货政策是什么",
        "请用 Python pandas read_csv 举例",
        "VIP 会员有什么好处？",
        "运费 express shipping",
    ],
)
def test_chinese_question_is_chinese_even_with_foreign_names(text: str) -> None:
    assert detect_language(text) is Language.CHINESE


@pytest.mark.parametrize(
    "text",
    [
        "How do I return an order?",
        "What does 七天无理由退货 mean?",
        "refund policy for 支付宝 payments to my account",
        "",
        "42?",
    ],
)
def test_english_question_is_english_even_with_a_chinese_term(text: str) -> None:
    assert detect_language(text) is Language.ENGLISH


def test_estimate_counts_every_chinese_character_as_more_than_a_token() -> None:
    assert estimate_tokens("退货" * 50) >= 100
    assert estimate_tokens("a" * 300) >= 100
