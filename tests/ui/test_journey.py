"""Whole ways through Docent, as people go them: the installed command, an empty folder, a real browser.

`make screenshots` goes them too and keeps pictures for the README.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.samples import SUGGESTIONS
from app.types import Language
from tests.app.model_server import CHAT, MODELS, listing, serve, stream
from tests.ui.conftest import ask
from tests.ui.journey_files import chinese_contract, english_manual, scanned_note

WARM = 240_000  # milliseconds for models and documents on a busy machine
PICTURES = os.environ.get("DOCENT_SCREENSHOTS")  # the folder for pictures of the journeys; none are taken without it
COLOURS = 48  # of a picture: enough for a page, and six of them stay under 300 kB


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where `docent serve` says that it is."""
    data = tmp_path_factory.mktemp("journey") / "data"
    command = [sys.executable, "-m", "app.main", "serve", "--port", "0", "--data-dir", str(data), "--device", "cpu"]
    environment = {**os.environ, "HOME": str(data.parent)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stderr is not None
        for line in server.stderr:
            if found := re.search(r"http://\S+", line):
                yield found.group()
                break
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=60)
    assert server.returncode == 0


@pytest.fixture(scope="module")
def page(browser: Browser, address: str) -> Iterator[Page]:
    with browser.new_context(locale="en-US", viewport={"width": 1440, "height": 900}) as context:
        hosts: set[str] = set()
        page = context.new_page()
        page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        page.goto(address)
        expect(page.locator("#shelf")).to_contain_text("7 of 7 searchable", timeout=WARM)
        yield page
        assert hosts == {address.removeprefix("http://")}, "the page asked another host for something"


@pytest.fixture
def begun(page: Page) -> Page:
    """The page with an empty conversation that searches everything."""
    page.keyboard.press("Escape")
    for button in (page.get_by_role("button", name="Search all"), page.locator("#bar .new")):
        if button.is_visible():
            button.click()
            expect(button).to_be_hidden()
    return page


@pytest.fixture
def picture(page: Page) -> Callable[[str], None]:
    """Keeps what the page shows now under a name, where pictures are wanted."""

    def take(name: str) -> None:
        if PICTURES:
            from PIL import Image

            path = Path(PICTURES, f"{name}.png")
            page.mouse.move(0, 0)
            page.screenshot(path=path)
            Image.open(path).quantize(COLOURS).save(path, optimize=True)

    return take


def upload(page: Page, *files: Path) -> None:
    page.locator("#upload input[type=file]").set_input_files(files)
    for file in files:
        row = page.locator("#documents li").filter(has_text=file.name)
        expect(row.locator(".state.ready")).to_be_visible(timeout=WARM)


def answered(page: Page, question: str, document: str, words: str) -> None:
    """Asks; the answer has these words, and its first source is this document."""
    ask(page, question)
    expect(page.locator("#current .question")).to_contain_text(question)
    expect(page.locator("#current .card").first).to_contain_text(document, timeout=WARM)
    expect(page.locator("#current .said")).to_contain_text(words)


def test_first_visit_to_first_answer(page: Page, picture: Callable[[str], None]) -> None:
    question = SUGGESTIONS[Language.ENGLISH][0]
    page.get_by_role("button", name=question).click()
    expect(page.locator("#current .card").first).to_contain_text("Customer FAQ.md", timeout=WARM)
    page.locator("#current .card").first.click()
    expect(page.locator("#passage mark")).to_contain_text("Three years from the day it was bought.")
    picture("first-answer")
    page.keyboard.press("Escape")


def test_language_is_switched_and_the_conversation_goes_on(page: Page, picture: Callable[[str], None]) -> None:
    page.get_by_role("button", name="以中文显示").click()
    expect(page.locator("#current .card").first).to_contain_text("Customer FAQ.md")
    answered(page, "作者签名的书能退吗？", "退换货政策.html", "签名")
    page.locator("#current .card").first.click()
    expect(page.locator("#passage mark").first).to_contain_text("签名")
    picture("first-answer.zh-CN")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Show in English").click()
    expect(page.locator("#past .card").first).to_be_visible()


def test_chinese_contract_and_english_manual_are_compared(
    begun: Page, tmp_path: Path, picture: Callable[[str], None]
) -> None:
    page, files = begun, [chinese_contract(tmp_path), english_manual(tmp_path)]
    upload(page, *files)
    for file in files:
        page.get_by_role("checkbox", name=file.name).click()
    expect(page.locator("#scope .chip")).to_have_count(2)
    answered(page, "气囊多久检查一次？", "热气球租赁合同.docx", "每六个月检查一次")
    answered(page, "How often is the envelope inspected?", "Balloon Manual.pdf", "every twelve months")
    expect(page.locator("#past .said")).to_contain_text("每六个月")
    page.locator("#current .card").filter(has_text="Balloon Manual.pdf").first.click()
    expect(page.locator("#passage .spot").first).to_be_in_viewport(timeout=30_000)
    picture("compared")
    page.locator("#passage").get_by_role("button", name="Text").click()
    expect(page.locator("#passage mark")).to_contain_text("every twelve months")
    page.keyboard.press("Escape")

    for file in files:
        page.get_by_role("button", name=f"Remove {file.name}").click()
        expect(page.locator("#documents")).not_to_contain_text(file.name)
    for question in ("热气球的最大飞行高度是多少？", "What altitude may the balloon climb to?"):
        ask(page, question)
        expect(page.locator("#current .question")).to_contain_text(question)
        expect(page.locator("#current .refusal")).to_be_visible(timeout=WARM)
        expect(page.locator("#current")).not_to_contain_text("三千二百米")
        expect(page.locator("#current")).not_to_contain_text("2,800")


def test_scanned_pdf_is_read_and_its_lines_are_marked(
    begun: Page, tmp_path: Path, picture: Callable[[str], None]
) -> None:
    page, file = begun, scanned_note(tmp_path)
    upload(page, file)
    answered(page, "How many lanterns were delivered?", file.name, "Forty-two lanterns")
    page.locator("#current .card").first.click()
    expect(page.locator("#passage img")).to_have_attribute("alt", f"Page 1 of {file.name}", timeout=30_000)
    expect(page.locator("#passage .spot").first).to_be_in_viewport()
    picture("scan")


def test_model_is_switched_in_the_middle_of_a_conversation(begun: Page, picture: Callable[[str], None]) -> None:
    page, settings = begun, begun.locator("#settings-pane")
    answered(page, "How long is a gift card valid?", "Customer FAQ.md", "Three years")
    routes = {MODELS: listing("qwen3", max_model_len=8192), CHAT: stream("Gift cards last ", "three years [1].")}
    with serve(routes) as server:
        page.get_by_role("button", name="Settings").click()
        settings.get_by_label("Model server").check()
        settings.get_by_label("Base URL").fill(server.url)
        settings.get_by_label("Model name on the server").fill("qwen3")
        settings.get_by_role("button", name="Use this model").click()
        expect(settings.locator("#model-result")).to_contain_text("qwen3 answers now")
        answered(
            page, "Please say that in other words: how long is a gift card valid?", "Customer FAQ.md", "Gift cards last"
        )
        expect(page.locator("#past .said")).to_contain_text("Three years")
        assert "Three years from the day it was bought." in str(server.asked()["messages"])
        picture("switched")
    ask(page, "And what does a latte cost?")
    expect(page.locator("#current .problem")).to_contain_text("No server can be reached at")
    settings.get_by_label("Built-in reader").check()
    settings.get_by_role("button", name="Use this model").click()
    expect(settings.locator("#model-result")).to_contain_text("Built-in reader answers now")
    page.locator("#current").get_by_role("button", name="Ask again").click()
    expect(page.locator("#current .card").first).to_be_visible(timeout=WARM)
    expect(page.locator("#past .exchange")).to_have_count(2)
    page.get_by_role("button", name="Documents").click()


def test_everything_is_read_anew_during_a_conversation(begun: Page, picture: Callable[[str], None]) -> None:
    page, tasks = begun, begun.locator("#tasks")
    answered(page, "How long is a gift card valid?", "Customer FAQ.md", "Three years")
    page.get_by_role("button", name="Storage and index").click()
    tasks.get_by_role("button", name="Read everything anew").click()
    expect(tasks).to_contain_text("You can go on asking.")
    answered(page, "作者签名的书能退吗？", "退换货政策.html", "签名")
    picture("rebuild")
    expect(tasks).to_contain_text(re.compile(r"Done: \d+ ready, 0 not readable\."), timeout=WARM)
    answered(page, "Can I bring my dog into the shop?", "Customer FAQ.md", "dog")
    expect(page.locator("#past .exchange")).to_have_count(2)


def test_page_at_an_address_of_this_machine_is_not_fetched(page: Page) -> None:
    page.get_by_label("Address of a web page").fill("http://127.0.0.1/")
    page.get_by_role("button", name="Add page").click()
    expect(page.locator("#web-page-result .notice")).to_contain_text("http://127.0.0.1/ cannot be fetched: ")
