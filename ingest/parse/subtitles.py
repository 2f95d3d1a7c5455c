"""Read subtitles and transcripts. Knows cues and times; joins them to paragraphs that say when they begin."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import BrokenDocument
from ingest.parse.assemble import Piece, assemble
from ingest.parse.decode import decode
from ingest.parse.options import ReadOptions
from ingest.types import ElementKind, ParsedDocument

_TIME = r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_CUE = re.compile(rf"^[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}[^\n]*\n((?:[^\n]*\S[^\n]*(?:\n|\Z))*)", re.MULTILINE)
_SPEAKER = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
_MARKUP = re.compile(r"</?(?:[biuvc]|ruby|rt|lang|font)\b[^>]*>|<[\d:.]+>|\{\\[^}]*\}")
_SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’」』）)\]]*$")
_SECONDS = 45  # a paragraph goes on at least so long, then to the end of its sentence
_MOST_SECONDS = 90
_PAUSE = 8  # seconds of silence that end a paragraph
_CHINESE = re.compile("[\u2e80-\u9fff\uac00-\ud7ff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class _Cue:
    start: float  # seconds from the beginning
    end: float
    text: str


def read(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read a .srt or .vtt file; the heading of each paragraph is the time at which it begins, as 00:01:05."""
    text = decode(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
    cues = list(_cues(text))
    if not cues:
        raise BrokenDocument("The file holds no subtitles: no line with two times and an arrow. Save it anew as .srt.")
    return assemble(_pieces(cues))


def _cues(text: str) -> Iterator[_Cue]:
    last = speaker = ""
    for match in _CUE.finditer(text):
        voice = _SPEAKER.search(match[9])
        named = voice[1].strip() if voice else ""
        content = _SPEAKER.sub("", match[9], count=1) if named == speaker else match[9]  # named where the voice changes
        speaker = named
        lines = [line for line in _clean(content).split("\n") if line.strip()]
        if lines and lines[0].strip() == last:
            lines = lines[1:]  # automatic captions show each line twice, below and then above the next
        if lines:
            last = lines[-1].strip()
            yield _Cue(_seconds(*match.groups()[:4]), _seconds(*match.groups()[4:8]), _joined(lines))


def _pieces(cues: list[_Cue]) -> Iterator[Piece]:
    paragraph: list[_Cue] = []
    for cue in cues:
        if paragraph and _ends(paragraph, cue):
            yield from _paragraph(paragraph)
            paragraph = []
        paragraph.append(cue)
    yield from _paragraph(paragraph)


def _ends(paragraph: list[_Cue], following: _Cue) -> bool:
    if following.start - paragraph[-1].end > _PAUSE or following.start < paragraph[-1].start:
        return True
    lasted = following.start - paragraph[0].start
    return lasted > _MOST_SECONDS or (lasted > _SECONDS and _SENTENCE_END.search(paragraph[-1].text) is not None)


def _paragraph(cues: list[_Cue]) -> Iterator[Piece]:
    minutes, seconds = divmod(int(cues[0].start), 60)
    yield Piece(f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}", ElementKind.HEADING)
    yield Piece(_joined([cue.text for cue in cues]))


def _clean(text: str) -> str:
    text = _SPEAKER.sub(lambda voice: f"\n{voice[1].strip()}: ", text)
    return html.unescape(_MARKUP.sub("", text))


def _joined(parts: list[str]) -> str:
    """In one line: with a space between words, without one where Chinese or Japanese goes on."""
    text = ""
    for part in map(str.strip, parts):
        spaced = text and not (_CHINESE.match(text[-1]) and _CHINESE.match(part))
        text = f"{text} {part}" if spaced else text + part
    return text


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000
