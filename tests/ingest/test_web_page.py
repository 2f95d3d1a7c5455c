"""Fetching pages from a real HTTP server on this machine, which the default limits refuse."""

from __future__ import annotations

import gzip
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import httpx2
import pytest

from ingest import commands
from ingest.__main__ import main
from ingest.addresses import is_public
from ingest.errors import BrokenDocument, DocumentError, UnsupportedDocument
from ingest.page_name import document_name, suffix_for
from ingest.web_page import Limits, fetch, is_url

HTML = "<title>Guide</title><p>Install it.</p>"
OPENSSL = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=x "
    "-addext subjectAltName=DNS:right.test"
)
Headers = dict[str, str]


class Pages(ThreadingHTTPServer):
    """Answers each path with what the test put there, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, tuple[int, Headers, bytes]] = {}
        self.requests: list[tuple[str, str]] = []  # (Host, path)

    def put(self, path: str, body: bytes | str = HTML, *, status: int = 200, **headers: str) -> str:
        """Returns the URL."""
        data = body.encode() if isinstance(body, str) else body
        fields = {"Content-Type": "text/html"} | {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (status, fields, data)
        return f"http://127.0.0.1:{self.server_port}{path}"

    def limits(self, **changes: object) -> Limits:
        """The real ones, but for this server."""
        here = Limits(ports=frozenset({self.server_port}), is_allowed=lambda address: address.is_loopback, seconds=5)
        return replace(here, **changes)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server: Pages

    def do_GET(self) -> None:
        self.server.requests.append((self.headers["Host"], self.path))
        status, headers, body = self.server.answers.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        pause = 0.05 if headers.get("X-Drip") else 0.0
        with suppress(ConnectionError):  # the client may have heard enough
            for piece in (body[at : at + 1] for at in range(len(body))) if pause else (body,):
                self.wfile.write(piece)
                time.sleep(pause)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def _serving(server: Pages) -> Iterator[Pages]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def pages() -> Iterator[Pages]:
    with _serving(Pages()) as server:
        yield server


def test_a_page_becomes_a_file_named_for_its_url(pages: Pages, tmp_path: Path) -> None:
    path = fetch(pages.put("/guide/install.html"), tmp_path, pages.limits())
    assert path == tmp_path / f"127.0.0.1 {pages.server_port} guide install.html"
    assert path.read_text() == HTML
    assert pages.requests == [(f"127.0.0.1:{pages.server_port}", "/guide/install.html")]


@pytest.mark.parametrize(
    ("path", "content_type", "suffix"),
    [
        ("/a", "text/html; charset=utf-8", ".html"),
        ("/a.php", "application/xhtml+xml", ".html"),
        ("/a.txt", "application/pdf", ".pdf"),
        ("/readme.md", "text/plain", ".md"),
        ("/readme", "text/plain", ".txt"),
        ("/a.csv", "application/octet-stream", ".csv"),
        ("/a", "text/csv", ".csv"),
        ("/a", "text/x-unheard-of", ".txt"),
        ("/a", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"),
    ],
)
def test_the_content_type_decides_the_suffix_and_the_url_where_it_is_vague(
    path: str, content_type: str, suffix: str
) -> None:
    assert suffix_for(content_type.partition(";")[0], httpx2.URL(f"https://example.org{path}")) == suffix


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


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(HTML.encode())[:-9]])
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


# --- where it may go --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.254",
        "0.0.0.0",
        "0.1.2.3",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "192.88.99.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd12::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "2002:7f00:1::1",
        "2002:c0a8:101::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::808:808",
        "3fff::1",
        "100::1",
        "5f00::1",
        "4000::1",
    ],
)
def test_no_address_but_a_public_one_is_allowed(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2606:4700::1111", "2400:3200::1"]
)
def test_a_public_address_is_allowed(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "0"])
def test_this_machine_is_refused_by_default_whatever_it_is_called(pages: Pages, tmp_path: Path, host: str) -> None:
    pages.put("/")
    limits = Limits(ports=frozenset({pages.server_port}))
    with pytest.raises(DocumentError, match="not an address on the public internet"):
        fetch(f"http://{host}:{pages.server_port}/", tmp_path, limits)
    assert pages.requests == []


def answering(monkeypatch: pytest.MonkeyPatch, **names: list[str]) -> list[str]:
    """Give names (with _ for .) addresses of their own; returns the list to which every name looked up is added."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *arguments: int, **options: int) -> list[tuple[object, ...]]:
        asked.append(host)
        found = names.get(host.replace(".", "_"), [host])
        return [entry for address in found for entry in real(address, port, *arguments, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_a_redirect_to_a_refused_address_is_not_followed(
    pages: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, inside_test=["169.254.169.254"])
    url = pages.put("/a", "", status=302, Location=f"http://inside.test:{pages.server_port}/latest/meta-data")
    with pytest.raises(DocumentError, match=r"/a cannot be fetched: 'inside\.test' is at 169\.254\.169\.254"):
        fetch(url, tmp_path, pages.limits())


def test_a_name_is_looked_up_once_and_connected_to_as_it_was_checked(
    pages: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answering(monkeypatch, pages_test=["127.0.0.1"])
    pages.put("/a")
    fetch(f"http://pages.test:{pages.server_port}/a", tmp_path, pages.limits())
    assert asked == ["pages.test", "127.0.0.1"]  # the second is the socket library's own, of the address itself
    assert pages.requests[0][0] == f"pages.test:{pages.server_port}"


def test_one_refused_address_among_those_of_a_name_refuses_it(
    pages: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, mixed_test=["127.0.0.1", "10.0.0.1"])
    with pytest.raises(DocumentError, match=r"'mixed\.test' is at 10\.0\.0\.1"):
        fetch(f"http://mixed.test:{pages.server_port}/a", tmp_path, pages.limits())
    assert pages.requests == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://example.org/a", "by http and https, not by 'ftp'"),
        ("file:///etc/passwd", "by http and https, not by 'file'"),
        ("http://example.org:22/", "at port 22; pages are fetched from ports 80 and 443 only"),
        ("http:///a", "names no host"),
        ("http://exa\x1bmple.org/", "is no valid URL"),
        ("http://nowhere.invalid/", "address of 'nowhere.invalid' cannot be found"),
    ],
)
def test_a_url_that_may_not_be_asked_for_is_refused(tmp_path: Path, url: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as refused:
        fetch(url, tmp_path, Limits())
    assert str(refused.value).isprintable()


def test_a_redirect_off_the_web_is_refused(pages: Pages, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="not by 'file'"):
        fetch(pages.put("/a", "", status=302, Location="file:///etc/passwd"), tmp_path, pages.limits())


def test_a_password_in_a_url_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="holds a user name or password") as refused:
        fetch("https://me:secret@example.org/", tmp_path, Limits())
    assert "secret" not in str(refused.value)


def test_a_proxy_of_the_environment_is_not_used(pages: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetch(pages.put("/a"), tmp_path, pages.limits()).is_file()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
def test_tls_verifies_the_name_although_an_address_is_connected_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [*OPENSSL.split(), "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(certificate, key)
    server = Pages()
    server.socket = secure.wrap_socket(server.socket, server_side=True)
    answering(monkeypatch, right_test=["127.0.0.1"], wrong_test=["127.0.0.1"])
    with _serving(server) as pages:
        pages.put("/a")
        limits = pages.limits(certificates=ssl.create_default_context(cafile=str(certificate)))
        assert fetch(f"https://right.test:{pages.server_port}/a", tmp_path, limits).read_text() == HTML
        with pytest.raises(DocumentError, match="certificate verify failed: Hostname mismatch"):
            fetch(f"https://wrong.test:{pages.server_port}/a", tmp_path, limits)
        with pytest.raises(DocumentError, match="certificate verify failed: self-signed"):
            fetch(f"https://right.test:{pages.server_port}/a", tmp_path, replace(limits, certificates=None))


# --- names ------------------------------------------------------------------------------------------------------------


def named(url: str) -> str:
    return document_name(httpx2.URL(url), ".html")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org", "example.org.html"),
        ("https://Example.org/", "example.org.html"),
        ("https://example.org/guide/install.html#top", "example.org guide install.html"),
        ("https://example.org/index.php", "example.org index.php.html"),
        ("https://zh.wikipedia.org/wiki/%E7%BB%B4%E5%9F%BA", "zh.wikipedia.org wiki 维基.html"),
        ("https://例子.测试/路径", "例子.测试 路径.html"),
    ],
)
def test_a_name_reads_like_its_url(url: str, name: str) -> None:
    assert named(url) == name


def test_urls_that_would_read_alike_get_names_apart() -> None:
    urls = ["/a/b", "/a%20b", "/a%2Fb", "/a/b?x=1", "/a/b?x=2", "/a?b", "/..%2Fb", "/a/%00b", "/e%CC%81", "/%C3%A9"]
    names = [named(f"https://example.org{url}") for url in urls]
    assert len(set(names)) == len(names)
    assert names[3].startswith("example.org a b x=1 ")
    assert not any(set(name) & set('/\\:*?"<>|\x00') for name in names)


@pytest.mark.parametrize("letter", ["a", "长", "\U0001f600"])
def test_a_name_never_exceeds_what_file_systems_take(tmp_path: Path, letter: str) -> None:
    names = [named(f"https://example.org/{letter * 300}{end}") for end in "12"]
    assert names[0] != names[1]
    for name in names:
        assert 250 <= len(name.encode()) <= 255
        assert name.endswith(".html")
        (tmp_path / name).touch()


def test_a_url_is_told_from_a_path() -> None:
    assert all(map(is_url, ["https://example.org", "HTTP://a", "ftp://a/b"]))
    assert not any(map(is_url, ["a.txt", "/tmp/a", "C:\\a", "http:", "folder/https:/a"]))


# --- the command ------------------------------------------------------------------------------------------------------


def test_sync_takes_pages_and_paths_and_one_that_fails_costs_only_itself(
    pages: Pages, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "PAGE_LIMITS", pages.limits())
    (tmp_path / "a.txt").write_text("Apples are red.")
    data = tmp_path / "data"
    urls = [pages.put("/guide"), pages.put("/gone", "", status=404)]
    assert main(["sync", *urls, str(tmp_path / "a.txt"), "--data-dir", str(data)]) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("docent: ")]
    assert len(errors) == 1
    assert f"{urls[1]} cannot be fetched: The server answered 404" in errors[0]
    assert main(["list", "--json", "--data-dir", str(data)]) == 0
    rows = {row["document"]: row["state"] for row in json.loads(capsys.readouterr().out)}
    assert rows == {f"127.0.0.1 {pages.server_port} guide.html": "ready", "a.txt": "ready"}
    assert main(["sync", urls[0], "--data-dir", str(data)]) == 0
    assert "0 indexed, 1 unchanged" in capsys.readouterr().err


def test_sync_of_a_refused_page_alone_touches_nothing_else(
    pages: Pages, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data/documents").mkdir(parents=True)
    (tmp_path / "data/documents/a.txt").write_text("Not asked for.")
    assert main(["sync", "http://127.0.0.1/", "--data-dir", str(tmp_path / "data")]) == 1
    output = capsys.readouterr().err
    assert output.startswith("docent: http://127.0.0.1/ cannot be fetched: '127.0.0.1' is at 127.0.0.1, which is not")
    assert output.count("\n") == 1
