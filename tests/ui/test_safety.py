"""Claims about what a hostile document or web site can do through the page: nothing."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect

from app.ui.guard import guard, is_loopback
from app.ui.markup import Markup, element, join
from ingest.types import DocumentState
from tests.ui.conftest import ask
from tests.ui.fake import HOSTILE, FakeWorkspace, record

HOSTILE_TEXT = (
    f"{HOSTILE}</mark></p><script>alert(2)</script>![x](http://192.0.2.1/x.png)[l](http://192.0.2.1/)"
    " ${value} {{value}} **b**"
)


def test_hostile_names_and_texts_are_shown_as_text(open_page: Callable[..., Page], workspace: FakeWorkspace) -> None:
    workspace.add(f"{HOSTILE}.txt", HOSTILE_TEXT)
    workspace.rows["bad"] = record(f"bad{HOSTILE}", DocumentState.FAILED, reason=HOSTILE)
    page = open_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.get_by_role("checkbox", name=f"Search only {HOSTILE}.txt").click()
    expect(page.locator("#scope .chip")).to_contain_text(HOSTILE)
    ask(page, f"hostile {HOSTILE}")
    expect(page.locator("#current .said")).to_contain_text(HOSTILE_TEXT)
    expect(page.locator("#current .question")).to_contain_text(HOSTILE)
    page.locator("#current .marker").click()
    assert page.locator("#passage mark").text_content() == HOSTILE_TEXT
    expect(page.locator("#documents .reason")).to_have_text(HOSTILE)
    assert page.locator("main img, main script, main a:not([download])").count() == 0
    assert dialogs == []


def test_page_asks_no_other_host_for_anything(page: Page, address: str) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.reload()
    ask(page, "returns?")
    page.locator("#current .marker").first.click()
    expect(page.locator("#passage mark")).to_be_visible()
    assert requested
    assert [url for url in requested if not url.startswith((address, "data:", "blob:"))] == []


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "[::1]:7860", "localhost"])
def test_names_of_this_machine_are_answered(address: str, host: str) -> None:
    assert httpx.get(f"{address}/health", headers={"host": host}).status_code == 200


def test_rebound_name_is_refused(address: str) -> None:
    answer = httpx.get(f"{address}/health", headers={"host": "docent.evil.example"})
    assert (answer.status_code, answer.text) == (400, "Invalid host header")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://docent.example"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
def test_only_the_page_itself_may_change_something(headers: dict[str, str], status: int) -> None:
    app = FastAPI()
    app.post("/change")(lambda: "changed")
    guard(app, "0.0.0.0")
    answer = TestClient(app, base_url="http://docent.example").post("/change", headers=headers)
    assert answer.status_code == status


def test_other_site_cannot_frame_the_page_or_give_it_scripts(address: str) -> None:
    policy = httpx.get(address).headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "http:" not in policy
    assert "*" not in policy


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("127.0.0.2", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("box", False)],
)
def test_loopback_is_recognised(host: str, local: bool) -> None:
    assert is_loopback(host) is local


def test_markup_escapes_everything_that_it_did_not_make() -> None:
    written = element("p", "<b>", Markup("<i></i>"), title='"><b>', hidden=True, lang=None)
    assert written == '<p title="&quot;&gt;&lt;b&gt;" hidden>&lt;b&gt;<i></i></p>'
    assert join("a & b", element("br")) == "a &amp; b<br></br>"
