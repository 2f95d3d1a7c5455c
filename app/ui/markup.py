"""HTML written so that it cannot be injected into: every string is escaped unless this module made it."""

from __future__ import annotations

import html


class Markup(str):
    """HTML that is safe to show. Only `element` and `join` make it, so everything else in it has been escaped."""

    __slots__ = ()


def element(name: str, *children: str, **attributes: str | int | bool | None) -> Markup:
    """One HTML element. Children that are not Markup are text and escaped; so is every attribute value.

    An attribute's trailing underscore is dropped and inner ones become hyphens (`class_`, `data_event`).
    True writes the bare attribute; None and False leave it out.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: str) -> Markup:
    """The children one after another, escaped where they are not Markup."""
    return Markup("".join(child if isinstance(child, Markup) else html.escape(child) for child in children))


def _attribute(key: str, value: str | int | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'
