"""The whole way, as a person goes it: the installed command, an empty folder, a real browser, nothing replaced."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from playwright.sync_api import Browser, Page, expect
from reportlab.pdfgen.canvas import Canvas

from app.samples import SUGGESTIONS
from app.types import Language
from tests.ui.conftest import ask

WARM = 120_000  # milliseconds for models and samples on a busy machine


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


def chinese_contract(folder: Path) -> Path:
    document = docx.Document()
    document.add_heading("热气球飞行合同", level=1)
    document.add_heading("高度", level=2)
    document.add_paragraph("热气球的最大飞行高度是三千二百米。")
    document.add_heading("检查", level=2)
    document.add_paragraph("气囊由承运方每两年检查一次。")
    path = folder / "热气球飞行合同.docx"
    document.save(str(path))
    return path


def english_manual(folder: Path) -> Path:
    path = folder / "Kettle Manual.pdf"
    canvas = Canvas(str(path))
    for title, text in (
        ("Cleaning", "Descale the kettle once a month with forty grams of citric acid."),
        ("Warranty", "The heating element is guaranteed for six years from the day of purchase."),
    ):
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(72, 760, title)
        canvas.setFont("Helvetica", 11)
        canvas.drawString(72, 730, text)
        canvas.showPage()
    canvas.save()
    return path


def test_first_visit_to_first_answer(page: Page) -> None:
    question = SUGGESTIONS[Language.ENGLISH][0]
    page.get_by_role("button", name=question).click()
    answer = page.locator("#current")
    expect(answer.locator(".card").first).to_contain_text("Customer FAQ.md", timeout=WARM)
    answer.locator(".card").first.click()
    expect(page.locator("#passage mark")).to_contain_text("Three years from the day it was bought.")
    page.keyboard.press("Escape")


def test_page_at_an_address_of_this_machine_is_not_fetched(page: Page) -> None:
    page.get_by_label("Address of a web page").fill("http://127.0.0.1/")
    page.get_by_role("button", name="Add page").click()
    expect(page.locator("#web-page-result .notice")).to_contain_text("http://127.0.0.1/ cannot be fetched: ")
    expect(page.locator("#shelf")).to_contain_text("7 of 7 searchable")


def test_upload_ask_see_the_passage_delete_and_be_refused(page: Page, tmp_path: Path) -> None:
    files = [chinese_contract(tmp_path), english_manual(tmp_path)]
    page.locator("#upload input[type=file]").set_input_files(files)
    expect(page.locator("#shelf")).to_contain_text("9 of 9 searchable", timeout=WARM)

    ask(page, "热气球的最大飞行高度是多少？")
    card = page.locator("#current .card").first
    expect(card).to_contain_text("热气球飞行合同.docx", timeout=WARM)
    expect(page.locator("#current .said")).to_contain_text("三千二百米")
    card.click()
    expect(page.locator("#passage mark")).to_contain_text("三千二百米")
    page.keyboard.press("Escape")

    ask(page, "Which acid descales the kettle?")
    card = page.locator("#current .card").first
    expect(card).to_contain_text("Kettle Manual.pdf")
    expect(card).to_contain_text("page 1")
    expect(page.locator("#current .said")).to_contain_text("citric acid")
    card.click()
    expect(page.locator("#passage .spot").first).to_be_in_viewport(timeout=30_000)
    page.locator("#passage").get_by_role("button", name="Text").click()
    expect(page.locator("#passage mark")).to_contain_text("citric acid")
    page.keyboard.press("Escape")

    for file in files:
        page.get_by_role("button", name=f"Remove {file.name}").click()
        expect(page.locator("#documents")).not_to_contain_text(file.name)
    for question in ("热气球的最大飞行高度是多少？", "Which acid descales the kettle?"):
        ask(page, question)
        expect(page.locator("#current .refusal")).to_be_visible()
        expect(page.locator("#current")).not_to_contain_text("三千二百米")
        expect(page.locator("#current")).not_to_contain_text("citric acid")
