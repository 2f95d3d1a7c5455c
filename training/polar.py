"""Yes-or-no questions made of statements, for the built-in reader: "The shop may X" answers "Can the shop X?", and so
does "The shop may not X".

A passage that says something else of the same subject does not answer: each question can be asked with the predicate
of another one, the likest by its words, in the place of its own.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.lexical import index_terms
from ingest.sentences import sentence_spans
from training.cloze import HAN

_LEAST, _MOST = 14, 220  # characters of a statement
_DRAWN, _OTHERS = 600, 60  # questions drawn, and those of the same verb among which the likest predicate is chosen
_KNOWN = 0.6  # share of a predicate's words above which a passage may well say it

_NO_SUBJECT = (
    "In|On|At|By|For|From|With|When|While|After|Before|If|As|Although|Though|Because|Since|During|Under|But|And|Or|So|"
    "However|Thus|It|He|She|They|This|That|These|Those|Which|Who|What|Where|How|Why|Its|His|Her|Their|To|Despite|Unlike"
)
_ARTICLES = "The|A|An|We|Our|Your|My|All|Many|Most|Some|Each|Every|Both|Such|There|No|Other|Several|Any"
_ENGLISH = re.compile(
    rf"^(?!(?:{_NO_SUBJECT})\b)(?P<subject>[A-Z][\w'-]*(?: [\w'-]+){{0,6}}?) "
    r"(?P<verb>is|are|was|were|can|could|may|might|must|should|will|would|has|have|had)(?: also)?(?P<not> not)? "
    r"(?P<predicate>[^.;:()]{10,})"
)
_PARTICIPLE = re.compile(r"(?:been|[a-z]+(?:ed|en|ne|wn))\b")
_TAILS = re.compile(r",| which | that | because | although | while | since ")
# Behind these 会, 是 and 有 are no verbs of their own.
_BODIES, _JOINED, _WITHIN = "社国议大协委学教工公商机", "可但就只若凡总正于都亦还也", "所没沒具拥只享"
_CHINESE = re.compile(
    rf"(?P<subject>[{HAN}]{{0,10}}?)(?P<verb>不可以|可以|不能够|能够|不能|不得|不可|不会|必须|需要|应当|不是|没有|沒有|能|"
    rf"(?<![{_BODIES}])会|(?<![{_JOINED}])是|(?<![{_WITHIN}])有)"
    rf"(?P<predicate>[{HAN}\w“”《》%]{{4,26}})"
)
_NO_SUBJECT_YET = re.compile("^(?:但|而|因此|所以|并|且|也|又|则|还|如果|若|其中|那|只)")
# Verb of a statement -> beginnings and ends of questions about it.
_ASKED = {
    "可以": (("可以", "吗？"), ("能", "吗？"), ("能不能", "？"), ("可不可以", "？"), ("是否可以", "？")),
    "能": (("能", "吗？"), ("能不能", "？"), ("可以", "吗？"), ("能否", "？")),
    "会": (("会", "吗？"), ("会不会", "？"), ("是否会", "？")),
    "必须": (("必须", "吗？"), ("需要", "吗？"), ("要不要", "？"), ("是否需要", "？"), ("一定要", "吗？")),
    "是": (("是", "吗？"), ("是不是", "？"), ("是否是", "？")),
    "有": (("有", "吗？"), ("有没有", "？"), ("是否有", "？")),
}
_ALIKE = {"能够": "能", "不可以": "可以", "不能够": "能", "不能": "能", "不得": "可以", "不可": "可以", "不会": "会"}
_ALIKE |= {"需要": "必须", "应当": "必须", "不是": "是", "没有": "有", "沒有": "有"}
_WITHOUT_SUBJECT = 0.4  # how often a Chinese question leaves the subject out, as people do where it is plain
_LONGEST_PREDICATE = 90  # characters


@dataclass(frozen=True, slots=True)
class Polar:
    """A yes-or-no question; what answers it is `passage[start:end]`."""

    verb: str  # what the statement says of its subject begins with
    before: str
    predicate: str
    after: str
    passage: str
    start: int
    end: int

    @property
    def question(self) -> str:
        return f"{self.before}{self.predicate}{self.after}"


def polars(passage: str, count: int, chance: random.Random) -> list[Polar]:
    """Up to `count` questions, each on another statement of the passage."""
    statements = [(a, b) for a, b in sentence_spans(passage) if _LEAST <= b - a <= _MOST]
    found = []
    for start, end in chance.sample(statements, len(statements)):
        if len(found) == count:
            break
        statement = passage[start:end]
        made = _english(statement, chance) or _chinese(statement, chance)
        if made is not None:
            verb, before, predicate, after, (a, b) = made
            found.append(Polar(verb, before, predicate, after, passage, start + a, start + b))
    return found


def unanswered(polar: Polar, others: Sequence[Polar], chance: random.Random) -> Polar | None:
    """The question with another one's predicate, of which the passage has some words but not most."""
    known = set(index_terms(polar.passage))
    ranked = []
    alike = [other for other in chance.sample(others, min(_DRAWN, len(others))) if other.verb == polar.verb]
    for other in alike[:_OTHERS]:
        terms = set(index_terms(other.predicate))
        shared = len(terms & known) / max(1, len(terms))
        if other.passage != polar.passage and shared < _KNOWN:
            ranked.append((shared, other.predicate))
    return replace(polar, predicate=max(ranked)[1]) if ranked else None


_Made = tuple[str, str, str, str, tuple[int, int]]


def _english(statement: str, chance: random.Random) -> _Made | None:
    match = _ENGLISH.match(statement)
    if match is None:
        return None
    subject, verb, predicate = match["subject"], match["verb"], match["predicate"].strip()
    if re.match(rf"(?:{_ARTICLES})\b", subject):
        subject = subject[0].lower() + subject[1:]
    if subject in ("I", "My") or subject.startswith("I "):
        return None
    if subject == "You" or subject.startswith("You "):
        subject, predicate = "I", re.sub(r"\byour\b", "my", re.sub(r"\byou\b", "I", predicate))
    if verb in ("has", "have", "had") and not _PARTICIPLE.match(predicate):
        verb, predicate = {"has": "does", "have": "do", "had": "did"}[verb], f"have {predicate}"
    elif verb in ("may", "might") and chance.random() < 0.7:
        verb = "can"
    shorter = _TAILS.split(predicate)[0]
    if len(shorter) >= 10 and (len(predicate) > _LONGEST_PREDICATE or chance.random() < 0.7):
        predicate = shorter
    if len(predicate) > _LONGEST_PREDICATE:
        return None
    return verb, f"{verb.capitalize()} {subject} ", predicate, "?", (match.start(), match.end("predicate"))


def _chinese(statement: str, chance: random.Random) -> _Made | None:
    clauses = list(re.finditer("[^，。；！？：、,;!?]+", statement))
    for clause in chance.sample(clauses, len(clauses)):
        match = _CHINESE.fullmatch(clause[0].strip())
        if match is None or _NO_SUBJECT_YET.match(match[0]):
            continue
        verb = _ALIKE.get(match["verb"], match["verb"])
        begin, after = chance.choice(_ASKED[verb])
        bare = begin.startswith(("可", "能", "会", "要", "需")) and chance.random() < _WITHOUT_SUBJECT
        return verb, f"{'' if bare else match['subject']}{begin}", match["predicate"], after, clause.span()
    return None
