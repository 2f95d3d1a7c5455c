"""Turn text into search terms, and keep them in SQLite's FTS5. Knows terms and row ids; knows no documents.

English words are folded and stemmed (Snowball), numbers lose their thousands separators, Traditional characters become
Simplified ones; Chinese, Japanese and Korean runs become overlapping character bigrams, as Lucene's CJKAnalyzer makes
them, with single characters beside them for one-character words. Candidates come from FTS5; `KeywordScorer` then scores
any chunk, found by keywords or not, on one scale.
"""

from __future__ import annotations

import math
import re
import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate

import snowballstemmer

from ingest.chinese import to_simplified

ANALYZER_VERSION = "2"

# BM25's usual constants (Robertson and Zaragoza 2009); FTS5's bm25() has the same ones built in.
K1 = 1.2
B = 0.75
MOST_POSTINGS = 20_000  # chunks that are looked through for the terms of one question

_CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
_TERM = re.compile(rf"[{_CJK}]+|\d+(?:[.,]\d+)+|[^\W_{_CJK}]+")
_CJK_RUN = re.compile(rf"[{_CJK}]+")
_PHRASE = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+(?:[ '’-][^\W_{_CJK}]+)*")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")

# Words that ask or glue and name nothing. In a small collection they are rare, so their weight has to be taken away
# here: inverse document frequency cannot do it.
_ENGLISH_STOP_WORDS = frozenset(
    """
    a about after all also an and any are as at be been before being but by can could did do does doing for from
    get had has have having he her here him his how i if in into is it its just may me might my no nor of on
    only or our out over own please she should so some such tell than that the their them then there these they
    this those to too under up us very was we were what when where which while who whom whose why will with
    would you your
    """.split()  # noqa: SIM905  # one word a line would be a page
)
_CHINESE_FUNCTION_WORDS = re.compile(
    "请问|请?告诉我|想知道|什么时候|什么|多少钱|多少|多久|多长时间|怎么样|怎么办|怎么|怎样|如何|哪些|哪个|哪里|哪儿|哪|"
    "几[个天点次年月号种位条元]|几(?![何乎])|为什么|为何|是否|是不是|有没有|能不能|会不会|要不要|可不可以|可以|能够|应该|需要|"
    "最多|最少|至少|最晚|最早|一个|一下|自己|以后|之后|之内|以内|如果|的话|"
    "我们|你们|他们|她们|它们|咱们|您|我|你|他|她|它|谁|吗|呢|吧|啊|呀|的|了(?!解)|是|在|被|把|让|这个|那个"
)


_FAIR_SHARE = 0.25
_KEPT = 2_048  # texts, of each question some fifty, of which what searching asks for is remembered


class Script(StrEnum):
    """What a text is mostly written in, as far as searching cares."""

    CHINESE = "zh"  # Chinese, Japanese and Korean characters
    LATIN = "en"  # everything else


@lru_cache(_KEPT)
def script_of(text: str) -> Script:
    """The script of most of a text's words, a word of CJK being taken as two characters."""
    return _mostly(_words(text))


@lru_cache(_KEPT)
def is_written_in(text: str, script: Script) -> bool:
    """Whether lines in this script hold a fair share of a text's words: what says all in two languages is in both."""
    lines = [_words(line) for line in text.splitlines()]
    if _mostly(_total(lines)) is script:
        return True
    inside = _total([words for words in lines if _mostly(words) is script])
    return len(lines) > 1 and sum(inside) >= _FAIR_SHARE * sum(_total(lines))


def _words(text: str) -> tuple[float, float]:
    """How many words are of CJK, and how many are not."""
    runs = _CJK_RUN.findall(text)
    return sum(len(run) for run in runs) / 2, len(_TERM.findall(text)) - len(runs)


def _total(lines: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return sum(chinese for chinese, _ in lines), sum(other for _, other in lines)


def _mostly(words: tuple[float, float]) -> Script:
    chinese, other = words
    return Script.CHINESE if chinese > other else Script.LATIN


def fold(text: str) -> str:
    """Text as it is compared: NFKC (full-width forms become ASCII), case folded, and in Simplified characters."""
    return unicodedata.normalize("NFKC", text).casefold().translate(to_simplified())


def index_terms(text: str) -> list[str]:
    """The terms under which a passage is found, in order, repeats kept."""
    terms: list[str] = []
    for match in _TERM.finditer(fold(text)):
        run = match.group()
        if _CJK_RUN.match(run):
            terms.extend(run)
            terms.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            terms.append(_stem(_THOUSANDS.sub("", run)))
    return terms


def query_terms(question: str) -> list[str]:
    """The distinct terms that a question is searched by, in order; empty when it names nothing."""
    folded = _CHINESE_FUNCTION_WORDS.sub(" ", fold(question))
    terms: list[str] = []
    for match in _TERM.finditer(folded):
        run = match.group()
        if _CJK_RUN.match(run):
            terms.extend([run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)])
        elif run not in _ENGLISH_STOP_WORDS:
            terms.append(_stem(_THOUSANDS.sub("", run)))
    return list(dict.fromkeys(terms))


def topics(question: str) -> list[tuple[int, int]]:
    """Ranges of characters between the words that ask or glue, in order: what a question is about."""
    glue = [match.span() for match in _CHINESE_FUNCTION_WORDS.finditer(question)]
    words = list(_TERM.finditer(question))
    glue += [match.span() for match in words if match.group().casefold() in _ENGLISH_STOP_WORDS]
    spans: list[tuple[int, int]] = []
    for start, end in (match.span() for match in _PHRASE.finditer(question)):
        for from_, to in sorted(span for span in glue if start <= span[0] < end):
            spans.append((start, from_))
            start = to
        spans.append((start, end))
    texts = [(start, question[start:end]) for start, end in spans]
    starts = [(start + len(text) - len(text.lstrip()), text.strip()) for start, text in texts]
    return [(start, start + len(text)) for start, text in starts if text]


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    # The stemmer object keeps state between calls, so each call that misses the cache takes its own.
    return str(snowballstemmer.stemmer("english").stemWord(word)) if word.isascii() and word.isalpha() else word


# --- FTS5 -------------------------------------------------------------------------------------------------------------

# Contentless: the terms can be made again from the stored chunk, so only the index itself is kept. The ascii
# tokenizer takes every non-ASCII character as part of a word, which is right for terms that are already folded.
SCHEMA = """
CREATE VIRTUAL TABLE IF NOT EXISTS keywords USING fts5(terms, content='', tokenize="ascii tokenchars '.,'");
CREATE VIRTUAL TABLE IF NOT EXISTS keyword_terms USING fts5vocab(keywords, row);
"""


def add_terms(connection: sqlite3.Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Index (chunk id, searchable text) rows, inside the caller's transaction."""
    connection.executemany(
        "INSERT INTO keywords(rowid, terms) VALUES (?, ?)", ((id_, " ".join(index_terms(text))) for id_, text in rows)
    )


def remove_terms(connection: sqlite3.Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Take out rows; each must carry the text it was added with (a contentless table cannot look it up)."""
    connection.executemany(
        "INSERT INTO keywords(keywords, rowid, terms) VALUES ('delete', ?, ?)",
        ((id_, " ".join(index_terms(text))) for id_, text in rows),
    )


def match_expression(terms: Sequence[str]) -> str:
    """An FTS5 query for rows that hold any of the terms; terms are quoted, so nothing in them is syntax."""
    return " OR ".join('"' + term.replace('"', '""') + '"' for term in terms)


def document_frequencies(connection: sqlite3.Connection, terms: Sequence[str]) -> dict[str, int]:
    """In how many chunks each term occurs; terms that occur nowhere are 0."""
    marks = ",".join("?" * len(terms))
    rows = connection.execute(f"SELECT term, doc FROM keyword_terms WHERE term IN ({marks})", list(terms))
    return {**dict.fromkeys(terms, 0), **dict(rows.fetchall())}


# --- scoring ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeywordScore:
    """How well a chunk matches a question's terms. Both values are 0 when no term occurs in it."""

    bm25: float  # in [0, 1): BM25 over the highest value that any chunk could reach for these terms
    coverage: float  # in [0, 1]: share of the terms' weight that occurs in the chunk at all


@dataclass(frozen=True, slots=True)
class KeywordScorer:
    """Scores chunks against one question."""

    weights: Mapping[str, float]  # term -> inverse document frequency, > 0; highest for a term that occurs nowhere
    mean_length: float  # mean number of terms in a chunk of the collection
    occur: Mapping[str, int]  # term of a chunk -> in how many it occurs, > 0
    meanings: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # term of a chunk -> terms it stands for

    @classmethod
    def of(cls, frequencies: Mapping[str, int], *, chunks: int, mean_length: float) -> KeywordScorer:
        """A scorer for terms of these document frequencies in a collection of `chunks` chunks."""
        occur = {term: count for term, count in frequencies.items() if count}
        return cls(_weights(frequencies, chunks), max(mean_length, 1.0), occur)

    @classmethod
    def across(
        cls,
        frequencies: Mapping[str, int],
        translations: Mapping[str, Mapping[str, float]],
        *,
        terms: Sequence[str],
        chunks: int,
        mean_length: float,
    ) -> KeywordScorer:
        """The same where terms of another language stand for the question's, as surely as `translations` have it.

        They count for so much of an occurrence, in chunks and in the collection (probabilistic structured queries:
        Darwish and Oard, 2003). `frequencies` are those of all; what occurs nowhere is left out.
        """
        meanings: dict[str, dict[str, float]] = {}
        expected = {term: float(frequencies[term]) for term in terms}
        for term, others in translations.items():
            for other, share in others.items():
                expected[term] += share * frequencies[other]
                if frequencies[other]:
                    meanings.setdefault(other, {})[term] = share
        occur = {term: frequencies[term] for term in meanings}
        return cls(_weights(expected, chunks), max(mean_length, 1.0), occur, meanings)

    def rarest(self) -> list[str]:
        """The rarest terms that occur, as many as stand in MOST_POSTINGS chunks together.

        What very many chunks hold tells little and takes longest to look through. Of stard-dev's 58,626 statutes, asked
        for by 300 lay questions, the first 40 by keywords hold .557 of those wanted, and .558 by all terms; the slowest
        question in twenty takes 40 ms in place of 100.
        """
        terms = sorted(self.occur, key=self.occur.__getitem__)
        together = accumulate(self.occur[term] for term in terms)
        return [term for term, chunks in zip(terms, together, strict=True) if chunks <= MOST_POSTINGS]

    def score(self, searchable_text: str) -> KeywordScore:
        """Score of one chunk, from its text alone."""
        total = sum(self.weights.values())
        if not total:
            return KeywordScore(0.0, 0.0)
        times_of, length = _counted(searchable_text)
        counts: dict[str, float] = {}
        for term, times in times_of.items():
            if term in self.weights:
                counts[term] = counts.get(term, 0) + times
            for meant, share in self.meanings.get(term, {}).items():
                counts[meant] = counts.get(meant, 0) + share * times
        norm = K1 * (1 - B + B * length / self.mean_length)
        bm25 = sum(self.weights[term] * count * (K1 + 1) / (count + norm) for term, count in counts.items())
        covered = sum(self.weights[term] * min(count, 1) for term, count in counts.items())
        return KeywordScore(bm25 / (total * (K1 + 1)), covered / total)


@lru_cache(_KEPT // 2)
def _counted(text: str) -> tuple[Mapping[str, int], int]:
    """How often each term is in a text, and how many there are."""
    terms = index_terms(text)
    return Counter(terms), len(terms)


def _weights(frequencies: Mapping[str, float], chunks: int) -> dict[str, float]:
    return {t: math.log(1 + (max(chunks - n, 0) + 0.5) / (n + 0.5)) for t, n in frequencies.items()}


@dataclass(frozen=True, slots=True)
class BilingualScorer:
    """Scores texts against one question: those in its language by its words, the others by what these may be there."""

    asked_in: Script
    own: KeywordScorer
    across: KeywordScorer

    def looked_for(self) -> list[list[str]]:
        """The terms by which chunks in either language are looked for: the rarest, but one where any occurs."""
        parts = self.own, self.across
        found = [part.rarest() for part in parts]
        if any(found):
            return found
        return [[min(part.occur, key=part.occur.__getitem__)] for part in parts if part.occur][:1]

    def score(self, text: str) -> KeywordScore:
        """Score of one text, from its words alone."""
        return (self.own if script_of(text) is self.asked_in else self.across).score(text)
