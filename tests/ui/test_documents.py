"""Claims about the documents panel, made in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ingest.embed import EncoderIdentity
from ingest.errors import IndexMismatch
from ingest.generation import check_encoder, fingerprint
from ingest.parse import SUPPORTED
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
    assert {suffix.strip() for suffix in accepted.split(",")} == set(SUPPORTED)


def test_file_with_two_suffixes_is_taken_in(page: Page, tmp_path: Path) -> None:
    (tmp_path / "minutes 2025.tar.gz").write_text("Some text.")
    page.locator("#upload input[type=file]").set_input_files(tmp_path / "minutes 2025.tar.gz")
    expect(page.get_by_role("checkbox", name="Search only minutes 2025.tar.gz")).to_be_enabled()


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


def test_notice_about_a_ready_document_is_not_shown_as_a_failure(page: Page, workspace: FakeWorkspace) -> None:
    workspace.rows["scan.pdf"] = record("scan.pdf", reason="Page 3 could not be read. The same content as 'old.pdf'.")
    expect(page.locator("#documents .remark")).to_have_text(workspace.rows["scan.pdf"].reason or "")
    expect(page.locator("#documents .reason")).to_have_count(0)
    expect(page.get_by_role("button", name="Try scan.pdf again")).to_have_count(0)


def test_document_on_its_way_in_can_be_cancelled_and_then_tried_again(page: Page, workspace: FakeWorkspace) -> None:
    workspace.rows["long.pdf"] = record("long.pdf", DocumentState.FAILED, reason="It took too long.")
    workspace.under_way["long.pdf"] = Progress("long.pdf", DocumentState.PARSING)
    cancel = page.get_by_role("button", name="Cancel long.pdf")
    expect(cancel).to_be_visible()
    expect(page.locator("#documents")).not_to_contain_text("It took too long.")
    cancel.click()
    expect(page.locator("#documents .reason")).to_have_text("Cancelled. Retry to bring it in.")
    page.get_by_role("button", name="Try long.pdf again").click()
    expect(page.get_by_role("checkbox", name="Search only long.pdf")).to_be_enabled()


def test_index_of_another_encoder_is_embedded_anew_by_one_click(page: Page, workspace: FakeWorkspace) -> None:
    workspace.problem = mismatch()
    page.get_by_role("button", name="Embed everything anew").click()
    status = page.locator("#status")
    expect(status).to_contain_text("Everything will be embedded anew.")
    workspace.under_way["handbook.md"] = Progress("handbook.md", DocumentState.EMBEDDING, 1, 4)
    expect(status).to_contain_text("Embedding anew, 1 left.")
    expect(page.locator("#documents")).to_contain_text("embedding 25%")
    expect(page.get_by_role("button", name="Cancel handbook.md")).to_have_count(0)
    assert workspace.reembeddings == 1
    workspace.problem = None
    expect(status).to_contain_text("Ready")


def test_other_problem_offers_no_embedding_anew(page: Page, workspace: FakeWorkspace) -> None:
    workspace.problem = "The model server does not answer. Start it and try again."
    expect(page.locator("#status")).to_contain_text(workspace.problem)
    expect(page.get_by_role("button", name="Embed everything anew")).to_have_count(0)


def test_web_page_is_added_by_its_address(page: Page) -> None:
    field = page.get_by_label("Address of a web page")
    field.fill("example.org/guide")
    page.get_by_role("button", name="Add page").click()
    expect(page.locator("#web-page-result")).to_have_text("Added as example.org guide.html.")
    expect(page.locator("#documents")).to_contain_text("example.org guide.html")
    expect(field).to_have_value("")


def test_web_page_that_cannot_be_had_is_explained_in_one_line(page: Page) -> None:
    field = page.get_by_label("Address of a web page")
    field.fill("http://private/<b>")
    field.press("Enter")
    told = "http://private/<b> cannot be fetched: its address is private. Save the page and add the file."
    expect(page.locator("#web-page-result")).to_have_text(told)
    expect(field).to_have_value("http://private/<b>")
    expect(field).to_be_enabled()


def mismatch() -> str:
    """What an index says that was made by another encoder than the one asked for."""
    one = EncoderIdentity("built-in", "all-MiniLM-L6-v2", "a" * 64, 384, "", "")
    other = EncoderIdentity("/models/bge", "bge-m3", "b" * 64, 1024, "", "")
    with pytest.raises(IndexMismatch) as caught:
        check_encoder(fingerprint(one, parser="1", splitter="1", chunk_tokens=200), other)
    return str(caught.value)


def test_empty_collection_offers_the_sample_handbook(open_page: Callable[..., Page], workspace: FakeWorkspace) -> None:
    page = open_page()
    expect(page.locator("#documents")).to_contain_text("No documents yet.")
    page.locator("#welcome").get_by_role("button", name="Add the sample handbook").click()
    expect(page.locator("#documents")).to_contain_text("员工手册.docx")
    expect(page.get_by_role("button", name="What about returns?")).to_be_visible()
