"""The settings as a file to take along. Knows the address; what is in the file is settings_file's."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.responses import Response

from app.settings_file import NAME, exported
from app.ui.workspace import Workspace

PATH = f"/{NAME}"


def add_settings_link(app: FastAPI, workspace: Workspace) -> None:
    """GET /docent-settings.json; keys are never in it."""

    @app.get(PATH)
    def settings_file() -> Response:
        text = exported(workspace.answering.preferences, workspace.answering.prompts)
        headers = {"content-disposition": f'attachment; filename="{NAME}"', "cache-control": "no-store"}
        return Response(text, media_type="application/json", headers=headers)
