"""Results as a page of their own, in both languages, with nothing to load. Knows results and how they are drawn."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import cast

from app.evaluate.bootstrap import Figure
from app.evaluate.plots import interval_bar, reliability_curve
from app.evaluate.result import Comparison, Difference, Result
from app.evaluate.table import interval
from app.types import Language
from app.ui.markup import Markup, element, join


def report(results: Sequence[Result]) -> str:
    """The whole page. Whatever comes from a set is escaped."""
    folder = files("app.evaluate")
    style, script = ((folder / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    choice = [
        join(
            element("input", type="radio", name_="language", id=language.value, checked=language is Language.ENGLISH),
            element("label", label, for_=language.value),
        )
        for language, label in ((Language.CHINESE, "中文"), (Language.ENGLISH, "English"))
    ]
    page = element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", name_="viewport", content="width=device-width"),
            element("style", Markup(style)),  # a file of this package; escaped it would be no style any more
            element("title", "Docent: " + ", ".join(item.dataset for item in results)),
        ),
        element(
            "body",
            element("header", element("h1", _text("title")), element("nav", *choice)),
            element("main", *map(_section, results), element("p", _text("interval note"), class_="note")),
            element("script", Markup(script)),
        ),
    )
    return f"<!doctype html>{page}"


def _section(item: Result) -> Markup:
    settings = " · ".join(f"{name} = {value}" for name, value in item.configuration.items())
    return element(
        "section",
        element("h2", item.dataset),
        element("p", *_facts(item)),
        element("p", settings, class_="note"),
        _figures(item.figures),
        element(
            "figure",
            element("h3", _text("reliability")),
            reliability_curve(
                item.reliability,
                _text("claimed", tag="text", text_anchor="middle"),
                _text("true", tag="text", text_anchor="end"),
            ),
            element("figcaption", _text("reliability note"), class_="note"),
        ),
        *map(_comparison, item.comparisons),
    )


def _facts(item: Result) -> Iterator[Markup]:
    names = ["asked", *(name for name in ("unanswerable", "foreign") if getattr(item, name)), "documents"]
    names += ["unsearchable"] if item.indexed.unsearchable else []
    values = {
        "answerable": f"{item.answerable:,}",
        "unanswerable": f"{item.unanswerable:,}",
        "foreign": f"{item.foreign:,}",
        "documents": f"{item.indexed.documents:,}",
        "chunks": f"{item.indexed.chunks:,}",
        "unsearchable": f"{item.indexed.unsearchable:,}",
        "seconds": f"{item.indexed.seconds:,.1f}",
    }
    for name in (*names, "indexed"):
        yield element("span", _text(name, values), class_="fact")


def _figures(figures: Mapping[str, Figure]) -> Markup:
    rows: list[Markup] = []
    group = ""
    for name, of in figures.items():
        if (own := name.partition(" ")[0]) != group:
            group = own
            rows.append(element("tr", element("th", _text(f"group {group}"), colspan=5, scope="rowgroup")))
        low, high = _scale(name, figures)
        cells = [f"{of.value:.3f}", interval_bar(of, low, high), interval(of), f"{of.n:,}"]
        rows.append(element("tr", _name(name), *(element("td", cell) for cell in cells)))
    head = [element("th", _text(key) if key else "") for key in ("measure", "value", "", "interval", "n")]
    return element("table", element("thead", element("tr", *head)), element("tbody", *rows))


def _comparison(item: Comparison) -> Markup:
    values = {"variant": item.variant}
    widest = {group: _widest(item, group) for group in {name.partition(" ")[0] for name in item.differences}}
    rows = [_difference(name, of, widest[name.partition(" ")[0]]) for name, of in item.differences.items()]
    head = [element("th", _text(key) if key else "") for key in ("measure", "difference", "", "interval", "won")]
    return join(
        element("h3", _text("compared", values)),
        element("table", element("thead", element("tr", *head)), element("tbody", *rows)),
        element("p", _text("compared note", values), class_="note"),
    )


def _difference(name: str, of: Difference, widest: float) -> Markup:
    won = "" if of.wins is None else f"{of.wins:,} / {of.losses:,}"
    bar = interval_bar(of.figure, -widest, widest)
    cells = [f"{of.figure.value:+.3f}", bar, interval(of.figure, "+"), won]
    return element("tr", _name(name), *(element("td", cell) for cell in cells))


def _name(name: str) -> Markup:
    """The measure as JSON calls it, and what it says."""
    own = name.partition(" ")[2]
    explained = next((_text(key) for key in (name, own) if key in _texts()), Markup())
    return element("td", element("b", name), explained)


def _scale(name: str, figures: Mapping[str, Figure]) -> tuple[float, float]:
    if name.startswith("seconds"):
        return 0.0, max(of.high for other, of in figures.items() if other.startswith("seconds"))
    return (1.0, 5.0) if name.startswith("judge") else (0.0, 1.0)


def _widest(item: Comparison, group: str) -> float:
    figures = [of.figure for name, of in item.differences.items() if name.partition(" ")[0] == group]
    return max((max(abs(of.low), abs(of.high)) for of in figures), default=0.0) or 1.0


# --- texts ------------------------------------------------------------------------------------------------------------


def _text(key: str, values: Mapping[str, str] | None = None, *, tag: str = "span", **attributes: str) -> Markup:
    """A text in both languages, of which the style shows one."""
    texts = _texts()[key]
    return join(
        *(element(tag, texts[language].format(**(values or {})), lang=language, **attributes) for language in Language)
    )


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    text = (files("app.evaluate") / "texts.json").read_text(encoding="utf-8")
    return cast("Mapping[str, Mapping[str, str]]", json.loads(text))
