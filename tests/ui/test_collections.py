"""Claims about several collections in one page, made in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.ui.conftest import ask
from tests.ui.fake import HOSTILE, FakeWorkspace
from tests.ui.fake_library import FakeLibrary

DEFAULT = "Default collection"


def opened(page: Page) -> Locator:
    return page.locator("#collections summary")


def menu(page: Page) -> Locator:
    """The menu, unfolded."""
    if not page.locator("#collections details[open]").count():
        opened(page).click()
    return page.locator("#collections details > div")


def create(page: Page, name: str) -> None:
    menu(page).get_by_role("button", name="New collection…").click()
    page.get_by_label("Name of the collection").fill(name)
    page.keyboard.press("Enter")


def choose(page: Page, name: str) -> None:
    menu(page).get_by_role("button", name=name, exact=True).click()
    expect(opened(page)).to_have_text(name)


def test_collection_is_made_filled_asked_left_renamed_and_removed(
    page: Page, workspace: FakeWorkspace, library: FakeLibrary, tmp_path: Path
) -> None:
    create(page, HOSTILE)
    expect(opened(page)).to_have_text(HOSTILE)
    expect(page.locator("#documents")).to_contain_text("No documents yet")
    (kettles,) = library.others.values()
    (tmp_path / "kettle.txt").write_text("Descale it.", encoding="utf-8")
    page.locator("#upload input[type=file]").set_input_files(tmp_path / "kettle.txt")
    expect(page.locator("#documents")).to_contain_text("kettle.txt")
    page.get_by_role("checkbox", name="Search only kettle.txt").click()
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    assert [options.documents for _, _, options in kettles.asked] == [("kettle.txt",)]
    assert workspace.asked == []

    choose(page, DEFAULT)
    expect(page.locator("#documents")).not_to_contain_text("kettle.txt")
    expect(page.locator("#documents")).to_contain_text("handbook.md")
    expect(page.locator(".exchange")).to_have_count(0)
    expect(page.locator("#composer .scope")).to_have_text(f"Searching all documents in {DEFAULT}")

    menu(page).locator("li").last.hover()
    menu(page).get_by_role("button", name=f"Rename {HOSTILE}").click()
    page.get_by_label("Name of the collection").fill("default")
    page.keyboard.press("Enter")
    expect(page.locator("#collections .notice")).to_contain_text("There is a collection 'default' already")
    page.get_by_label("Name of the collection").fill("Kettles")
    page.keyboard.press("Enter")
    expect(menu(page).locator("li").last).to_contain_text("Kettles")

    menu(page).locator("li").first.hover()
    menu(page).get_by_role("button", name=f"Rename {DEFAULT}").click()
    expect(page.get_by_label("Name of the collection")).to_have_value("")
    page.get_by_label("Name of the collection").fill("员工手册")
    page.keyboard.press("Enter")
    expect(opened(page)).to_have_text("员工手册")

    choose(page, "Kettles")
    menu(page).locator("li").last.hover()
    menu(page).get_by_role("button", name="Delete Kettles").click()
    expect(page.locator("#collections .asked")).to_contain_text("1 document (1.5 MB with its index) is deleted")
    page.get_by_role("button", name="Yes, delete").click()
    expect(opened(page)).to_have_text("员工手册")
    expect(page.locator("#documents")).to_contain_text("handbook.md")
    expect(page.locator("#collections-leaving")).to_contain_text("Kettles will be removed for good in")
    library.removals.close()
    expect(page.locator("#collections-leaving .toast")).to_have_count(0)
    assert library.others == {}


def test_removed_collection_can_be_taken_back_by_any_page_and_all_that_showed_it_are_back_there(
    page: Page, open_page: Callable[..., Page], library: FakeLibrary
) -> None:
    create(page, HOSTILE)
    expect(opened(page)).to_have_text(HOSTILE)
    other = open_page(locale="zh-CN")
    other.locator("#collections summary").click()
    other.get_by_role("button", name=HOSTILE, exact=True).click()
    menu(page).locator("li").last.hover()
    menu(page).get_by_role("button", name=f"Delete {HOSTILE}").click()
    page.get_by_role("button", name="Yes, delete").click()
    for each, default in ((page, DEFAULT), (other, "默认文档库")):
        expect(opened(each)).to_have_text(default)
        expect(each.locator("#collections li")).to_have_count(1)
    expect(other.locator("#collections-leaving")).to_contain_text(f"秒后彻底移除：{HOSTILE}")
    other.get_by_role("button", name="撤销").click()
    for each in (page, other):
        expect(opened(each)).to_have_text(HOSTILE)
        expect(each.locator("#collections-leaving .toast")).to_have_count(0)
    library.problem = "The index is being written."
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#collections-leaving .notice")).to_have_count(0)
    assert library.problem is None


def test_each_browser_has_its_own_and_a_conversation_goes_on_in_its_collection(
    page: Page, open_page: Callable[..., Page], library: FakeLibrary
) -> None:
    create(page, "Kettles")
    expect(opened(page)).to_have_text("Kettles")
    (kettles,) = library.others.values()
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    other = open_page(locale="zh-CN")
    expect(opened(other)).to_have_text("默认文档库")
    choose(page, DEFAULT)
    page.locator("#history li > button.title").click()
    expect(opened(page)).to_have_text("Kettles")
    expect(page.locator("#current .card")).to_have_count(2)
    ask(page, "parking?")
    expect(page.locator("#current .refusal")).to_be_visible()
    assert [turn.question for turn in kettles.asked[-1][1]] == ["returns?"]
    page.reload()
    expect(opened(page)).to_have_text("Kettles")
