"""Claims about the documents panel, made in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from ingest.types import DocumentState, Progress
from tests.ui.fake import FakeWorkspace, record


def test_several_files_are_uploaded_at_once_and_appear_in_the_list(
    page: Page, workspace: FakeWorkspace, tmp_path: Path
) -> None:
    names = ["notes.txt", "季度报告（终稿）.MD"]
    for name in names:
        (tmp_path / name).write_text("Some text.", encoding="utf-8")
    page.locator("#upload input[type=file]").set_input_files([tmp_path / name for name in names])
    for name in names:
        expect(page.locator("#documents")).to_contain_text(name)
    assert set(names) <= set(workspace.texts)


def test_file_dialog_offers_the_supported_types(page: Page) -> None:
    accepted = page.locator("#upload input[type=file]").get_attribute("accept") or ""
    assert {".md", ".txt", ".docx", ".pdf"} <= {suffix.strip() for suffix in accepted.split(",")}


def test_refused_upload_is_explained_in_the_panel(page: Page, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    page.locator("#upload input[type=file]").set_input_files(tmp_path / "empty.txt")
    notice = page.locator("#documents .notice")
    expect(notice).to_contain_text("empty.txt is empty. Upload a file with text in it.")
    notice.get_by_role("button", name="Dismiss").click()
    expect(notice).to_have_count(0)


def test_document_is_removed_only_after_a_yes(page: Page, workspace: FakeWorkspace) -> None:
    page.get_by_role("button", name="Remove handbook.md").click()
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("button", name="Remove handbook.md").click()
    assert "handbook.md" in workspace.rows
    page.get_by_role("button", name="Yes, remove").click()
    expect(page.locator("#documents")).not_to_contain_text("handbook.md")
    assert list(workspace.rows) == ["员工手册.docx"]


def test_removed_document_leaves_the_scope(page: Page) -> None:
    page.get_by_role("checkbox", name="Search only handbook.md").click()
    expect(page.locator("#scope")).to_contain_text("handbook.md")
    page.get_by_role("button", name="Remove handbook.md").click()
    page.get_by_role("button", name="Yes, remove").click()
    expect(page.locator("#scope")).to_have_text("Searching all documents")


def test_progress_of_a_document_is_followed_until_it_is_ready(page: Page, workspace: FakeWorkspace) -> None:
    workspace.rows["slow.pdf"] = record("slow.pdf", DocumentState.QUEUED)
    expect(page.locator("#documents")).to_contain_text("waiting")
    workspace.under_way["slow.pdf"] = Progress("slow.pdf", DocumentState.EMBEDDING, 2, 5)
    expect(page.locator("#documents")).to_contain_text("embedding 40%")
    expect(page.get_by_role("progressbar", name="Progress of slow.pdf")).to_be_visible()
    workspace.under_way.clear()
    workspace.rows["slow.pdf"] = record("slow.pdf", pages=1, chunks=1, bytes=1_234_567)
    expect(page.locator("#documents")).to_contain_text("PDF · 1.2 MB · 1 page · 1 passage")
    expect(page.get_by_role("checkbox", name="Search only slow.pdf")).to_be_enabled()


def test_failed_document_gives_its_reason_in_full_and_can_be_tried_again(page: Page, workspace: FakeWorkspace) -> None:
    reason = "locked.pdf is encrypted. " + "Save it without a password and upload it again. " * 8
    workspace.rows["locked.pdf"] = record("locked.pdf", DocumentState.FAILED, reason=reason)
    expect(page.locator("#documents .reason")).to_have_text(reason)
    expect(page.get_by_role("checkbox", name="Search only locked.pdf")).to_be_disabled()
    page.get_by_role("button", name="Try locked.pdf again").click()
    expect(page.get_by_role("checkbox", name="Search only locked.pdf")).to_be_enabled()


def test_empty_collection_offers_the_sample_handbook(open_page: Callable[..., Page], workspace: FakeWorkspace) -> None:
    page = open_page()
    expect(page.locator("#documents")).to_contain_text("No documents yet.")
    page.locator("#welcome").get_by_role("button", name="Add the sample handbook").click()
    expect(page.locator("#documents")).to_contain_text("员工手册.docx")
    expect(page.get_by_role("button", name="What about returns?")).to_be_visible()
