"""How the menu of collections looks. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.ui.documents.document_row import size_words
from app.ui.markup import Markup, element, join
from app.ui.texts import Texts
from app.ui.toast import notice_html, toast_html
from ingest.collections import MOST_CHARACTERS, CollectionRecord
from ingest.file_names import shown_name
from ingest.settings import DEFAULT_COLLECTION


class Form(StrEnum):
    """What the menu can ask for."""

    CREATE = "create"  # a name
    RENAME = "rename"  # another name
    REMOVE = "remove"  # a yes


@dataclass(frozen=True, slots=True)
class MenuView:
    """What one page sees of the menu, beside the collections themselves."""

    is_open: bool = False
    form: Form | None = None
    about: str = ""  # id of the collection that the form is about
    documents: int = 0  # that would go with it, in Form.REMOVE
    bytes: int = 0
    notice: str | None = None  # what went wrong

    def asking(self, form: Form, about: str = "") -> MenuView:
        """The same with this form open."""
        return replace(self, is_open=True, form=form, about=about, notice=None)


@dataclass(frozen=True, slots=True)
class Shelves:
    """The collections as one look at them found them."""

    all: Sequence[CollectionRecord] = ()
    here: str = DEFAULT_COLLECTION  # id of the one that is open
    removable: frozenset[str] = frozenset()  # ids
    leaving: Mapping[str, float] = field(default_factory=dict)  # seconds until each is removed, by name
    problem: str | None = None  # why one could not be removed

    def name(self, texts: Texts) -> str:
        """What the open one is called."""
        return next((name_words(one, texts) for one in self.all if one.id == self.here), "")


def name_words(collection: CollectionRecord, texts: Texts) -> str:
    """A collection's name as it can be shown."""
    return shown_name(collection.name) if _is_named(collection) else texts("collections.default")


def _is_named(collection: CollectionRecord) -> bool:
    """Whether somebody gave it its name."""
    return collection.name != DEFAULT_COLLECTION


def menu_html(shelves: Shelves, view: MenuView, texts: Texts) -> Markup:
    """The open collection's name, and under it all of them, with what can be done."""
    name = shelves.name(texts)
    summary = element(
        "summary", element("span", name), title=name, aria_label=texts("collections.open", collection=name)
    )
    told = element("p", texts.told(view.notice), class_="notice", role="alert") if view.notice else Markup()
    rows = (_row(collection, shelves, view, texts) for collection in shelves.all)
    new = _button("ask_create", texts("collections.new"), "", class_="quiet")
    end = _name_form(Form.CREATE, "", "", texts) if view.form is Form.CREATE else new
    listing = element("ul", *rows, aria_label=texts("collections.title"))
    return element(
        "details", summary, element("div", told, listing, end), class_="menu", open=view.is_open,
        data_open=shelves.here,
    )  # fmt: skip


def leaving_html(shelves: Shelves, texts: Texts) -> Markup:
    """Which collections are about to be removed, or why one could not be."""
    leaving = {shown_name(name): seconds for name, seconds in shelves.leaving.items()}
    several = texts("collections.several", count=len(leaving))
    return join(notice_html(shelves.problem, texts), toast_html(leaving, several, texts))


def _row(collection: CollectionRecord, shelves: Shelves, view: MenuView, texts: Texts) -> Markup:
    name = name_words(collection, texts)
    if view.about == collection.id and view.form is Form.RENAME:
        given = name if _is_named(collection) else ""
        return element("li", _name_form(Form.RENAME, collection.id, given, texts), class_="asked")
    if view.about == collection.id and view.form is Form.REMOVE:
        return _removal(collection, name, view, texts)
    is_here = collection.id == shelves.here
    chooser = _button("choose", name, collection.id, class_="title", title=name, current=is_here)
    label = texts("collections.rename_label", collection=name)
    tools = [_button("ask_rename", texts("collections.rename"), collection.id, class_="plain", label=label)]
    if collection.id in shelves.removable:
        label = texts("collections.remove_label", collection=name)
        tools.append(_button("ask_remove", texts("collections.remove"), collection.id, class_="plain", label=label))
    return element("li", chooser, element("span", *tools, class_="tools"))


def _removal(collection: CollectionRecord, name: str, view: MenuView, texts: Texts) -> Markup:
    key = "collections.remove_one" if view.documents == 1 else "collections.remove_ask"
    words = texts(key, count=view.documents, size=size_words(view.bytes))
    yes = _button("remove", texts("collections.remove_yes"), collection.id, class_="danger")
    no = _button("close_form", texts("collections.keep"), "", class_="quiet", focus=True)
    buttons = element("div", yes, no, class_="form-buttons")
    title = element("span", name, class_="title")
    return element("li", title, element("p", words, class_="aside"), buttons, class_="asked", role="alert")


def _name_form(form: Form, id_: str, name: str, texts: Texts) -> Markup:
    label = texts("collections.name")
    field = element(
        "input", name_="name", value=name, maxlength=MOST_CHARACTERS, required=True, autofocus=True,
        placeholder=label, aria_label=label,
    )  # fmt: skip
    save = element("button", texts(f"collections.{form.value}_yes"), type="submit", class_="primary small")
    buttons = element(
        "div", save, _button("close_form", texts("turn.cancel"), "", class_="quiet"), class_="form-buttons"
    )
    return element("form", field, buttons, data_form=form.value, data_collection=id_)


def _button(
    event: str,
    text: str,
    id_: str,
    *,
    class_: str,
    label: str | None = None,
    title: str | None = None,
    current: bool = False,
    focus: bool = False,
) -> Markup:
    return element(
        "button",
        text,
        type="button",
        class_=class_,
        title=text if label else title,  # what has a label is drawn as an icon
        aria_label=label,
        aria_current="true" if current else None,
        autofocus=focus,
        data_event=event,
        data_collection=id_ or None,
    )
