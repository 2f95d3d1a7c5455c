"""Claims about kept conversations, as a browser shows them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import docx
import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from app.ui.history.history_html import age
from app.ui.visitor import VISITOR_COOKIE, VisitorCookie, owner_of
from tests.ui.conftest import ask
from tests.ui.fake import CHINESE_RETURNS, HOSTILE, RETURNS, FakeWorkspace
from tests.ui.fake_parts import FakeFollowUps


def titles(page: Page) -> Locator:
    return page.locator("#history li > button.title")


def test_conversation_is_listed_and_opened_again_after_a_reload(page: Page, workspace: FakeWorkspace) -> None:
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    ask(page, "退货")
    expect(page.locator("#past .card")).to_have_count(2)
    expect(titles(page)).to_have_text(["returns?"])
    page.reload()
    expect(page.locator("#welcome h2")).to_be_visible()
    expect(page.locator(".exchange")).to_have_count(0)
    titles(page).click()
    expect(page.locator("#past .said")).to_contain_text(RETURNS.strip())
    expect(page.locator("#current .said")).to_contain_text(CHINESE_RETURNS)
    expect(titles(page)).to_have_attribute("aria-current", "true")
    page.locator("#current .marker").click()
    expect(page.locator("#passage mark")).to_have_text(CHINESE_RETURNS)
    page.keyboard.press("Escape")
    ask(page, "parking?")
    expect(page.locator("#current .refusal")).to_be_visible()
    assert [turn.question for turn in workspace.asked[-1][1]] == ["returns?", "退货"]
    expect(titles(page)).to_have_count(1)


def test_list_is_searched_renamed_and_deleted(page: Page, workspace: FakeWorkspace) -> None:
    for question in ("returns?", f"退货 {HOSTILE}"):
        ask(page, question)
        expect(page.locator("#current .card").first).to_be_visible()
        page.get_by_role("button", name="New conversation").click()
        expect(page.locator(".exchange")).to_have_count(0)
    expect(titles(page)).to_have_text([f"退货 {HOSTILE}", "returns?"])
    page.get_by_label("Search", exact=True).fill("30 days")
    expect(titles(page)).to_have_text(["returns?"])
    page.get_by_label("Search", exact=True).fill("")
    expect(titles(page)).to_have_count(2)
    page.get_by_role("button", name="Rename returns?").click(force=True)
    field = page.get_by_role("textbox", name="Rename returns?")
    expect(field).to_be_focused()
    field.fill("Sending things back")
    field.press("Enter")
    expect(titles(page)).to_have_text([f"退货 {HOSTILE}", "Sending things back"])
    page.get_by_role("button", name="Delete Sending things back").click(force=True)
    page.get_by_role("button", name="Keep").click()
    expect(titles(page)).to_have_count(2)
    page.get_by_role("button", name="Delete Sending things back").click(force=True)
    page.get_by_role("button", name="Yes, delete").click()
    expect(titles(page)).to_have_text([f"退货 {HOSTILE}"])


def test_deleting_the_open_conversation_begins_a_new_one(page: Page) -> None:
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    page.get_by_role("button", name="Delete returns?").click(force=True)
    page.get_by_role("button", name="Yes, delete").click()
    expect(page.locator(".exchange")).to_have_count(0)
    expect(titles(page)).to_have_count(0)


def test_another_browser_sees_no_conversation_of_this_one(
    page: Page, browser: Browser, address: str, workspace: FakeWorkspace
) -> None:
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    with browser.new_context(locale="en-US") as context:
        other = context.new_page()
        other.goto(address)
        expect(other.locator("#history")).to_contain_text("What you ask is kept here")
        expect(titles(other)).to_have_count(0)
        page.locator("#bar summary").click()
        link = page.get_by_role("link", name="Markdown").get_attribute("href")
        assert context.request.get(f"{address}/{link}").status == 404
        assert context.request.get(f"{address}/feedback.zip?collection=default").ok


def test_failed_model_call_leaves_answer_and_conversation_in_their_places(page: Page, workspace: FakeWorkspace) -> None:
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    page.get_by_role("button", name="Edit question").click()
    page.locator("form.edit textarea").fill("broken")
    page.keyboard.press("Enter")
    expect(page.locator("#current").get_by_role("alert")).to_contain_text("Start it and ask again.")
    expect(page.locator("#past .said")).to_contain_text(RETURNS.strip())
    page.get_by_role("button", name="Edit question").click()
    page.locator("form.edit textarea").fill("退货")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#current .said")).to_contain_text(CHINESE_RETURNS)
    expect(page.locator(".exchange")).to_have_count(2)
    page.reload()
    titles(page).click()
    expect(page.locator(".question")).to_have_text([re.compile("returns"), re.compile("退货")])


def test_edited_question_takes_the_place_of_the_last(page: Page, workspace: FakeWorkspace) -> None:
    ask(page, "parking?")
    expect(page.locator("#current .refusal")).to_be_visible()
    page.get_by_role("button", name="Edit question").click()
    expect(page.locator("form.edit textarea")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("form.edit")).to_have_count(0)
    page.get_by_role("button", name="Edit question").click()
    page.locator("form.edit textarea").fill("returns?")
    page.keyboard.press("Enter")
    expect(page.locator("#current .card")).to_have_count(2)
    expect(page.locator(".exchange")).to_have_count(1)
    assert workspace.asked[-1][1] == ()


def test_opening_another_conversation_ends_the_answer_under_way(page: Page, workspace: FakeWorkspace) -> None:
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".exchange")).to_have_count(0)
    ask(page, "slow")
    expect(page.locator("#current .said")).to_contain_text("word word")
    titles(page).filter(has_text="returns?").click()
    expect(page.locator("#current .said")).to_contain_text(RETURNS.strip())
    assert workspace.closed.wait(5)
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(titles(page)).to_have_text(["slow", "returns?"])


def test_follow_up_is_asked_with_a_click(page: Page, workspace: FakeWorkspace) -> None:
    workspace.follow_ups = FakeFollowUps(("What about returns?", "退货"))
    ask(page, "parking?")
    expect(page.locator("#follow-ups").get_by_role("button", name="退货")).to_be_in_viewport()
    page.locator("#follow-ups").get_by_role("button", name="退货").click()
    expect(page.locator("#current .said")).to_contain_text(CHINESE_RETURNS)
    expect(page.locator("#follow-ups button")).to_have_text(["What about returns?"])


def test_answer_is_copied_with_its_sources(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, "returns?")
    page.get_by_role("button", name="Copy").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{RETURNS.strip()}\\[1\\]")
    assert "1. handbook.md · page 3 · Orders \\> Returns" in copied


def test_conversation_is_exported_in_three_formats(page: Page, address: str) -> None:
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    page.locator("#bar summary").click()
    for name, suffix in (("Markdown", "md"), ("JSON", "json"), ("Word document", "docx")):
        href = page.get_by_role("link", name=name).get_attribute("href")
        answer = page.context.request.get(f"{address}/{href}")
        assert (
            f"returns%20.{suffix}" in answer.headers["content-disposition"]
            or "returns." in answer.headers["content-disposition"]
        )
        if suffix == "docx":
            texts = [paragraph.text for paragraph in docx.Document(io.BytesIO(answer.body())).paragraphs]
            assert any(RETURNS.strip() in text for text in texts)
        else:
            assert RETURNS.strip() in answer.text()
    assert httpx.get(f"{address}/{href}").status_code == 404


def test_keys_do_what_the_help_says(page: Page, workspace: FakeWorkspace) -> None:
    page.locator("#status").click()
    page.keyboard.press("/")
    expect(page.locator("#question textarea")).to_be_focused()
    ask(page, "slow")
    expect(page.locator("#current .said")).to_contain_text("word word")
    page.keyboard.press("Escape")
    expect(page.locator("#current")).to_contain_text("Stopped.")
    page.keyboard.press("Alt+n")
    expect(page.locator(".exchange")).to_have_count(0)
    page.locator("#status").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()


def test_list_is_a_drawer_on_a_narrow_screen(open_page: Callable[..., Page], workspace: FakeWorkspace) -> None:
    workspace.add_samples()
    page = open_page(viewport={"width": 390, "height": 844})
    expect(page.locator("#history-pane")).to_be_hidden()
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    page.get_by_role("button", name="Conversations").click()
    expect(titles(page)).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("#history-pane")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-22T08:00:00+00:00", "today"),
        ("2026-11-21T23:59:00+00:00", "yesterday"),
        ("2026-11-15T00:00:00+00:00", "week"),
        ("2025-11-22T00:00:00+00:00", "older"),
    ],
)
def test_age_is_told_in_days(moment: str, words: str) -> None:
    from datetime import date

    assert age(moment, date(2026, 11, 22)) == words


# --- whose they are ---------------------------------------------------------------------------------------------------


def test_page_gives_a_browser_one_secret_that_no_script_can_read() -> None:
    async def page(scope: object, receive: object, send: object) -> None:
        await PlainTextResponse("the page")(scope, receive, send)  # type: ignore[arg-type]

    app = Starlette()
    app.mount("/", page)
    client = TestClient(VisitorCookie(app))
    given = client.get("/").headers["set-cookie"]
    assert re.fullmatch(rf"{VISITOR_COOKIE}=[0-9a-f]{{32}}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", given)
    assert "set-cookie" not in client.get("/").headers
    assert "set-cookie" not in TestClient(VisitorCookie(app)).get("/other").headers


def test_owner_is_no_secret_and_needs_one() -> None:
    secret = "0123456789abcdef" * 2
    owner = owner_of({VISITOR_COOKIE: secret})
    assert owner is not None
    assert secret not in owner
    assert owner_of({VISITOR_COOKIE: "' OR 1=1"}) is None
    assert owner_of({}) is None
