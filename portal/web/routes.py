"""Puts the pages into the application."""

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from portal.parts import Parts
from portal.web import accounts, administration, asking, changes, logs, rendering, services


def install(app: FastAPI, parts: Parts) -> None:
    """Add every page, and the files they need."""
    app.state.templates = rendering.environment()
    app.mount("/static", StaticFiles(directory=rendering.STATIC), name="static")
    for module in (accounts, services, asking, changes, logs, administration):
        app.include_router(module.router, include_in_schema=False)
    accounts.prepare(app, parts.settings)
