"""Fit the lexicon of ingest/lexicon.py: python -m training.fit_lexicon FOLDER

FOLDER holds parallel.jsonl.xz and pairs_*.jsonl.xz. Rows whose licence is neither open nor share-alike are left out,
and so are headings, which training.fit_across asks across languages. The probabilities are those of IBM's Model 1
(Brown et al., 1993) over the terms that the keyword index would search for: each English word of a sentence is
explained by the terms of its Chinese one, as their probabilities of meaning it have it, which are then counted anew.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save as to_bytes

from ingest.lexical import query_terms
from ingest.lexicon import TABLE, WORDS, Lexicon, number
from training.rows import rows, translations

SEED = 7
OUT = Path("ingest/built_in")
ROUNDS = 5
RARE = 3  # sentences that a term has to stand in
LONGEST = 60  # terms of a sentence
LEAST, TIMES, MEANINGS = 0.1, 1.0, 3  # probability and count of a row that is kept, and rows of a Chinese term


def sentences(folder: Path) -> list[tuple[list[str], list[str]]]:
    """The terms of English and Chinese sentences that mean the same."""
    asked = {row["q"].strip() for name in ("pairs_en.jsonl.xz", "pairs_zh.jsonl.xz") for row in rows(folder / name)}
    pairs = translations(folder, SEED)
    return [(query_terms(e), query_terms(z)) for e, z in pairs if e.strip() not in asked and z.strip() not in asked]


def vocabulary(texts: Sequence[Sequence[str]]) -> list[str]:
    """The terms that are not rare, in order."""
    counts = Counter(term for terms in texts for term in terms)
    return sorted(term for term, count in counts.items() if count >= RARE)


def fit(pairs: Sequence[tuple[list[str], list[str]]]) -> Lexicon:
    """Model 1 from Chinese terms to English words. Latin words in Chinese sentences explain, but become no rows."""
    english, chinese = vocabulary([e for e, _ in pairs]), vocabulary([z for _, z in pairs])
    place_e, place_z = ({term: i for i, term in enumerate(terms)} for terms in (english, chinese))
    words, meanings, explained = [], [], []  # of each pair of terms in each sentence: both, and the English occurrence
    seen = 0
    for e, z in pairs:
        of_e = np.array([place_e[term] for term in e if term in place_e][:LONGEST], dtype=np.int32)
        of_z = np.array([place_z[term] for term in z if term in place_z][:LONGEST], dtype=np.int32)
        words.append(np.repeat(of_e, len(of_z)))
        meanings.append(np.tile(of_z, len(of_e)))
        explained.append(np.repeat(np.arange(seen, seen + len(of_e), dtype=np.int32), len(of_z)))
        seen += len(of_e)
    explains = np.concatenate(explained)
    key = np.concatenate(meanings).astype(np.int64) * len(english) + np.concatenate(words)
    del words, meanings, explained
    key, row = np.unique(key, return_inverse=True)
    of_z, of_e = np.divmod(key, len(english))
    probability = np.ones(len(key), dtype=np.float32)
    times: np.ndarray = np.zeros(0)
    for _ in range(ROUNDS):
        share = probability[row]
        share /= np.bincount(explains, weights=share, minlength=seen)[explains]
        times = np.bincount(row, weights=share)
        probability = (times / np.bincount(of_z, weights=times)[of_z]).astype(np.float32)
    return _pruned(english, [number(term) for term in chinese], of_z, of_e, probability, times)


def _pruned(
    english: Sequence[str],
    numbers: Sequence[int],
    of_z: np.ndarray,
    of_e: np.ndarray,
    probability: np.ndarray,
    times: np.ndarray,
) -> Lexicon:
    """The likely rows of Chinese terms, and the English words that they have."""
    is_word = np.array([term.isascii() and term.isalpha() for term in english])
    chinese = np.array(numbers, dtype=np.uint32)[of_z]
    kept = np.flatnonzero((chinese > 0) & is_word[of_e] & (probability >= LEAST) & (times >= TIMES))
    kept = kept[np.lexsort((-probability[kept], chinese[kept]))]
    first = np.searchsorted(chinese[kept], chinese[kept])
    kept = kept[np.arange(len(kept)) - first < MEANINGS]
    used, place = np.unique(of_e[kept], return_inverse=True)
    return Lexicon(
        [english[i] for i in used],
        chinese[kept],
        place.astype(np.uint16),
        np.round(probability[kept] * 255).astype(np.uint8),
        times[kept].astype(np.float16),
    )


def save(lexicon: Lexicon, folder: Path) -> str:
    """Write both files of a lexicon; their SHA-256."""
    columns = {name: getattr(lexicon, name) for name in ("chinese", "english", "probability", "times")}
    table = to_bytes({name: np.ascontiguousarray(column) for name, column in columns.items()})
    words = "\n".join(lexicon.words).encode("ascii")
    (folder / WORDS).write_bytes(words)
    (folder / TABLE).write_bytes(table)
    return hashlib.sha256(words + table).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    pairs = sentences(arguments.folder)
    lexicon = fit(pairs)
    print(len(pairs), "translations,", len(lexicon.words), "words,", len(lexicon.chinese), "rows")
    print("SHA256 =", save(lexicon, arguments.out))


if __name__ == "__main__":
    main()
