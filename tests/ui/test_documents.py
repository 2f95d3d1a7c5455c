"""Claims about the documents panel, made in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from app.workspace.pace import Pace
from app.workspace.upkeep import Outcome, Task
from ingest.parse import SUPPORTED
from ingest.types import DocumentState, Progress
from tests.ui.fake import HOSTILE, FakeWorkspace, record


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


def test_folder_that_is_dropped_is_uploaded_with_the_places_of_its_files(
    page: Page, workspace: FakeWorkspace, tmp_path: Path
) -> None:
    for place in ("rates/README.md", "说明.md", ".git/x.md", "photo.psd"):
        file = tmp_path / "travel" / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("Rates.")
    drop(page, page.locator("#upload"), tmp_path / "travel")
    expect(page.locator("#documents")).to_contain_text("travel/rates/README.md")
    assert set(workspace.texts) == {"handbook.md", "员工手册.docx", "travel/rates/README.md", "travel/说明.md"}


def drop(page: Page, target: Locator, path: Path) -> None:
    """Drops a file or folder as a hand does; Playwright itself has no way to."""
    box = target.bounding_box()
    assert box is not None
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    dragged = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    devtools = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, "data": dragged, **place})
    devtools.detach()


def test_refused_upload_is_explained_in_the_panel(page: Page, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    page.locator("#upload input[type=file]").set_input_files(tmp_path / "empty.txt")
    notice = page.locator("#shelf .notice")
    expect(notice).to_contain_text("empty.txt is empty. Upload a file with text in it.")
    notice.get_by_role("button", name="Dismiss").click()
    expect(notice).to_have_count(0)


def test_removal_can_be_taken_back_for_a_while(page: Page, workspace: FakeWorkspace) -> None:
    page.get_by_role("button", name="Remove handbook.md").click()
    toast = page.locator("#shelf .toast")
    expect(toast).to_contain_text("handbook.md will be removed for good in")
    expect(page.locator("#documents")).not_to_contain_text("handbook.md")
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator("#documents")).to_contain_text("handbook.md")
    expect(toast).to_have_count(0)
    assert "handbook.md" in workspace.rows


def test_removed_document_leaves_the_scope_and_then_the_collection(page: Page, workspace: FakeWorkspace) -> None:
    page.get_by_role("checkbox", name="Search only handbook.md").click()
    expect(page.locator("#scope")).to_contain_text("handbook.md")
    page.get_by_role("button", name="Remove handbook.md").click()
    expect(page.locator("#scope")).to_have_text("Searching all documents")
    workspace.removals.close()
    expect(page.locator("#shelf .toast")).to_have_count(0)
    assert list(workspace.rows) == ["员工手册.docx"]


def test_ticked_documents_are_removed_and_read_again_together(page: Page, workspace: FakeWorkspace) -> None:
    workspace.rows["locked.pdf"] = record("locked.pdf", DocumentState.FAILED, reason="It is encrypted.")
    workspace.texts["locked.pdf"] = ""
    page.get_by_role("checkbox", name="Tick locked.pdf").click()
    page.get_by_role("checkbox", name="Search only handbook.md").click()
    expect(page.locator("#shelf .ticked")).to_contain_text("2 documents ticked")
    expect(page.locator("#scope .chip")).to_have_count(1)  # what cannot be searched is no scope
    page.get_by_role("button", name="Read the ticked documents again").click()
    expect(page.locator("#shelf .ticked")).to_be_visible()
    page.get_by_role("button", name="Remove the ticked documents").click()
    expect(page.locator("#shelf .toast")).to_contain_text("2 documents will be removed")
    workspace.removals.close()
    expect(page.locator("#shelf .toast")).to_have_count(0)
    assert list(workspace.rows) == ["员工手册.docx"]
    assert set(workspace.read_anew) == {"locked.pdf", "handbook.md"}


def test_list_is_searched_sorted_and_filtered(page: Page, workspace: FakeWorkspace) -> None:
    workspace.rows["broken.pdf"] = record("broken.pdf", DocumentState.FAILED, reason="It is damaged.", bytes=9_000_000)
    names = page.locator("#documents .document-name")
    expect(names).to_have_text(["broken.pdf", "handbook.md", "员工手册.docx"])
    page.get_by_label("Find by name").fill("手册")
    expect(names).to_have_text(["员工手册.docx"])
    expect(page.locator("#shelf")).to_contain_text("1 shown")
    page.get_by_label("Find by name").fill("nothing like it")
    expect(page.locator("#documents")).to_have_text("No document matches.")
    page.get_by_label("Find by name").fill("")
    choose(page, "Show", "Not readable")
    expect(names).to_have_text(["broken.pdf"])
    choose(page, "Show", "All states")
    workspace.rows["zebra.txt"] = record("zebra.txt", added_at="2026-02-01T00:00:00Z")
    choose(page, "Sort by", "Newest first")
    expect(names.first).to_have_text("zebra.txt")


def choose(page: Page, field: str, value: str) -> None:
    page.get_by_label(field, exact=True).click()
    page.get_by_role("option", name=value).click()


def test_tags_are_put_on_ticked_documents_and_narrow_the_list(page: Page, workspace: FakeWorkspace) -> None:
    page.get_by_role("checkbox", name="Search only handbook.md").click()
    field = page.get_by_label("Tag the ticked documents…")
    field.fill(HOSTILE)
    field.press("Enter")
    expect(page.locator("#documents .tag")).to_have_text([HOSTILE])
    page.locator("#shelf .tag").click()
    expect(page.locator("#documents .document-name")).to_have_text(["handbook.md"])
    page.locator("#shelf .tag").click()
    expect(page.locator("#documents .document-name")).to_have_count(2)
    assert workspace.tags.all() == {"handbook.md": (HOSTILE,)}


def test_thousand_documents_are_listed_a_page_at_a_time(page: Page, workspace: FakeWorkspace) -> None:
    workspace.rows.update({f"doc {n:04}.txt": record(f"doc {n:04}.txt") for n in range(998)})
    rows = page.locator("#documents li")
    expect(page.locator("#documents")).to_contain_text("1–30 of 1000")
    expect(rows).to_have_count(30)
    page.get_by_role("button", name="More documents").click()
    expect(page.locator("#documents")).to_contain_text("31–60 of 1000")
    page.get_by_role("button", name="Tick all").click()
    expect(page.locator("#shelf .ticked")).to_contain_text("1000 documents ticked")
    expect(page.locator("#scope")).to_contain_text("and 995 more")


def test_passages_and_text_of_a_document_are_shown_as_they_are_stored(page: Page, workspace: FakeWorkspace) -> None:
    workspace.add("plain.md", "\n\n".join(f"Rule {n} says <b>{HOSTILE}</b>" for n in range(1, 26)))
    workspace.tags.add(["plain.md"], "rules")
    page.get_by_role("button", name="Show what is stored of plain.md").click()
    shown = page.get_by_role("region", name="What is stored of plain.md")
    expect(shown.get_by_role("listitem")).to_have_count(20)
    expect(shown).to_contain_text("1page 1 · 6 tokens · characters 0–")
    expect(shown.get_by_role("listitem").first).to_contain_text(f"Rule 1 says <b>{HOSTILE}</b>")
    shown.get_by_role("button", name="Next").click()
    expect(shown).to_contain_text("21–25 of 25")
    shown.get_by_role("button", name="Text", exact=True).click()
    expect(shown.locator(".stored-text")).to_have_count(1)
    expect(shown.locator(".stored-text")).to_contain_text(f"Rule 25 says <b>{HOSTILE}</b>")
    shown.get_by_role("button", name="Take the tag rules off").click()
    expect(shown.locator(".tag")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    expect(page.get_by_role("button", name="Show what is stored of plain.md")).to_be_focused()


def test_pace_of_many_documents_is_told_and_all_can_be_cancelled(page: Page, workspace: FakeWorkspace) -> None:
    for name in ("one.pdf", "two.pdf"):
        workspace.rows[name] = record(name, DocumentState.QUEUED)
        workspace.under_way[name] = Progress(name, DocumentState.QUEUED)
    workspace.rate = Pace(40, 12, 0.3, 45.2, 170)
    pace = page.locator("#shelf .pace")
    expect(pace).to_contain_text("12 of 40 done · 45 passages/s · about 3 min left")
    pace.get_by_role("button", name="Cancel all").click()
    expect(page.locator("#documents .reason")).to_have_count(2)


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
    expect(page.get_by_role("checkbox", name="Search only locked.pdf")).to_have_count(0)
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
    workspace.problem, workspace.mismatched = "The index was built with another encoder.", True
    page.locator("#status").get_by_role("button", name="Embed everything anew").click()
    status = page.locator("#status")
    expect(status).to_contain_text("Everything will be embedded anew.")
    workspace.under_way["handbook.md"] = Progress("handbook.md", DocumentState.EMBEDDING, 1, 4)
    expect(status).to_contain_text("Embedding anew, 1 left.")
    expect(page.locator("#documents")).to_contain_text("embedding 25%")
    expect(page.get_by_role("button", name="Cancel handbook.md")).to_have_count(0)
    assert workspace.upkeep.started == [Task.REEMBED]
    workspace.problem, workspace.mismatched = None, False
    expect(status).to_contain_text("Ready")


def test_other_problem_offers_no_embedding_anew(page: Page, workspace: FakeWorkspace) -> None:
    workspace.problem = "The model server does not answer. Run `docent rebuild --from-text` or not."
    expect(page.locator("#status")).to_contain_text(workspace.problem)
    expect(page.locator("#status").get_by_role("button", name="Embed everything anew")).to_have_count(0)


def test_storage_is_told_and_a_check_that_finds_differences_offers_to_repair(
    page: Page, workspace: FakeWorkspace
) -> None:
    page.get_by_role("button", name="Storage and index").click()
    expect(page.locator("#storage")).to_contain_text("1.2 MB")
    expect(page.locator("#storage")).to_contain_text("5.0 GB")
    tasks = page.locator("#tasks")
    tasks.get_by_role("button", name="Check the index").click()
    expect(tasks).to_contain_text("Checking the index…")
    workspace.upkeep.outcome = Outcome(Task.VERIFY, faults=("the vector index lacks 3 of the catalog's 9 chunks",))
    expect(tasks.locator(".faults")).to_contain_text("1 differences found:the vector index lacks 3")
    tasks.get_by_role("button", name="Repair").click()
    expect(tasks).to_contain_text("Repairing the index.")
    workspace.upkeep.outcome = Outcome(Task.REPAIR, ready=9)
    expect(tasks).to_contain_text("Done: 9 ready, 0 not readable.")
    assert workspace.upkeep.started == [Task.VERIFY, Task.REPAIR]


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


def test_empty_collection_offers_the_sample_handbook(open_page: Callable[..., Page], workspace: FakeWorkspace) -> None:
    page = open_page()
    expect(page.locator("#documents")).to_contain_text("No documents yet.")
    page.locator("#welcome").get_by_role("button", name="Add the sample handbook").click()
    expect(page.locator("#documents")).to_contain_text("员工手册.docx")
    expect(page.get_by_role("button", name="What about returns?")).to_be_visible()
