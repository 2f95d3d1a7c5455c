"""Claims about the chat, made in a browser."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from app.types import ModelKind, ModelStatus, Turn
from tests.ui.conftest import ask
from tests.ui.fake import CHINESE_RETURNS, HANDBOOK, RETURNS, SAMPLING, SHIPPING, FakeWorkspace


def test_suggested_question_is_asked_with_a_click(page: Page, workspace: FakeWorkspace) -> None:
    page.get_by_role("button", name="What about returns?").click()
    expect(page.locator("#current .said")).to_contain_text(RETURNS.strip())
    expect(page.locator("#welcome")).to_be_hidden()
    assert [asked[0] for asked in workspace.asked] == ["What about returns?"]


def test_answer_shows_its_confidence_and_a_card_for_each_source(page: Page) -> None:
    ask(page, "returns?")
    expect(page.locator("#current .meta")).to_contain_text("Sure · 93%")
    cards = page.locator("#current .card")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("handbook.md")
    expect(cards.first).to_contain_text("page 3 · Orders > Returns")
    expect(cards.first).to_contain_text(RETURNS.strip())


def test_marker_opens_the_passage_with_its_quote_highlighted_and_in_sight(page: Page) -> None:
    ask(page, "returns?")
    page.get_by_role("button", name="Source 2: handbook.md").click()
    passage = page.get_by_role("region", name="Passage")
    expect(passage.locator("mark")).to_have_text(SHIPPING.strip())
    expect(passage.locator("mark")).to_be_in_viewport()
    expect(passage.locator("header")).to_contain_text("handbook.md")
    assert passage.locator(".stored-text").text_content() == HANDBOOK
    page.keyboard.press("Escape")
    expect(passage).to_have_count(0)
    expect(page.get_by_role("button", name="Source 2: handbook.md")).to_be_focused()


def test_card_is_opened_and_closed_from_the_keyboard(page: Page) -> None:
    ask(page, "returns?")
    page.locator("#current .card").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#passage mark")).to_have_text(RETURNS.strip())
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#passage .passage")).to_have_count(0)


def test_passage_of_a_removed_document_says_so_and_shows_the_quote(page: Page, workspace: FakeWorkspace) -> None:
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    workspace.remove(["handbook.md"])
    page.locator("#current .card").first.click()
    expect(page.locator("#passage")).to_contain_text("There is no document named 'handbook.md' any more.")
    expect(page.locator("#passage mark")).to_have_text(RETURNS.strip())


def test_refusal_looks_different_and_shows_the_nearest_passages(page: Page) -> None:
    ask(page, "Is there parking?")
    refusal = page.locator("#current .refusal")
    expect(refusal).to_contain_text("Not in your documents")
    expect(refusal).to_contain_text("a probability of 12%, which was not enough")
    refusal.locator(".card").click()
    expect(page.locator("#passage mark")).to_have_text(SHIPPING)


def test_unsupported_sentence_is_marked_in_words(page: Page) -> None:
    ask(page, "doubtful")
    expect(page.locator("#current .unsupported")).to_have_text("The moon is made of cheese.")
    expect(page.locator("#current .flag")).to_have_text("not supported")
    expect(page.locator("#current .notices")).to_have_text("One passage left out.")


def test_error_is_told_in_the_chat_and_the_conversation_stays(page: Page, workspace: FakeWorkspace) -> None:
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    ask(page, "broken")
    expect(page.get_by_role("alert")).to_contain_text("The model server at http://127.0.0.1:9 does not answer.")
    expect(page.locator("#past .said")).to_contain_text(RETURNS.strip())
    ask(page, "退货")
    expect(page.locator("#current .said")).to_contain_text(CHINESE_RETURNS)


def test_unforeseen_error_is_told_too(page: Page) -> None:
    ask(page, "crash")
    expect(page.get_by_role("alert")).to_contain_text("Something went wrong inside Docent: ZeroDivisionError.")


def test_empty_question_does_nothing(page: Page, workspace: FakeWorkspace) -> None:
    ask(page, "  ")
    page.get_by_role("button", name="What about returns?").click()
    expect(page.locator("#current .card")).to_have_count(2)
    expect(page.locator(".exchange")).to_have_count(1)
    assert [asked[0] for asked in workspace.asked] == ["What about returns?"]


def test_answer_streams_and_can_be_stopped(page: Page, workspace: FakeWorkspace) -> None:
    ask(page, "slow")
    expect(page.locator("#current .stage")).to_have_text("Writing…")
    expect(page.locator("#current .said")).to_contain_text("word word word")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator("#current")).to_contain_text("Stopped.")
    expect(page.locator("#current .said")).to_contain_text("word word word")
    assert workspace.closed.wait(5), "the model goes on although nobody listens"
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    assert workspace.asked[-1][1] == ()


def test_answer_ends_when_its_reader_leaves(page: Page, workspace: FakeWorkspace) -> None:
    ask(page, "slow")
    expect(page.locator("#current .said")).to_contain_text("word word word")
    page.close()
    assert workspace.closed.wait(5), "the model goes on although nobody listens"


def test_history_goes_with_the_question(page: Page, workspace: FakeWorkspace) -> None:
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    ask(page, "And parking?")
    expect(page.locator("#current .refusal")).to_be_visible()
    assert workspace.asked[-1][1] == (Turn("returns?", f"{RETURNS.strip()}[1] {SHIPPING.strip()}[2]"),)


def test_asking_again_replaces_the_last_answer(page: Page, workspace: FakeWorkspace) -> None:
    ask(page, "slow returns?")
    again = page.get_by_role("button", name="Ask again")
    with page.expect_request(lambda request: "/queue/join" in request.url):
        again.click()
    expect(again).to_have_count(0)
    expect(again).to_have_count(1)
    assert [(question, history) for question, history, _ in workspace.asked] == [("slow returns?", ())] * 2
    expect(page.locator(".exchange")).to_have_count(1)


def test_new_conversation_forgets_the_old_one(page: Page, workspace: FakeWorkspace) -> None:
    ask(page, "returns?")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".exchange")).to_have_count(0)
    expect(page.locator("#welcome h2")).to_be_visible()
    ask(page, "parking?")
    expect(page.locator("#current .refusal")).to_be_visible()
    assert workspace.asked[-1][1] == ()


def test_two_visitors_do_not_share_a_conversation(page: Page, open_page: Callable[..., Page]) -> None:
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    other = open_page()
    expect(other.locator(".exchange")).to_have_count(0)


def test_another_visitor_is_answered_while_one_waits(page: Page, open_page: Callable[..., Page]) -> None:
    ask(page, "slow")
    expect(page.locator("#current .said")).to_contain_text("word")
    other = open_page()
    ask(other, "returns?")
    expect(other.locator("#current .card")).to_have_count(2)
    expect(page.locator("#current .stage")).to_be_visible()


def test_scope_is_shown_and_goes_with_the_question(page: Page, workspace: FakeWorkspace) -> None:
    expect(page.locator("#scope")).to_have_text("Searching all documents")
    page.get_by_role("checkbox", name="Search only 员工手册.docx").click()
    expect(page.locator("#scope")).to_contain_text("Searching only")
    ask(page, "退货")
    expect(page.locator("#current .card")).to_have_count(1)
    assert workspace.asked[-1][2].documents == ("员工手册.docx",)
    page.get_by_role("button", name="Search all").click()
    expect(page.locator("#scope")).to_have_text("Searching all documents")


def test_sampling_goes_to_a_model_that_supports_it(open_page: Callable[..., Page], workspace: FakeWorkspace) -> None:
    workspace.add_samples()
    workspace.model = ModelStatus(ModelKind.SERVER, "qwen3", "http://127.0.0.1:1/v1", 4096, SAMPLING)
    page = open_page()
    page.get_by_role("button", name="Settings", exact=True).click()
    page.get_by_role("button", name="How the model picks its words").click()
    page.locator("#settings-pane").get_by_label("Temperature").fill("0.3")
    page.locator("#settings-pane").get_by_label("Temperature").press("Tab")
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    options = workspace.asked[-1][2]
    assert (options.temperature, options.top_p, options.max_tokens, options.top_k) == (0.3, None, 512, 6)
