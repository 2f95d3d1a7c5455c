"""What a web page is called as a document."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from ingest.page_name import document_name, suffix_for
from ingest.web_page import is_url


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
