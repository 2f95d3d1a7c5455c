"""Building blocks of the page's panels: HTML that reports clicks, and what a click says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import gradio as gr


def event_html(*events: str, elem_id: str, script: str = "") -> gr.HTML:
    """HTML whose buttons with data-event="name" raise the event `name`, carrying the button's other data-* values.

    `script` is JavaScript that runs once it is shown; see page.js for what it can call.
    """
    # Gradio finds the names of custom events by looking for them, quoted, in this script.
    forward = f"docent.forwardClicks(element, trigger, {json.dumps(events)});" if events else ""
    return gr.HTML(elem_id=elem_id, js_on_load=forward + script, apply_default_css=False)


def label_html(name: str, text: gr.i18n.I18nData, *, elem_id: str | None = None) -> gr.HTML:
    """An element with a text of the page's language: one only, for gradio translates no more than one in a value."""
    return gr.HTML(f"<{name}>{text}</{name}>", elem_id=elem_id, elem_classes=f"label-{name}", apply_default_css=False)


def detail(event: gr.EventData, key: str) -> str:
    """The value of the clicked button's data-<key>; empty when it has none. Sent by the browser: not to be trusted."""
    data = event._data
    return str(data.get(key, "")) if isinstance(data, dict) else ""


def number_detail(event: gr.EventData, key: str) -> int:
    """The same as a number; -1 when it is none."""
    value = detail(event, key)
    return int(value) if value.isascii() and value.isdigit() else -1


def list_detail(event: gr.EventData, key: str) -> tuple[str, ...]:
    """The same where it is several words; empty when it has none."""
    data = event._data
    value = data.get(key) if isinstance(data, dict) else None
    return tuple(map(str, value)) if isinstance(value, list) else ()


def on(trigger: Callable[..., Any], handler: Callable[..., Any], inputs: list[Any], outputs: list[Any]) -> Any:
    """Connects a quick handler: it waits for no other, shows no spinner and is no public endpoint."""
    return trigger(handler, inputs, outputs, queue=False, show_progress="hidden", api_visibility="private")
