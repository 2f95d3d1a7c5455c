"""Where fetching a page may go: public addresses of the web, verified, and nowhere else."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from ingest.addresses import is_public
from ingest.errors import DocumentError
from ingest.web_page import Limits, fetch
from tests.ingest.page_server import HTML, Pages
from tests.serving import serving

OPENSSL = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=x "
    "-addext subjectAltName=DNS:right.test"
)


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
    with serving(server) as pages:
        pages.put("/a")
        limits = pages.limits(certificates=ssl.create_default_context(cafile=str(certificate)))
        assert fetch(f"https://right.test:{pages.server_port}/a", tmp_path, limits).read_text() == HTML
        with pytest.raises(DocumentError, match="certificate verify failed: Hostname mismatch"):
            fetch(f"https://wrong.test:{pages.server_port}/a", tmp_path, limits)
        with pytest.raises(DocumentError, match="certificate verify failed: self-signed"):
            fetch(f"https://right.test:{pages.server_port}/a", tmp_path, replace(limits, certificates=None))
