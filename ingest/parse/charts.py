"""Read the charts of PowerPoint slides: titles and values. Knows python-pptx's charts; knows no other shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest.parse.assemble import Piece, table_text
from ingest.types import ElementKind


def charts(shapes: Any) -> Iterator[Any]:
    """The shapes that hold charts, those in groups included."""
    for shape in shapes:
        if shape.has_chart:
            yield shape
        elif hasattr(shape, "shapes"):
            yield from charts(shape.shapes)


def chart_pieces(shape: Any, page: int) -> list[Piece]:
    """The title of a chart and its values, a row for each category; raises ValueError for a kind that is not known."""
    chart = shape.chart
    title = chart.chart_title.text_frame.text if chart.has_title and chart.chart_title.has_text_frame else ""
    tables = (table for plot in chart.plots if (table := _table(plot)))
    return [Piece(title, page=page), *(Piece(table, ElementKind.TABLE, page=page) for table in tables)]


def _table(plot: Any) -> str:
    series = [(one.name, one.values) for one in plot.series]
    rows = [
        [" ".join(map(str, labels)), *(_said(values[i]) if i < len(values) else "" for _, values in series)]
        for i, labels in enumerate(plot.categories.flattened_labels)
    ]
    return table_text([["", *(name for name, _ in series)], *rows], has_header=True) if rows else ""


def _said(value: float | None) -> str:
    return "" if value is None else f"{value:.15g}"
