"""Registration of the pages, their templates and static files."""

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from portal.http.dependencies import Dependencies
from portal.web import (
    accounts,
    administration,
    changes,
    gateway,
    logs,
    metrics,
    nodes,
    rendering,
    service_form_views,
    services,
)

MODULES = (accounts, services, service_form_views, changes, logs, administration, nodes, metrics, gateway)
"""The modules of pages, each with a ``router``."""


def install(app: FastAPI, deps: Dependencies) -> None:
    """Add every page, and the files they need."""
    app.state.templates = rendering.environment()
    app.mount("/static", StaticFiles(directory=rendering.STATIC), name="static")
    for module in MODULES:
        app.include_router(module.router, include_in_schema=False)
    if deps.settings.sign_in == "oidc":
        from portal.web import oidc  # noqa: PLC0415  the library is needed with an issuer only

        oidc.install(app, deps.settings)
