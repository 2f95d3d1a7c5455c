"""Claims about verdicts on answers, made in a browser."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.ui.conftest import ask
from tests.ui.fake import HANDBOOK, SHIPPING, FakeWorkspace
from tests.ui.test_collections import create


def test_verdict_counts_at_once_and_a_second_click_takes_it_back(page: Page) -> None:
    ask(page, "returns?")
    helpful = page.locator("#current").get_by_role("button", name="Helpful", exact=True)
    helpful.click()
    expect(helpful).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Cancel").click()
    page.locator("#history").get_by_role("button", name="Feedback").click()
    expect(page.locator("#history .card")).to_have_count(1)
    helpful.click()
    expect(helpful).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#history .card")).to_have_count(0)


def test_wrong_answer_becomes_a_test_case_with_the_passage_that_was_named(page: Page, address: str) -> None:
    ask(page, "Is there parking?")
    page.locator("#current").get_by_role("button", name="Not helpful").click()
    form = page.locator("form.verdict")
    form.get_by_text("It is in the documents, and was not found").click()
    form.get_by_label("In your own words").fill("<b>Look again</b>")
    form.get_by_label("handbook.md Shipping within").check()
    form.get_by_label("The right answer").fill("4.50")
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0)
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    page.locator("#history").get_by_role("button", name="Feedback").click()
    page.locator("#history").get_by_role("button", name="Helpful", exact=True).click()
    expect(page.locator("#history .card")).to_have_count(0)
    page.locator("#history").get_by_role("button", name="All").click()
    listed = page.locator("#history .card")
    expect(listed).to_contain_text("test case · It is in the documents, and was not found · <b>Look again</b>")
    archive = page.context.request.get(f"{address}/feedback.zip?collection=default").body()
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        (line,) = gzip.decompress(opened.read("docent-feedback/questions.jsonl.gz")).splitlines()
    question = json.loads(line)
    assert (question["question"], question["answers"]) == ("Is there parking?", ["4.50"])
    start = HANDBOOK.index(SHIPPING)
    assert question["evidence"] == [
        {"document": "handbook.md", "start": start, "end": start + len(SHIPPING), "text": SHIPPING}
    ]
    page.get_by_role("button", name="New conversation").click()
    listed.click()
    expect(page.locator("#past .act[aria-pressed=true]")).to_have_text("Not helpful")


def test_test_set_is_of_the_collection_that_the_page_shows_whatever_other_pages_show(
    page: Page, open_page: Callable[..., Page], address: str
) -> None:
    ask(page, "returns?")
    helpful = page.locator("#current").get_by_role("button", name="Helpful", exact=True)
    helpful.click()
    expect(helpful).to_have_attribute("aria-pressed", "true")
    page.locator("#history").get_by_role("button", name="Feedback").click()
    other = open_page()
    create(other, "Kettles")
    expect(other.locator("#collections summary")).to_have_text("Kettles")
    with page.expect_download() as downloaded:
        page.locator("#history").get_by_role("link", name="Download as test set").click()
    with zipfile.ZipFile(downloaded.value.path()) as opened:
        (line,) = gzip.decompress(opened.read("docent-feedback/questions.jsonl.gz")).splitlines()
    assert json.loads(line)["question"] == "returns?"
    gone = page.context.request.get(f"{address}/feedback.zip?collection=gone")
    assert (gone.status, "not here any more" in gone.text()) == (404, True)


def test_removed_document_leaves_an_opened_conversation_without_its_words(page: Page, workspace: FakeWorkspace) -> None:
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    workspace.remove(["handbook.md"])
    workspace.conversations.forget_gone("default", workspace.stored_text)
    page.reload()
    page.locator("#history li > button.title").click()
    expect(page.locator("#current .said")).to_contain_text("[What was said here went with handbook.md.]")
    expect(page.locator("#current .card").first).to_contain_text("This passage went with its document.")
    expect(page.locator("#current")).not_to_contain_text("30 days")
