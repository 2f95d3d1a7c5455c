"""Which collection each open page shows, and a workspace for its handlers that is always that one.

The page is built once, over one workspace, and its handlers run for every browser. So what they are given is a
stand-in: whatever is asked of it is asked of the collection that the page behind the running event has open. Gradio
keeps the event's request in a context variable, which names the page by its session; a page that is new begins with
what its browser had open last, which a cookie tells. Where no event runs, and where the collection is gone, it is the
home collection. What runs on after its event, on other threads or for long, takes `here` once and holds on to that.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any, cast

import gradio as gr
from gradio.context import LocalContext

from app.ui.workspace import Library, Workspace
from ingest.errors import DocentError

COLLECTION_COOKIE = "docent_collection"  # set by page.js to the id of the collection that is shown
_MOST_PAGES = 10_000  # remembered; one that was forgotten begins anew with its browser's last collection


class Visits:
    """The collections that pages have open, by the pages' sessions. Safe to call from any thread."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.workspace = cast(Workspace, _StandIn(self))
        self._open: OrderedDict[str, str] = OrderedDict()  # session -> collection id
        self._lock = Lock()

    def id(self) -> str:
        """The collection that the page behind the running event has open."""
        request = LocalContext.request.get(None)
        if request is None or request.session_hash is None:
            return self.library.home_id
        with self._lock:
            known = self._open.get(request.session_hash)
        if known is not None and self._can_open(known):
            return known
        if known in self.library.removals.waiting():
            return self.library.home_id  # not for good: where it is kept after all, the page is back there
        return self._remember(request, self._last(request.cookies))

    def here(self) -> Workspace:
        """The same, to work with."""
        return self.library.workspace(self.id())

    def go(self, id_: str) -> None:
        """The page behind the running event shows this collection from now on; raises DocentError."""
        self.library.workspace(id_)
        request = LocalContext.request.get(None)
        if request is not None:
            self._remember(request, id_)

    def _last(self, cookies: Mapping[str, str]) -> str:
        id_ = cookies.get(COLLECTION_COOKIE, self.library.home_id)
        return id_ if self._can_open(id_) else self.library.home_id

    def _can_open(self, id_: str) -> bool:
        try:
            self.library.workspace(id_)
        except DocentError:  # removed, or another server has it
            return False
        return True

    def _remember(self, request: gr.Request, id_: str) -> str:
        with self._lock:
            if request.session_hash is not None:
                self._open[request.session_hash] = id_
                self._open.move_to_end(request.session_hash)
            while len(self._open) > _MOST_PAGES:
                self._open.popitem(last=False)
        return id_


class _StandIn:
    """Whatever is asked of it is asked of the collection that is open."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits

    @property
    def here(self) -> Workspace:
        return self._visits.here()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._visits.here(), name)
