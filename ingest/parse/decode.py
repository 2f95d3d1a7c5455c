"""Bytes to text. Knows byte order marks and how text in East Asian and Western encodings reads; refuses gibberish."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from ingest.errors import BrokenDocument

_BYTE_ORDER_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The characters that half of all running text consists of. In a wrong encoding a text consists of rare ones instead.
_CHINESE = frozenset(
    "的一是不了在人有我他这中大来上个国和也子时道说出而要于就下得可你年生自之会那后能对着事其里所去行过家十用发天如然作方成"
    "者多日都三小军二无同主经公此已工使情明性知全两想与新们如果及由被将等从到为以并或请這個國來們時說為對會後過發經無兩與開關"
    "点进法地产品服务员客户价格店请号元天月第本该每按不得应当需并且以及可以商货退换门电话日期"
)
_JAPANESE = _CHINESE | frozenset(
    [chr(kana) for kana in range(0x3041, 0x30FB)]
    + list("会社部長場合東京都内外前後午今回間見食金円名分店品返客様月火水木土週入書語学校電話車業動体物目手高定用込")
)
_KOREAN = frozenset(
    "이가는을를의에다고하은지로도한사기어그리인아자대해시서있나전정수들게일장제주만원여부상보면과구스라으니했것습합까요와년월"
    "내저문열매세품안분입우용할금회오후"
)
_EAST_ASIAN = (
    ("gb18030", _CHINESE),
    ("big5", _CHINESE),
    ("big5hkscs", _CHINESE),
    ("cp932", _JAPANESE),
    ("euc_jp", _JAPANESE),
    ("cp949", _KOREAN),
    ("utf-16-le", _JAPANESE | _KOREAN),
    ("utf-16-be", _JAPANESE | _KOREAN),
)
_PUNCTUATION = frozenset("　、。，．；：？！「」『』（）《》【】“”‘’…—～・ー·￥")  # the same in several encodings
_SHIFTED = re.compile(r"iso-?2022|hz|utf-?7", re.IGNORECASE)  # 7-bit encodings: their bytes pass for UTF-8
_SHIFT_TO_JAPANESE = (b"\x1b$B", b"\x1b$@")
_WIDENED = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "latin-1": "cp1252", "us-ascii": None}
_WIDENED |= {"shift_jis": "cp932", "shift-jis": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949"}

_SAMPLE_BYTES = 200_000  # enough to tell encodings apart; detection on more only costs time
_LEAST_COMMON_SHARE = 0.12  # of the wide characters; right decodings of short texts measured 0.2 to 0.9, wrong to 0.05
_MOST_ODD_SHARE = 0.02  # of all characters: control and replacement characters
_MOST_BAD_SHARE = 0.01  # of the wide characters: bytes that a broken copy or a cut line left behind
_GARBLED_CHARS = 4  # wide characters below which garbling cannot be told from chance
_MOST_IN_RUNS = 0.8  # of the wide characters
_WESTERN_RUN = re.compile("[\x80-\xff]{2,}")
_REPLACED_TWICE = "锟斤拷"  # what U+FFFD in UTF-8 reads as in GBK


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of `data`, by its byte order mark, as UTF-8, by the declared or a detected encoding, in this order.

    Raises BrokenDocument where no encoding gives readable text.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _readable(_try(data, encoding))
    for candidate in (*_shifted(data, declared), "utf-8", _widened(declared)):
        text = _try(data, candidate)
        if text is not None and not _is_odd(text):
            return _readable(text)
    text = _mended(data) or _unmarked_utf16(data) or _east_asian(data) or _detected(data)
    return _readable(text)


def _try(data: bytes, encoding: str | None) -> str | None:
    if encoding is None:
        return None
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _shifted(data: bytes, declared: str | None) -> Iterator[str]:
    """7-bit encodings of mail, as declared or as their escapes say."""
    if declared and _SHIFTED.match(declared):
        yield declared
    if any(escape in data for escape in _SHIFT_TO_JAPANESE):
        yield "iso2022_jp_ext"


def _widened(declared: str | None) -> str | None:
    """Files of an encoding use the characters of the larger set that includes it all the time."""
    return _WIDENED.get(declared.lower(), declared) if declared else None


def _mended(data: bytes) -> str | None:
    """UTF-8 with U+FFFD for its few bad bytes; None where they are many, and the encoding is another."""
    text = data.decode("utf-8", "replace")
    wide = sum(char > "\x7f" for char in text)
    return text if text.count("\ufffd") < _MOST_BAD_SHARE * wide else None


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 of Western text, in which every other byte is zero."""
    sample = data[:_SAMPLE_BYTES]
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        ascii_halves = sample[offset::2].count(0)
        if len(sample) >= 4 and ascii_halves > len(sample) // 2 * 0.3 and sample[1 - offset :: 2].count(0) == 0:
            return _try(data, encoding)
    return None


def _east_asian(data: bytes) -> str | None:
    """The text in the encoding in which it reads most like Chinese, Japanese or Korean; None where in none."""
    shares = {}
    for encoding, common in _EAST_ASIAN:
        sample = _sample(data, encoding)
        if sample is not None and not _is_odd(sample):
            shares[encoding] = _common_share(sample, common)
    best = max(shares, key=shares.__getitem__, default=None)
    if best is None or shares[best] < _LEAST_COMMON_SHARE:
        return None
    return _try(data, best) or _line_by_line(data, best)


def _line_by_line(data: bytes, encoding: str) -> str:
    """The lines that decode, and U+FFFD for those that do not: what follows a bad byte is paired up wrongly."""
    if encoding.startswith("utf-16"):
        return data.decode(encoding, "replace")
    lines = data.split(b"\n")
    return "\n".join(text if (text := _try(line, encoding)) is not None else "\ufffd" * len(line) for line in lines)


def _sample(data: bytes, encoding: str) -> str | None:
    """The first part as text, a character cut at its end left out; None where there are more than a few bad bytes."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    text = decoder.decode(data[:_SAMPLE_BYTES])
    return text if text.count("\ufffd") <= _MOST_BAD_SHARE * len(text) else None


def _common_share(text: str, common: frozenset[str]) -> float:
    wide = [char for char in text if char > "\x7f" and char not in _PUNCTUATION]
    return sum(char in common for char in wide) / len(wide) if wide else 0.0


def _detected(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    if b"\x00" in data[:_SAMPLE_BYTES]:
        return None  # binary; the encodings in which text holds zero bytes are behind us
    matches = list(from_bytes(data[:_SAMPLE_BYTES]))
    if not matches:
        return None
    best = matches[0]
    # Of code pages that fit equally well the detector names the first by number; the Western one is the commonest.
    equal = [match.encoding for match in matches if (match.chaos, match.coherence) == (best.chaos, best.coherence)]
    return _try(data, "cp1252" if "cp1252" in equal else best.encoding)


def _is_odd(text: str) -> bool:
    odd = sum(char == "\ufffd" or (char < " " and char not in "\t\n\r\f\x1a") for char in text[:_SAMPLE_BYTES])
    return odd > _MOST_ODD_SHARE * min(len(text), _SAMPLE_BYTES)


def _ungarbled(text: str) -> str:
    """What was UTF-8 before a program read it as Western and saved what it saw: the way back loses nothing."""
    if sum(char > "\x7f" for char in text[:_SAMPLE_BYTES]) < _GARBLED_CHARS:
        return text
    for western in ("latin-1", "cp1252"):
        try:
            return text.encode(western).decode("utf-8")
        except UnicodeError:
            continue
    return text


def _is_garbled(text: str) -> bool:
    """Whether a program read Chinese, Japanese or Korean in a wrong encoding and saved what it saw."""
    sample = text[:_SAMPLE_BYTES]
    wide = sum(char > "\x7f" for char in sample)
    if sample.count(_REPLACED_TWICE) * len(_REPLACED_TWICE) > _MOST_ODD_SHARE * wide:
        return True
    # Accented letters of Western languages stand alone as a rule.
    in_runs = sum(len(run) for run in _WESTERN_RUN.findall(sample))
    if wide < _GARBLED_CHARS or in_runs < _MOST_IN_RUNS * wide:
        return False
    try:
        return _east_asian(sample.encode("latin-1")) is not None
    except UnicodeEncodeError:
        return False


def _readable(text: str | None) -> str:
    if text is None or _is_odd(text):
        raise BrokenDocument(
            "The file's characters cannot be read in any known encoding; it may not be a text file. "
            "Save it as UTF-8 and add it again."
        )
    text = _ungarbled(text)
    if _is_garbled(text):
        raise BrokenDocument(
            "The file's text is garbled: a program read it in a wrong encoding and saved what it saw. "
            "Add the original, or open that in the right encoding, save it as UTF-8 and add it again."
        )
    return text
