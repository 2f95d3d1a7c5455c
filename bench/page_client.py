"""One open page, without a browser: speaks to the server as gradio's script does. Knows the protocol, not the looks.

Gradio's /config says which handler an event has and what goes into it; an answer comes by the stream of the session.
"""

from __future__ import annotations

import asyncio
import html
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

API = "/gradio_api"
PATIENCE_SECONDS = 120.0  # for one answer
_QUESTION = "question"  # ids of the page's elements
_CURRENT = "current"
_ANSWERED = "data-copy="  # what stands beside an answer, and beside no failure


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what became of it."""

    question: str
    seconds: float  # until the answer stood there whole
    answered: bool


class PageClient:
    """Opens the page at the address of `http`; each has cookies, a session and a conversation of its own."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._session = secrets.token_hex(8)
        self._components: dict[int, dict[str, Any]] = {}
        self._events: list[dict[str, Any]] = []
        self._results: dict[str, asyncio.Future[Mapping[str, Any]]] = {}  # what queued events give, by event
        self._background: set[asyncio.Task[Any]] = set()
        self._listening: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Loads the page, and does what it does once it is there."""
        (await self._http.get("/")).raise_for_status()
        config = (await self._http.get("/config")).json()
        self._components = {component["id"]: component for component in config["components"]}
        self._events = config["dependencies"]
        for event in self._events:
            if any(kind == "load" for _, kind in event["targets"]):
                await self._run(event)

    async def poll(self) -> float:
        """What the page does every so many seconds, which it is told each time: returns when to poll again."""
        event = self._event("tick", lambda component: component["type"] == "timer")
        said = await self._run(event)
        updated = zip(event["outputs"], said["data"], strict=True)
        props, update = next(
            (self._components[id_]["props"], update)
            for id_, update in updated
            if self._components[id_]["type"] == "timer"
        )
        props["value"] = update.get("value", props["value"])
        return float(props["value"])

    async def ask(self, question: str) -> Asked:
        """Asks and waits for the answer; questions to go on with are asked for as well, and not waited for."""
        event = self._event("submit", lambda component: component["props"].get("elem_id") == _QUESTION)
        started = time.perf_counter()
        said = await self._queue(event, {_QUESTION: question})
        seconds = time.perf_counter() - started
        current = self._shown(event, said, _CURRENT)
        for then in self._events:
            if then["trigger_after"] == event["id"]:
                task = asyncio.create_task(self._queue(then, {}))
                self._background.add(task)
                task.add_done_callback(self._background.discard)
        return Asked(question, seconds, _ANSWERED in current and html.escape(question) in current)

    def close(self) -> None:
        """Waits for nothing any more."""
        for task in (*self._background, self._listening):
            if task is not None:
                task.cancel()

    def _event(self, kind: str, wanted: Any) -> dict[str, Any]:
        return next(
            event for event in self._events for id_, name in event["targets"]
            if name == kind and id_ in self._components and wanted(self._components[id_])
        )  # fmt: skip

    def _shown(self, event: Mapping[str, Any], said: Mapping[str, Any], elem_id: str) -> str:
        """What the element shows after an event."""
        ids = [self._components[id_]["props"].get("elem_id") for id_ in event["outputs"]]
        data = said.get("data") or [""] * len(ids)
        return str(data[ids.index(elem_id)])

    def _body(self, event: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
        inputs = (self._components[id_] for id_ in event["inputs"])
        data = [values.get(one["props"].get("elem_id", ""), one["props"].get("value")) for one in inputs]
        trigger = event["targets"][0][0] if event["targets"] else None
        return {"data": data, "fn_index": event["id"], "session_hash": self._session, "trigger_id": trigger}

    async def _run(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """What an event gives that is not queued."""
        response = await self._http.post(f"{API}/run/predict", json=self._body(event, {}))
        said: dict[str, Any] = response.raise_for_status().json()
        return said

    async def _queue(self, event: Mapping[str, Any], values: Mapping[str, str]) -> Mapping[str, Any]:
        """What a queued event gave in the end; empty where it failed."""
        joined = await self._http.post(f"{API}/queue/join", json=self._body(event, values))
        result = self._result(joined.raise_for_status().json()["event_id"])
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await result

    def _result(self, event_id: str) -> asyncio.Future[Mapping[str, Any]]:
        """Asked for by who waits and by who reads, whoever comes first."""
        return self._results.setdefault(event_id, asyncio.get_running_loop().create_future())

    async def _listen(self) -> None:
        """Reads the stream of results for as long as one is expected; the server ends it between two events."""
        try:
            while not all(result.done() for result in self._results.values()):
                params = {"session_hash": self._session}
                async with self._http.stream("GET", f"{API}/queue/data", params=params) as stream:
                    async for line in stream.aiter_lines():
                        said = json.loads(line.removeprefix("data:")) if line else {}
                        if said.get("msg") == "process_completed":
                            self._result(said["event_id"]).set_result(said["output"] if said["success"] else {})
        finally:
            self._listening = None
