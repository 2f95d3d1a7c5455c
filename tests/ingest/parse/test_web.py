from __future__ import annotations

from pathlib import Path

from ingest.parse import parse
from tests.ingest.parse.checks import outline


def _html(tmp_path: Path, body: str, head: str = "") -> list[tuple[str, tuple[str, ...], str]]:
    (tmp_path / "a.html").write_text(f"<html><head>{head}</head><body>{body}</body></html>", encoding="utf-8")
    return outline(parse(tmp_path / "a.html", max_pages=10))


def test_headings_nest_by_their_tags(tmp_path: Path) -> None:
    assert _html(
        tmp_path, "<h1>退换货</h1><p>总则如下。</p><h2>Returns</h2><p>Within 14 days.</p><h2>换货</h2><p>一次。</p>"
    ) == [
        ("heading", (), "退换货"),
        ("paragraph", ("退换货",), "总则如下。"),
        ("heading", ("退换货",), "Returns"),
        ("paragraph", ("退换货", "Returns"), "Within 14 days."),
        ("heading", ("退换货",), "换货"),
        ("paragraph", ("退换货", "换货"), "一次。"),
    ]


def test_scripts_styles_and_hidden_parts_are_left_out(tmp_path: Path) -> None:
    found = _html(tmp_path, "<script>bad()</script><style>p{}</style><p hidden>secret</p><p>Seen by all.</p>")
    assert found == [("paragraph", (), "Seen by all.")]


def test_questions_in_details_and_captions_in_figures_are_read(tmp_path: Path) -> None:
    body = (
        "<details><summary>几点开门？</summary><p>九点开门。</p></details>"
        "<figure><figcaption>图一：门店</figcaption></figure>"
    )
    assert [text for _, _, text in _html(tmp_path, body)] == ["几点开门？", "九点开门。", "图一：门店"]


def test_numbered_lists_keep_their_numbers(tmp_path: Path) -> None:
    found = _html(tmp_path, "<ol start=3><li>Open the box.</li><li><p>插上电源。</p></li></ol><ul><li>plain</li></ul>")
    assert found == [
        ("list_item", (), "3. Open the box."),
        ("list_item", (), "4. 插上电源。"),
        ("list_item", (), "plain"),
    ]


def test_the_page_title_heads_a_page_without_headings(tmp_path: Path) -> None:
    assert _html(tmp_path, "<p>每天九点开门。</p>", "<title>门店 指南</title>") == [
        ("heading", (), "门店 指南"),
        ("paragraph", ("门店 指南",), "每天九点开门。"),
    ]


def test_the_declared_encoding_is_used(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes('<meta charset="gb2312"><p>镕基与喆</p>'.encode("gb18030"))
    assert parse(tmp_path / "a.html", max_pages=1).text == "镕基与喆"


def test_nothing_is_fetched(tmp_path: Path) -> None:
    body = '<img src="http://203.0.113.1/a.png"><iframe src="http://203.0.113.1/"></iframe><p>Here.</p>'
    assert _html(tmp_path, body) == [("paragraph", (), "Here.")]


def test_markdown_keeps_lists_tables_and_code(tmp_path: Path) -> None:
    source = (
        "# 手册 Handbook\n\n请带上：\n- 雨伞\n- a coat\n\n## 价格\n\n| 项目 | CNY |\n|---|---|\n| 咖啡 | 18 |\n\n"
        "```python\ndef f():\n\n    return 1\n```\n"
    )
    (tmp_path / "a.md").write_text(source, encoding="utf-8")
    assert outline(parse(tmp_path / "a.md", max_pages=1)) == [
        ("heading", (), "手册 Handbook"),
        ("paragraph", ("手册 Handbook",), "请带上："),
        ("list_item", ("手册 Handbook",), "雨伞"),
        ("list_item", ("手册 Handbook",), "a coat"),
        ("heading", ("手册 Handbook",), "价格"),
        ("table", ("手册 Handbook", "价格"), "项目：咖啡；CNY：18"),
        ("code", ("手册 Handbook", "价格"), "def f():\n\n    return 1"),
    ]
