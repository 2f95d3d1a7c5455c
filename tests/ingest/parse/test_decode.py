from __future__ import annotations

import pytest

from ingest.errors import BrokenDocument
from ingest.parse.decode import decode

CHINESE = "本店每天上午九点开门，晚上九点关门。退货请在十四天以内带上小票。"
TRADITIONAL = "本店每天上午九點開門，晚上九點關門。退貨請在十四天以內帶上發票。"
JAPANESE = "当店は毎日午前九時に開店し、午後九時に閉店します。返品は十四日以内にお願いします。"
KOREAN = "저희 가게는 매일 오전 아홉 시에 문을 열고 오후 아홉 시에 닫습니다."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((CHINESE, encoding) for encoding in ("gbk", "gb18030", "utf-16-le", "utf-16-be", "utf-32")),
        *((TRADITIONAL, encoding) for encoding in ("big5", "gbk", "utf-16-le")),
        *((JAPANESE, encoding) for encoding in ("shift_jis", "euc_jp", "iso2022_jp", "utf-16-be")),
        *((KOREAN, encoding) for encoding in ("euc_kr", "cp949", "utf-16-le")),
        ("カタカナだけのテキスト", "euc_jp"),
        ("Order 5: 退货请在十四天以内。 See you soon.", "utf-16-le"),
    ],
)
def test_east_asian_encodings_are_told_apart(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_bad_byte_costs_its_line_at_most_and_garbles_no_other(encoding: str) -> None:
    data = f"{CHINESE}\n".encode(encoding) * 100
    lines = decode(data[:300] + b"\xff" + data[301:]).splitlines()
    assert lines.count(CHINESE) == 99
    assert "\ufffd" in "".join(lines)


def test_one_long_line_with_a_bad_byte_in_a_two_byte_encoding_is_refused() -> None:
    data = CHINESE.encode("gbk") * 20
    with pytest.raises(BrokenDocument, match="Save it as UTF-8"):
        decode(data[:300] + b"\xff" + data[301:])


def test_utf8_that_was_saved_as_latin_is_read_as_what_it_was() -> None:
    assert decode(CHINESE.encode().decode("latin-1").encode()) == CHINESE


@pytest.mark.parametrize("garbled", ["锟斤拷" * 20, CHINESE.encode("gbk").decode("latin-1"), "\ufffd" * 20 + CHINESE])
def test_garbled_text_is_refused(garbled: str) -> None:
    with pytest.raises(BrokenDocument, match="add it again"):
        decode(garbled.encode())


@pytest.mark.parametrize("text", ["naïve café, señor Muñoz, Größe, ångström, œuvre", "Ünïcödé ÄÖÜäöüß " * 9])
def test_western_letters_in_utf8_are_never_taken_for_garbled(text: str) -> None:
    assert decode(text.encode()) == text
