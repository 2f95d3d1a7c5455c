"""Fetching pages from a real HTTP server on this machine."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest

from ingest.errors import BrokenDocument, DocumentError, UnsupportedDocument
from ingest.web_page import fetch
from tests.ingest.page_server import HTML, Pages


def test_a_page_becomes_a_file_named_for_its_url(pages: Pages, tmp_path: Path) -> None:
    path = fetch(pages.put("/guide/install.html"), tmp_path, pages.limits())
    assert path == tmp_path / f"127.0.0.1 {pages.server_port} guide install.html"
    assert path.read_text() == HTML
    assert pages.requests == [(f"127.0.0.1:{pages.server_port}", "/guide/install.html")]


@pytest.mark.parametrize("content_type", ["video/mp4", "application/octet-stream", ""])
def test_an_unsupported_type_is_named(pages: Pages, tmp_path: Path, content_type: str) -> None:
    url = pages.put("/film", Content_Type=content_type)
    with pytest.raises(UnsupportedDocument, match=r"/film cannot be fetched: It is of type .*not supported.*\.html"):
        fetch(url, tmp_path, pages.limits())
    assert not list(tmp_path.iterdir())


def test_an_encoding_that_only_the_header_names_is_kept(pages: Pages, tmp_path: Path) -> None:
    url = pages.put("/a", "<p>café crème</p>".encode("latin-1"), Content_Type="text/html; charset=ISO-8859-1")
    assert fetch(url, tmp_path, pages.limits()).read_text("utf-8-sig") == "<p>café crème</p>"
    url = pages.put("/b", "短文".encode("gbk"), Content_Type="text/plain; charset=gb2312")
    assert fetch(url, tmp_path, pages.limits()).read_text("utf-8-sig") == "短文"


def test_redirects_are_followed_and_the_name_stays_that_of_the_url_asked_for(pages: Pages, tmp_path: Path) -> None:
    pages.put("/new/place")
    pages.put("/old2", "", status=308, Location=f"//127.0.0.1:{pages.server_port}/new/place")
    path = fetch(pages.put("/old", "", status=301, Location="old2"), tmp_path, pages.limits())
    assert path.name == f"127.0.0.1 {pages.server_port} old.html"
    assert [path for _, path in pages.requests] == ["/old", "/old2", "/new/place"]


def test_endless_redirects_end(pages: Pages, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="redirected more than 5 times"):
        fetch(pages.put("/loop", "", status=302, Location="/loop"), tmp_path, pages.limits())
    assert len(pages.requests) == 6


@pytest.mark.parametrize("status", [204, 404, 500, 799])
def test_any_other_answer_is_an_error_that_names_it(pages: Pages, tmp_path: Path, status: int) -> None:
    with pytest.raises(DocumentError, match=f"answered {status} "):
        fetch(pages.put("/a", "", status=status), tmp_path, pages.limits())


def test_an_empty_page_is_refused(pages: Pages, tmp_path: Path) -> None:
    with pytest.raises(BrokenDocument, match="empty"):
        fetch(pages.put("/a", ""), tmp_path, pages.limits())


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_size_is_bounded_as_sent_and_as_unpacked(pages: Pages, tmp_path: Path) -> None:
    limits = pages.limits(bytes=1_000)
    with pytest.raises(BrokenDocument, match="bytes or more; the limit is 1,000"):
        fetch(pages.put("/large", "x" * 2_000), tmp_path, limits)
    bomb = gzip.compress(bytes(500_000))
    assert len(bomb) < 1_000
    with pytest.raises(BrokenDocument, match="bytes or more; the limit is 1,000"):
        fetch(pages.put("/bomb", bomb, Content_Encoding="gzip"), tmp_path, limits)
    assert not list(tmp_path.iterdir())


def test_a_packed_page_is_unpacked(pages: Pages, tmp_path: Path) -> None:
    path = fetch(pages.put("/a", gzip.compress(HTML.encode()), Content_Encoding="gzip"), tmp_path, pages.limits())
    assert path.read_text() == HTML
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(HTML.encode())[:-9]], ids=["no gzip", "cut off"])
def test_a_damaged_packing_is_refused(pages: Pages, tmp_path: Path, body: bytes) -> None:
    with pytest.raises(BrokenDocument, match="is damaged"):
        fetch(pages.put("/a", body, Content_Encoding="gzip"), tmp_path, pages.limits())
    with pytest.raises(DocumentError, match="packed it by 'br'"):
        fetch(pages.put("/b", body, Content_Encoding="br"), tmp_path, pages.limits())
    assert not list(tmp_path.iterdir())


def test_a_page_that_comes_drop_by_drop_is_given_up(pages: Pages, tmp_path: Path) -> None:
    url = pages.put("/drip", "x" * 200, X_Drip="yes")
    started = time.monotonic()
    with pytest.raises(BrokenDocument, match=r"/drip did not arrive within 0\.5 s"):
        fetch(url, tmp_path, pages.limits(seconds=0.5))
    assert time.monotonic() - started < 3
    assert not list(tmp_path.iterdir())


def test_a_page_that_ends_early_is_refused(pages: Pages, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be fetched"):
        fetch(pages.put("/a", "half", Content_Length="8"), tmp_path, pages.limits())
    assert not list(tmp_path.iterdir())
