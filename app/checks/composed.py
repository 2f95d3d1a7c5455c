"""Check what a language model composed: what each sentence cites, whether that bears it out, what is made up.

A sentence with a number that neither a passage nor the question holds is left out whole: without its number it would
say something else. Other sentences that their passages do not bear out are marked. Of a model that went in circles each
sentence stays once; of one that found no answer and went on without a source nothing does. Pure but for the check that
it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.checks.citations import Draft, best_quotation, marked_sentences
from app.checks.endings import LIST_MARKER, goes_in_circles
from app.checks.quantities import invented
from app.checks.refusals import says_not_found
from app.checks.support import source_text
from app.types import Language, Passage
from ingest.lexical import index_terms, query_terms

Supports = Callable[[str, Sequence[Passage]], bool]  # (sentence, the passages it cites) -> whether they bear it out
_BARE = {
    Language.ENGLISH: "No sentence of this answer could be found in your documents. Do not rely on it.",
    Language.CHINESE: "这个回答没有一句能在您的文档中找到依据，请不要以它为准。",
}


@dataclass(frozen=True, slots=True)
class Composed:
    """The sentences that stay, and the numbers of those that went."""

    drafts: tuple[Draft, ...]
    left_out: int = 0  # sentences
    invented: tuple[str, ...] = ()  # numbers as they were written
    is_bare: bool = False  # no passage bears out any of it

    def notices(self, language: Language) -> list[str]:
        """What the user should know of it."""
        told = [self._left_out(language)] if self.left_out else []
        return [*told, _BARE[language]] if self.is_bare else told

    def _left_out(self, language: Language) -> str:
        if language is Language.CHINESE:
            return f"有 {self.left_out} 句话没有显示：其中的数字（{'、'.join(self.invented)}）在找到的段落中都没有。"
        numbers = ", ".join(self.invented)
        if self.left_out == 1:
            return f"1 sentence was left out for a number that no passage holds: {numbers}."
        return f"{self.left_out} sentences were left out for a number that no passage holds: {numbers}."


def composed(answer: str, question: str, passages: Sequence[Passage], supports: Supports) -> Composed:
    """The sentences of `answer`, whose markers name `passages` from 1."""
    known = [question, *(source_text(passage) for passage in passages)]
    kept: list[Draft] = []
    numbers: list[str] = []
    said: list[str] = []
    in_circles, left_out = goes_in_circles(answer), 0
    for text, separator, sources in marked_sentences(answer, len(passages)):
        bare = LIST_MARKER.sub("", text)
        if in_circles and any(earlier.startswith(bare) for earlier in said):  # the last one may be cut off
            continue
        said.append(bare)
        if made_up := invented(bare, known):
            left_out += 1
            numbers += [quantity.written for quantity in made_up]
        else:
            kept.append(replace(_checked(bare, sources, passages, supports), text=text, separator=separator))
    if kept:
        kept[0] = replace(kept[0], separator="")
    if all(_claims_nothing(draft.text) for draft in kept):
        kept = [] if left_out else kept
    borne_out = any(draft.quotations and draft.supported for draft in kept)
    if kept and not borne_out and says_not_found(kept[0].text):  # what comes after it is the model's own
        kept = []
    is_bare = any(not draft.supported for draft in kept) and not borne_out
    return Composed(tuple(kept), left_out, tuple(dict.fromkeys(numbers)), is_bare)


def _checked(sentence: str, sources: Sequence[int], passages: Sequence[Passage], supports: Supports) -> Draft:
    if says_not_found(sentence) or (not sources and _claims_nothing(sentence)):
        return Draft(sentence, ())
    supported = supports(sentence, [passages[source] for source in sources])
    nearest = None if sources else _nearest(sentence, passages)
    if nearest is not None:
        supported = supports(sentence, [passages[nearest]])
        sources = [nearest] if supported else []
    quotations = tuple(best_quotation(sentence, source, passages[source]) for source in sources)
    return Draft(sentence, quotations, supported)


def _claims_nothing(sentence: str) -> bool:
    """Whether it only leads to what follows."""
    return sentence.rstrip("* ").endswith((":", "："))


def _nearest(sentence: str, passages: Sequence[Passage]) -> int | None:
    """The passage that shares most words with a sentence for which the model named none."""
    wanted = set(query_terms(sentence))
    shared = [len(wanted & set(index_terms(source_text(passage)))) for passage in passages]
    most = max(shared, default=0)
    return shared.index(most) if most else None
