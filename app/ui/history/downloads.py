"""Files to take along: a conversation as Markdown, JSON or a Word document, and the rated answers as a test set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO
from urllib.parse import quote

from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from app.conversations.export import FORMATS, Told
from app.conversations.test_cases import FOLDER, write_evaluation_set
from app.ui.texts import Texts, load_texts, preferred_language
from app.ui.visitor import owner_of
from app.ui.workspace import Library
from ingest.errors import DocentError
from ingest.types import DocumentState

_IN_MEMORY = 32_000_000  # bytes of a test set; a larger one is written to a file without a name
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')


def add_downloads(app: FastAPI, library: Library) -> None:
    """GET /conversations/<id>.<md|json|docx> and /feedback.zip?collection=<id>, for the browser whose they are."""

    @app.get("/conversations/{name}")
    def conversation(name: str, request: Request) -> Response:
        id_, _, suffix = name.rpartition(".")
        owner = owner_of(request.cookies)
        if owner is None or suffix not in FORMATS:
            return _missing()
        try:
            store = library.workspace(library.home_id).conversations
            told = Told(store.title(owner, id_), store.exchanges(owner, id_))
        except DocentError as error:
            return _missing(str(error))
        write, media_type = FORMATS[suffix]
        headers = _headers(f"{told.title}.{suffix}")
        return Response(write(told, _texts(request)), media_type=media_type, headers=headers)

    @app.get("/feedback.zip")
    def feedback(request: Request, collection: str) -> Response:
        owner = owner_of(request.cookies)
        if owner is None:
            return _missing()
        try:
            here = library.workspace(collection)
        except DocentError as error:
            return _missing(str(error))
        target = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - read and closed while it is sent
        rated = (r.exchange for r in here.conversations.rated(owner))
        ready = [d.name for d in here.documents() if d.state is DocumentState.READY]
        own = [exchange for exchange in rated if exchange.asked.collection == here.collection]
        write_evaluation_set(own, ready, here.stored_text, target)
        return StreamingResponse(_pieces(target), media_type="application/zip", headers=_headers(f"{FOLDER}.zip"))


def _texts(request: Request) -> Texts:
    return load_texts(preferred_language(request.cookies, request.headers.get("accept-language", "")))


def _missing(reason: str = "There is nothing here to download.") -> Response:
    return PlainTextResponse(reason, status_code=404)


def _headers(name: str) -> dict[str, str]:
    """Names the file, whatever its title holds, and keeps it out of caches."""
    safe = _NOT_IN_NAMES.sub(" ", name).strip(" .")
    return {"content-disposition": f"attachment; filename*=UTF-8''{quote(safe)}", "cache-control": "no-store"}


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(1 << 16):
            yield piece
