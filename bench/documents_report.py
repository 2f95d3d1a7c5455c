"""What bringing in a folder of files gave, as values, as tables and as JSON. Pure; brings nothing in."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath

from bench.word_match import Match, together
from ingest.types import DocumentState

_SLOWEST = 10
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”")
_NUMBER = re.compile(r"\b(?:0x[0-9a-fA-F]+|\d[\d,.]*\d|\d)")
_FILE_TYPE = re.compile(r"(?<=of type )\.\w+")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    name: str  # path below the folder
    state: str  # of the catalog; "missing" where the catalog does not know it
    reason: str | None
    bytes: int
    chunks: int
    seconds: float  # in the parsing process
    match: Match | None  # with the true text, where that lies beside it

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix.lower() or "(none)"

    @property
    def is_final(self) -> bool:
        return self.state in {state.value for state in DocumentState if state.is_final}


@dataclass(frozen=True, slots=True)
class Measured:
    """What was seen while a folder was brought in."""

    outcomes: Sequence[Outcome]
    seconds: float  # of the whole sync
    memory: Mapping[str, int]  # peak bytes resident, by whose they are
    memory_while: str  # the file that was being read at the highest peak
    left_files: Sequence[str]  # in the temporary folder, when all was closed
    left_processes: Sequence[str]
    index_faults: Sequence[str]  # what `docent verify` says

    @property
    def unfinished(self) -> list[str]:
        """Files without a final state."""
        return [outcome.name for outcome in self.outcomes if not outcome.is_final]


def grouped(outcomes: Iterable[Outcome], state: DocumentState) -> list[tuple[str, list[Outcome]]]:
    """Outcomes of one state by the wording of their reasons, the commonest first."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.state == state and outcome.reason:
            groups[wording(outcome.reason)].append(outcome)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))


def wording(reason: str) -> str:
    """A reason without what differs from file to file: quoted names, file types and numbers."""
    return _NUMBER.sub("N", _FILE_TYPE.sub(".X", _QUOTED.sub("'...'", reason)))


def report(measured: Measured) -> str:
    """Everything that a person looks at, as Markdown."""
    parts = [
        _suffix_table(measured.outcomes),
        *(_reasons(measured.outcomes, state) for state in (DocumentState.FAILED, DocumentState.UNSUPPORTED)),
        _reasons(measured.outcomes, DocumentState.READY, title="ready, with a remark"),
        _match_table(measured.outcomes),
        _summary(measured),
    ]
    return "\n\n".join(part for part in parts if part)


def as_json(measured: Measured) -> dict[str, object]:
    """Everything, for a file; one string for each file that is not searchable."""
    ordered = sorted(measured.outcomes, key=lambda outcome: (outcome.state, wording(outcome.reason or "")))
    return {
        "files": len(measured.outcomes),
        "seconds": round(measured.seconds, 1),
        "peak_memory_bytes": dict(measured.memory),
        "peak_memory_while": measured.memory_while,
        "without_a_final_state": measured.unfinished,
        "left_temporary_files": list(measured.left_files),
        "left_processes": list(measured.left_processes),
        "index_faults": list(measured.index_faults),
        "not_searchable": [f"{o.state} | {o.name} | {o.reason}" for o in ordered if o.state != DocumentState.READY],
        "remarks": [f"{o.name} | {o.reason}" for o in ordered if o.state == DocumentState.READY and o.reason],
        "outcomes": [asdict(outcome) for outcome in measured.outcomes],
    }


def _suffix_table(outcomes: Iterable[Outcome]) -> str:
    by_suffix: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_suffix[outcome.suffix].append(outcome)
    by_suffix = dict(sorted(by_suffix.items(), key=lambda item: (-len(item[1]), item[0])))
    lines = ["| type | files | ready | failed | unsupported | other | seconds |", "|---|---|---|---|---|---|---|"]
    every = [outcome for found in by_suffix.values() for outcome in found]
    for suffix, found in [*by_suffix.items(), ("**all**", every)]:
        states = Counter(outcome.state for outcome in found)
        known = [states[state] for state in (DocumentState.READY, DocumentState.FAILED, DocumentState.UNSUPPORTED)]
        seconds = sum(outcome.seconds for outcome in found)
        cells = [len(found), *known, len(found) - sum(known)]
        lines.append(f"| {suffix} | {' | '.join(map(str, cells))} | {seconds:.1f} |")
    return "\n".join(lines)


def _reasons(outcomes: Iterable[Outcome], state: DocumentState, title: str = "") -> str:
    lines = [f"{title or state.value}:"]
    for reason, found in grouped(outcomes, state):
        suffixes = Counter(outcome.suffix for outcome in found)
        kinds = ", ".join(f"{count} {suffix}" for suffix, count in suffixes.most_common())
        lines.append(f"- {len(found)} ({kinds}), such as {found[0].name!r}: {reason}")
    return "\n".join(lines) if len(lines) > 1 else ""


def _match_table(outcomes: Iterable[Outcome]) -> str:
    by_suffix: dict[str, list[tuple[Match, str]]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.match is not None:
            by_suffix[outcome.suffix].append((outcome.match, outcome.name))
    if not by_suffix:
        return ""
    every = [pair for found in by_suffix.values() for pair in found]
    lines = ["| type | files | true words | recall | precision | lowest recall |", "|---|---|---|---|---|---|"]
    for suffix, found in [*sorted(by_suffix.items()), ("**all**", every)]:
        total = together(of for of, _ in found)
        worst, name = min(found, key=lambda pair: pair[0].recall)
        cells = f"{total.true} | {total.recall:.3f} | {total.precision:.3f} | {worst.recall:.3f} {name}"
        lines.append(f"| {suffix} | {len(found)} | {cells} |")
    return "\n".join(lines)


def _summary(measured: Measured) -> str:
    states = Counter(outcome.state for outcome in measured.outcomes)
    slowest = sorted(measured.outcomes, key=lambda outcome: -outcome.seconds)[:_SLOWEST]
    memory = ", ".join(f"{whose} {size / 1e6:,.0f} MB" for whose, size in measured.memory.items())
    lines = [
        f"{len(measured.outcomes)} files in {measured.seconds:.0f} s: {states}".replace("Counter", ""),
        f"without a final state: {_listed(measured.unfinished)}",
        f"peak memory: {memory}; the highest while {measured.memory_while!r} was read",
        f"left in temporary folders: {_listed(measured.left_files)}",
        f"processes left: {_listed(measured.left_processes)}",
        f"faults of the index: {_listed(measured.index_faults)}",
        "slowest:",
        *(f"- {outcome.seconds:.1f} s  {outcome.name} ({outcome.state})" for outcome in slowest),
    ]
    return "\n".join(lines)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
