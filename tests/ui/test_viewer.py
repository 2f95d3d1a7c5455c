"""Claims about what stands beside the chat: a passage in its document, and why the answer is what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from app.preview import Glyphs, PagePicture, marks
from app.preview.draw import draw
from app.samples import FOLDER
from app.types import (
    Answer,
    Candidate,
    Citation,
    Fate,
    Language,
    Passage,
    PromptMessage,
    Scores,
    Sentence,
    Trace,
)
from app.ui.chat.answers import exchange_html, refusal_words
from app.ui.chat.conversation import Exchange, Place
from app.ui.chat.trace_html import MOST_ROWS, percent_words, why_html
from app.ui.texts import load_texts
from app.ui.viewer.stored_text import CONTEXT_CHARACTERS, stored_text_html
from app.ui.viewer.viewer_html import View, page_html, text_html
from ingest.parse import parse
from ingest.types import Element, ElementKind, ParsedDocument
from tests.ui.conftest import ask
from tests.ui.fake import GUIDE_QUOTE, HOSTILE, RETURNS, SHIPPING, FakeWorkspace

ENGLISH, CHINESE = load_texts(Language.ENGLISH), load_texts(Language.CHINESE)
GUIDE = "门店指南 Store Guide.pdf"
PASSAGE = Passage("a.md", None, "Tea", 0, 9, "Tea is 3.", 0.42)


def with_guide(workspace: FakeWorkspace) -> ParsedDocument:
    """The sample PDF on the fake's shelf; its car park is what a question about returns is answered from."""
    document = parse(FOLDER / GUIDE, max_pages=10)
    workspace.add(GUIDE, document.text)
    workspace.previews.layouts[GUIDE] = document
    workspace.previews.originals[GUIDE] = FOLDER / GUIDE
    return document


def parsed(*parts: tuple[ElementKind, str, tuple[str, ...]]) -> ParsedDocument:
    text, elements = "", []
    for kind, words, path in parts:
        elements.append(Element(kind, len(text), len(text) + len(words), heading_path=path))
        text += f"{words}\n\n"
    return ParsedDocument(text, tuple(elements))


# --- in a browser -----------------------------------------------------------------------------------------------------


def test_pdf_opens_at_its_page_with_the_quote_marked_and_its_pages_can_be_turned(
    open_page: Callable[..., Page], workspace: FakeWorkspace
) -> None:
    with_guide(workspace)
    page = open_page()
    ask(page, "the guide")
    page.locator("#current .marker").click()
    shown = page.get_by_role("region", name="Passage")
    expect(shown.locator("img")).to_have_attribute("alt", f"Page 1 of {GUIDE}")
    expect(shown.locator(".spot").first).to_be_in_viewport()
    expect(shown.locator(".spot")).to_have_count(2)
    expect(shown.locator(".page-number")).to_have_text("1 / 4")
    expect(shown.get_by_role("button", name="Previous page")).to_be_disabled()
    shown.get_by_role("button", name="Next page").click()
    expect(shown.locator("img")).to_have_attribute("alt", f"Page 2 of {GUIDE}")
    expect(shown.get_by_role("button", name="Next page")).to_be_focused()
    expect(shown.locator(".spot")).to_have_count(0)
    shown.get_by_role("button", name="Text").click()
    expect(shown.locator("mark")).to_have_text(GUIDE_QUOTE)
    expect(shown.locator("td").first).to_contain_text("Monday to Thursday")
    shown.get_by_role("button", name="Page", exact=True).click()
    expect(shown.locator("img")).to_be_visible()
    expect(shown.locator(".where")).to_contain_text("page 1 · Orders > Returns")
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)


def test_marker_shows_a_glimpse_of_its_passage_on_hover_and_on_focus(page: Page) -> None:
    ask(page, "returns?")
    markers = page.locator("#current .marker")
    markers.nth(1).hover()
    expect(page.locator("#glimpse")).to_contain_text(SHIPPING.strip())
    page.locator("#question textarea").hover()
    expect(page.locator("#glimpse")).to_be_hidden()
    page.locator("#question textarea").press("Shift+Tab")
    markers.first.focus()
    expect(page.locator("#glimpse")).to_contain_text(RETURNS.strip())
    expect(markers.first).to_have_attribute("aria-describedby", "glimpse")
    page.keyboard.press("Escape")
    expect(page.locator("#glimpse")).to_be_hidden()


def test_finger_sees_the_glimpse_first_and_then_opens_a_sheet_with_a_way_back(
    open_page: Callable[..., Page], workspace: FakeWorkspace
) -> None:
    workspace.add_samples()
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True)
    ask(page, "returns?")
    page.locator("#current .marker").first.tap()
    expect(page.locator("#glimpse")).to_contain_text(RETURNS.strip())
    expect(page.locator("#passage .passage")).to_have_count(0)
    page.locator("#glimpse").tap()
    expect(page.locator("#passage mark")).to_have_text(RETURNS.strip())
    page.get_by_role("button", name="Back to the chat").tap()
    expect(page.locator("#passage .passage")).to_have_count(0)
    expect(page.locator("#current .marker").first).to_be_visible()


# --- without one ------------------------------------------------------------------------------------------------------


def test_text_shows_a_window_of_a_long_document() -> None:
    text = "a" * 50_000 + "quote" + "b" * 50_000
    shown = stored_text_html(ParsedDocument(text, ()), 50_000, 50_005, ENGLISH)
    assert "a" * CONTEXT_CHARACTERS + "<mark>quote</mark>" + "b" * CONTEXT_CHARACTERS in shown
    assert "a" * (CONTEXT_CHARACTERS + 1) not in shown
    assert "… 30000 characters before this are not shown" in shown


def test_text_keeps_headings_lists_code_and_tables() -> None:
    document = parsed(
        (ElementKind.HEADING, "Menu", ()),
        (ElementKind.HEADING, "Drinks", ("Menu",)),
        (ElementKind.LIST_ITEM, "1. Choose", ("Menu", "Drinks")),
        (ElementKind.CODE, "print(1)", ("Menu", "Drinks")),
        (ElementKind.TABLE, "Item: Tea; Price: 3\nItem: Cake; Price: 4", ("Menu", "Drinks")),
    )
    start = document.text.index("Item: Cake")
    shown = stored_text_html(document, start, start + len("Item: Cake; Price: 4"), ENGLISH)
    assert "<h3>Menu</h3><h4>Drinks</h4>" in shown
    assert '<p class="item">1. Choose</p><pre>print(1)</pre>' in shown
    assert '<th scope="col">Item</th><th scope="col">Price</th>' in shown
    assert "<tr><td>Tea</td><td>3</td></tr>" in shown
    assert '<td class="marked"><mark>Cake</mark></td><td class="marked"><mark>4</mark></td>' in shown


def test_spreadsheet_names_sheet_and_cells_of_the_marked_row() -> None:
    document = parse(FOLDER / "价目表 Price List.xlsx", max_pages=10)
    start = document.text.index("编号 Code：C02")
    end = document.text.index("\n", start)
    view = View(Place("prices.xlsx", 1, "商品 Products > A1:D15", start, end, document.text[start:end]))
    assert "sheet 商品 Products · cells A3:D3" in text_html(view, document, ENGLISH)
    assert "工作表“商品 Products” · 单元格 A3:D3" in text_html(view, document, CHINESE)


def test_nothing_in_a_hostile_document_becomes_html() -> None:
    document = parsed(
        (ElementKind.HEADING, HOSTILE, ()),
        (ElementKind.TABLE, f"{HOSTILE}: 1; B: {HOSTILE}\n{HOSTILE}: 2; B: 3", (HOSTILE,)),
        (ElementKind.CODE, f"</pre>{HOSTILE}", (HOSTILE,)),
    )
    place = Place(f'"{HOSTILE}.pdf', 1, HOSTILE, 0, len(document.text), document.text)
    picture = PagePicture(b"\xff", 1, 1, Glyphs("", np.empty((0, 4), dtype=np.float32)))
    shown = [
        text_html(View(place), document, ENGLISH, remark=HOSTILE),
        page_html(View(place, page=1), document, picture, (), ENGLISH),
    ]
    passage = Passage(place.document, 1, HOSTILE, 0, 3, HOSTILE, 0.5)
    trace = Trace((Candidate(passage, Scores(0.1), Fate.KEPT),), 0.1, 6, HOSTILE, (PromptMessage(HOSTILE, HOSTILE),))
    answer = Answer(HOSTILE, HOSTILE, (Sentence(HOSTILE, ()),), (), (passage,), 0.5, False, False, trace=trace)
    shown.append(exchange_html(Exchange(HOSTILE, answer=replace(answer, exact="x onerror")), 0, ENGLISH))
    for html in shown:
        assert "<img src=x" not in html
        assert "&lt;img src=x" in html


def test_scanned_page_is_shown_with_what_its_recognition_stored() -> None:
    document = parse(FOLDER / GUIDE, max_pages=10)
    first = document.elements[0]
    picture = draw(FOLDER / GUIDE, 1)
    blank = replace(picture, glyphs=Glyphs("", np.empty((0, 4), dtype=np.float32)))
    view = View(Place(GUIDE, 1, None, first.start, first.end, ""), page=1)
    boxes = marks(document, blank.glyphs, 1, first.start, first.end)
    assert page_html(view, document, blank, boxes, ENGLISH).count('class="spot"') == 1


def test_why_tells_scores_fates_prompt_tokens_and_times() -> None:
    ranked = [replace(PASSAGE, start=10 * n, end=10 * n + 9, score=0.9 / (n + 1)) for n in range(30)]
    fates = [Fate.KEPT, Fate.KEPT, Fate.SPACE, *[Fate.RANK] * 27]
    candidates = tuple(Candidate(p, Scores(0.5, 0.8, 0.25), f) for p, f in zip(ranked, fates, strict=True))
    messages = (PromptMessage("system", "Cite."), PromptMessage("user", "What is tea?"))
    trace = Trace(candidates, 0.1, 3, "qwen3", messages, 1234, 56, 4096)
    citation = Citation(1, "a.md", None, "Tea", 0, 9, "Tea is 3.")
    sentences = (Sentence("Tea is 3.", (1,)),)
    seconds = {"retrieve": 0.0123, "generate": 1.5}
    answer = Answer("Tea?", "What is tea?", sentences, (citation,), (), 0.9, False, False, seconds, trace=trace)
    shown = why_html(answer, 3, ENGLISH)
    for told in (
        "What is tea?",
        "qwen3",
        "1,234 in the prompt, 56 in the answer; the model holds 4,096",
        "search 12 ms · answer 1500 ms",
        "cited [1]",
        "read, not cited",
        "no room in the model&#x27;s context",
        "not among the best 3",
        "10 more ranked lower.",
        "system · 5 characters",
    ):
        assert told in shown
    assert shown.count('data-kind="candidate"') == MOST_ROWS
    assert "Reader" not in shown  # no retriever told
    assert why_html(replace(answer, trace=None), 3, ENGLISH) == ""


@pytest.mark.parametrize(
    ("best", "threshold", "words"),
    [
        (0.07, 0.1, "a probability of 7%; Docent answers from 10% on"),
        (0.0961, 0.1, "a probability of 9.6%; Docent answers from 10% on"),
        (0.4, 0.1, "Passages came near enough (40%), but the model found no answer in them."),
    ],
)
def test_refusal_says_why_the_nearest_passages_were_not_enough(best: float, threshold: float, words: str) -> None:
    trace = Trace((), threshold, 6, "built-in")
    answer = Answer("q", "q", (), (), (replace(PASSAGE, score=best),), best, True, True, trace=trace)
    assert words in refusal_words(answer, ENGLISH)
    assert refusal_words(replace(answer, passages=()), ENGLISH) == "Nothing that was searched resembles the question."


@pytest.mark.parametrize(("value", "words"), [(0.0, "0"), (0.001, "<1"), (0.0099, "<1"), (0.42, "42"), (1.0, "100")])
def test_small_probability_is_not_rounded_to_none(value: float, words: str) -> None:
    assert percent_words(value) == words


def test_exact_span_is_set_off_in_its_sentence() -> None:
    answer = Answer("q", "q", (Sentence("Tea is 3 yuan.", (), True),), (), (), 0.9, False, True, exact="3 yuan")
    shown = exchange_html(Exchange("q", answer=answer), 0, ENGLISH)
    assert 'Tea is <strong class="exact">3 yuan</strong>.' in shown
