"""How the page is dressed: gradio's own parts in the colours of style.css, and what goes into the page's head."""

from __future__ import annotations

import json
from importlib.resources import files

import gradio as gr

from app.ui.markup import Markup, element
from app.ui.texts import LANGUAGE_COOKIE

SCRIPTS = ("queue.js", "page.js", "chat.js")


def page_theme() -> gr.themes.Base:
    """Gradio's inputs, buttons and blocks, drawn with the variables that style.css defines for light and dark."""
    # Gradio would quote system-ui and fetch files for named fonts: style.css names the fonts, all of them local.
    theme = gr.themes.Base(font=gr.themes.Font("sans-serif"), font_mono=gr.themes.Font("monospace"))
    both = {
        "body_background_fill": "var(--paper)",
        "body_text_color": "var(--ink)",
        "body_text_color_subdued": "var(--ink-soft)",
        "background_fill_primary": "var(--sheet)",
        "background_fill_secondary": "var(--paper)",
        "block_background_fill": "transparent",
        "block_border_width": "0px",
        "block_label_background_fill": "transparent",
        "block_label_text_color": "var(--ink-soft)",
        "block_title_text_color": "var(--ink)",
        "block_info_text_color": "var(--ink-soft)",
        "border_color_primary": "var(--line)",
        "border_color_accent": "var(--accent)",
        "color_accent_soft": "var(--accent-soft)",
        "input_background_fill": "var(--sheet)",
        "input_border_color": "var(--line)",
        "input_border_color_focus": "var(--accent)",
        "input_placeholder_color": "var(--ink-soft)",
        "button_primary_background_fill": "var(--accent)",
        "button_primary_background_fill_hover": "var(--accent-strong)",
        "button_primary_text_color": "var(--on-accent)",
        "button_secondary_background_fill": "var(--sheet)",
        "button_secondary_background_fill_hover": "var(--accent-soft)",
        "button_secondary_text_color": "var(--ink)",
        "slider_color": "var(--accent)",
        "checkbox_background_color": "var(--sheet)",
        "checkbox_background_color_selected": "var(--accent)",
        "checkbox_border_color_selected": "var(--accent)",
        "checkbox_label_background_fill": "var(--sheet)",
        "checkbox_label_background_fill_selected": "var(--accent-soft)",
        "checkbox_label_text_color": "var(--ink)",
        "checkbox_label_text_color_selected": "var(--ink)",
        "error_text_color": "var(--warn)",
        "loader_color": "var(--accent)",
    }
    return theme.set(**both, **{f"{name}_dark": value for name, value in both.items()})


def page_head() -> str:
    """Style and script, inline: gradio would prefix the selectors of a style sheet that it is given as `css`."""
    style = files("app.ui").joinpath("style.css").read_text(encoding="utf-8")
    scripts = (files("app.ui").joinpath(name).read_text(encoding="utf-8") for name in SCRIPTS)
    cookie = json.dumps(LANGUAGE_COOKIE)
    return "".join(
        (
            element("style", Markup(style)),
            element("script", Markup(f"const LANGUAGE_COOKIE = {cookie};\n{''.join(scripts)}")),
        )
    )
