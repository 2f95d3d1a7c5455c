"""Claims about using the page with a keyboard, a screen reader or weak eyes: axe-core looks at every panel of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from ingest.types import DocumentState, Progress
from tests.ui.conftest import ask
from tests.ui.fake import FakeFollowUps, FakeWorkspace, record
from tests.ui.test_viewer import with_guide

GRAVE = ("serious", "critical")
WIDTHS = (1440, 390)
# Reading all style sheets anew for each run, which no rule below needs, would double the time.
EVERYTHING = {"resultTypes": ["violations"], "preload": False, "rules": {"target-size": {"enabled": True}}}
CONTRAST = {"resultTypes": ["violations"], "preload": False, "runOnly": ["color-contrast"]}


def fill(workspace: FakeWorkspace) -> None:
    """Something of every kind that a panel can show."""
    workspace.add_samples()
    with_guide(workspace)
    workspace.rows["broken.pdf"] = record("broken.pdf", DocumentState.FAILED, reason="The file is empty (0 bytes).")
    workspace.rows["remarked.pdf"] = record("remarked.pdf", reason="Page 3 could not be read.")
    workspace.rows["coming.pdf"] = record("coming.pdf", DocumentState.QUEUED)
    workspace.under_way["coming.pdf"] = Progress("coming.pdf", DocumentState.EMBEDDING, 3, 10)
    workspace.tags.add(["handbook.md"], "shop")
    workspace.follow_ups = FakeFollowUps(("Do staff wear badges?",))
    workspace.problem = "The index was built with 'x'; the settings ask for 'y'."


def show(page: Page, view: str) -> None:
    """As the button of this name does, also where the width leaves it out."""
    page.locator(f"#header [data-view={view}]").dispatch_event("click")


def panels(page: Page) -> Iterator[str]:
    """Opens one panel after the other; each comes with the selector of what is new."""
    yield "html"
    ask(page, "the guide")
    expect(page.locator("#current .card")).to_have_count(1)
    ask(page, "parking?")
    expect(page.locator("#current .refusal")).to_be_visible()
    ask(page, "doubtful")
    page.get_by_text("Why this answer").last.click()
    page.locator("#current .message summary").click()
    page.get_by_role("button", name="Not helpful").last.click()
    expect(page.locator(".verdict")).to_be_visible()
    yield "#chat-pane"
    yield "#history-pane"
    page.get_by_role("button", name="Feedback", exact=True).click()
    expect(page.locator("#history .rated")).to_be_visible()
    yield "#history-pane"
    page.locator("#past .marker").first.click()
    expect(page.locator("#passage .spot").first).to_be_visible()
    yield "#passage"
    page.locator("#passage").get_by_role("button", name="Text").click()
    expect(page.locator("#passage mark")).to_be_visible()
    yield "#passage"
    page.keyboard.press("Escape")
    show(page, "documents")
    page.get_by_role("checkbox", name="handbook.md").click()
    expect(page.locator(".ticked")).to_be_visible()
    page.get_by_role("button", name="Remove broken.pdf").click()
    expect(page.locator(".toast")).to_be_visible()
    page.get_by_role("button", name="Storage and index").click()
    yield "#documents-pane"
    page.get_by_role("button", name="Show what is stored of handbook.md").click()
    expect(page.locator("#contents .passage")).to_be_visible()
    yield "#contents"
    page.keyboard.press("Escape")
    show(page, "settings")
    for fold in page.locator("#settings-pane .label-wrap").all():
        fold.click()
    yield "#settings-pane"
    page.locator("#open-compare").click()
    page.locator("#compare-ask textarea").fill("returns?")
    page.locator("#compare-run").click()
    expect(page.locator(".compared-times")).to_have_count(2)
    yield "#compare-pane"


def complaints(page: Page, panel: str, width: int, scheme: str) -> list[str]:
    """What axe-core calls serious or critical about the panel."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.wait_for_function("dark => document.body.classList.contains('dark') === dark", arg=scheme == "dark")
    if panel == "#history-pane" and width < 1200:
        page.locator("[data-switch=history]").click()
    expect(page.locator(panel)).to_be_visible()
    options = EVERYTHING if scheme == "light" else CONTRAST
    found = page.evaluate("([panel, options]) => axe.run(panel, options)", [panel, options])["violations"]
    if panel == "#history-pane" and width < 1200:
        page.keyboard.press("Escape")
    return [
        f"{panel}, {width}, {scheme}: {node['failureSummary']} {node['html']}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


def test_axe_finds_nothing_serious_in_any_panel_wide_or_narrow_light_or_dark(
    open_page: Callable[..., Page], workspace: FakeWorkspace
) -> None:
    fill(workspace)
    page = open_page()
    page.evaluate(AXE_SCRIPT)
    found: list[str] = []
    for panel in panels(page):
        for width in WIDTHS:
            for scheme in ("light", "dark"):
                found += complaints(page, panel, width, scheme)
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    assert not found, "\n\n".join(found)
