"""Draw figures as inline SVG. Knows coordinates; its colours are the classes of the page's style."""

from __future__ import annotations

from collections.abc import Sequence

from app.evaluate.bootstrap import Figure
from app.evaluate.result import Bin
from app.ui.markup import Markup, element, join

_WIDTH, _HEIGHT = 160, 16  # of an interval
_SIDE, _MARGIN = 300, 36  # of the curve's square, and what its numbers need at the left and below


def interval_bar(of: Figure, low: float, high: float) -> Markup:
    """A figure and its interval on a line from `low` to `high`, with a mark at 0 where that lies between."""

    def x(value: float) -> str:
        share = (value - low) / (high - low) if high > low else 0.5
        return _number(6 + min(max(share, 0.0), 1.0) * (_WIDTH - 12))

    middle = str(_HEIGHT // 2)
    zero = _line("axis", x(0), "1", x(0), str(_HEIGHT - 1)) if low < 0 < high else Markup()
    return element(
        "svg",
        _line("axis", x(low), middle, x(high), middle),
        zero,
        _line("range", x(of.low), middle, x(of.high), middle),
        element("circle", class_="dot", cx=x(of.value), cy=middle, r="4"),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        width=_WIDTH,
        height=_HEIGHT,
        aria_hidden="true",
    )


def reliability_curve(bins: Sequence[Bin], claimed: Markup, true: Markup) -> Markup:
    """What is true beside what is claimed, both from 0 to 1; the last two are the names of the axes, as SVG text."""

    def x(value: float) -> str:
        return _number(_MARGIN + value * _SIDE)

    def y(value: float) -> str:
        return _number(8 + (1 - value) * _SIDE)

    ticks = [
        join(
            element("text", f"{at:g}", x=x(at), y=_number(_SIDE + 24), text_anchor="middle"),
            element("text", f"{at:g}", x=_number(_MARGIN - 8), y=_number(float(y(at)) + 4), text_anchor="end"),
        )
        for at in (0.0, 0.5, 1.0)
    ]
    dots = [
        join(
            _line("range", x(group.claimed.value), y(group.true.low), x(group.claimed.value), y(group.true.high)),
            element("circle", class_="dot", cx=x(group.claimed.value), cy=y(group.true.value), r="5"),
        )
        for group in bins
    ]
    return element(
        "svg",
        element("rect", class_="frame", x=x(0), y=y(1), width=_SIDE, height=_SIDE),
        _line("axis", x(0), y(0), x(1), y(1)),
        *ticks,
        *dots,
        element("g", claimed, transform=f"translate({x(0.75)} {_SIDE + 24})"),
        element("g", true, transform=f"translate({_MARGIN - 8} {y(0.75)})"),
        viewBox=f"0 0 {_SIDE + _MARGIN + 16} {_SIDE + _MARGIN}",
        width=_SIDE + _MARGIN + 16,
        role="img",
    )


def _line(kind: str, x1: str, y1: str, x2: str, y2: str) -> Markup:
    return element("line", class_=kind, x1=x1, y1=y1, x2=x2, y2=y2)


def _number(value: float) -> str:
    return f"{value:.1f}"
