"""Claims about serving the page: where it is, whether it is ready, and what happens when it cannot be."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import httpx
import pytest

from app.ui.server import listen, page_address
from ingest.errors import SettingsError
from tests.ui.fake import FakeWorkspace

SERVE = """
from app.ui.server import serve_page
from tests.ui.fake import FakeWorkspace
from tests.ui.fake_library import FakeLibrary
serve_page(FakeLibrary(FakeWorkspace()), "127.0.0.1", 0)
"""


def test_health_tells_whether_questions_can_be_answered(address: str, workspace: FakeWorkspace) -> None:
    assert httpx.get(f"{address}/health").json() == {"ready": True, "problem": None}
    workspace.model, workspace.problem = None, "No weights."
    assert httpx.get(f"{address}/health").json() == {"ready": False, "problem": "No weights."}


def test_port_in_use_is_named_with_the_way_out() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"Port {port} on 127.0.0.1 is in use.*--port {port + 1}"):
            listen("127.0.0.1", port)


def test_address_that_is_not_this_machines_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"cannot listen on 192\.0\.2\.1.*--host"):
        listen("192.0.2.1", 0)


def test_address_for_all_interfaces_is_shown_as_this_machine() -> None:
    with listen("0.0.0.0", 0) as listener:
        assert page_address(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_served_page_says_where_it_is_and_stops_quietly_on_interrupt_with_a_page_open() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as served:
        assert served.stderr is not None
        announced = re.search(r"Docent is at (http://127\.0\.0\.1:\d+)", served.stderr.readline())
        assert announced is not None
        assert "Docent" in httpx.get(announced[1]).text
        with httpx.stream("GET", f"{announced[1]}/gradio_api/heartbeat/visitor"):  # what an open page holds on to
            served.send_signal(signal.SIGINT)
            assert served.communicate(timeout=20) == ("", "")
        assert served.returncode == 0
